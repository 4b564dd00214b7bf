-- Nothing new fires: what fires now is the answer.
CREATE OR REPLACE TEMP TABLE fired AS SELECT source, origin AS set, rule FROM fired;
