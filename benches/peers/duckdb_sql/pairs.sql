-- Rules settled once per data source and distinct set, then joined back to the columns.
CREATE TEMP TABLE fired AS
    SELECT source, set, rule FROM source_set JOIN
        (SELECT set, rule FROM candidate WHERE rule NOT IN (SELECT rule FROM guard_of)) USING (set)
    UNION ALL
    SELECT source, set, rule FROM source_set JOIN candidate USING (set)
        JOIN guard_of USING (rule) JOIN holds USING (source, guard);
