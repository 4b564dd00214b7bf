-- One round: what fires now, and the sets that columns have after it.
CREATE OR REPLACE TEMP TABLE set_tag AS SELECT set, unnest(tags) AS tag FROM known;
-- Per distinct set the rules whose column tags it has.
CREATE OR REPLACE TEMP TABLE candidate AS
    SELECT set, rule FROM set_tag JOIN reads USING (tag) GROUP BY set, rule, needs HAVING count(*) = needs
    UNION ALL SELECT set, rule FROM known, rule WHERE len("column") = 0;
-- The guards that hold in each data source.
CREATE OR REPLACE TEMP TABLE holds AS
    SELECT source, guard FROM (
        SELECT source, guard, count(*) AS met FROM (
            SELECT DISTINCT source, tag FROM state
            JOIN (SELECT set, tag FROM set_tag WHERE tag IN (SELECT tag FROM guard_near)) USING (set))
        JOIN guard_near USING (tag) GROUP BY ALL
        UNION ALL
        SELECT source, guard, met FROM (SELECT source, any_value(tables) AS tables FROM source_set GROUP BY source)
        JOIN table_met USING (tables))
    JOIN guard_needs USING (guard) GROUP BY source, guard, needs HAVING sum(met) = needs;
CREATE OR REPLACE TEMP TABLE fired AS
    SELECT source, origin, set, rule FROM state JOIN
        (SELECT set, rule FROM candidate WHERE rule NOT IN (SELECT rule FROM guard_of)) USING (set)
    UNION ALL
    SELECT source, origin, set, rule FROM state JOIN candidate USING (set)
        JOIN guard_of USING (rule) JOIN holds USING (source, guard);
CREATE OR REPLACE TEMP TABLE fresh AS
    SELECT source, origin, list_sort(list_concat(any_value(tags), list(tag))) AS tags
    FROM (SELECT DISTINCT source, origin, set, tag FROM fired JOIN gives USING (rule))
    ANTI JOIN set_tag USING (set, tag) JOIN known USING (set) GROUP BY source, origin;
INSERT INTO known
    SELECT (SELECT max(set) FROM known) + row_number() OVER (), tags
    FROM (SELECT DISTINCT tags FROM fresh ANTI JOIN known USING (tags));
CREATE OR REPLACE TEMP TABLE state AS
    SELECT s.source, s.origin, coalesce(k.set, s.set) AS set
    FROM state s LEFT JOIN fresh USING (source, origin) LEFT JOIN known k ON (k.tags = fresh.tags);
SELECT count(*) FROM fresh;
