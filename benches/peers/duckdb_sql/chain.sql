-- The set that a column has now, by data source and the set that it had at first.
CREATE TEMP TABLE state AS SELECT source, set AS origin, set FROM source_set;
CREATE TEMP TABLE known AS SELECT set, tags FROM sets;
