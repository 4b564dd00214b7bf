CREATE TEMP TABLE set_tag AS SELECT set, unnest(tags) AS tag FROM sets;
-- Per distinct set the rules whose column tags it has.
CREATE TEMP TABLE candidate AS
    SELECT set, rule FROM set_tag JOIN reads USING (tag) GROUP BY set, rule, needs HAVING count(*) = needs
    UNION ALL SELECT set, rule FROM sets, rule WHERE len("column") = 0;
-- The guards that hold in each data source.
CREATE TEMP TABLE holds AS
    SELECT source, guard FROM (
        SELECT source, guard, count(*) AS met FROM (
            SELECT DISTINCT source, tag FROM source_set
            JOIN (SELECT set, tag FROM set_tag WHERE tag IN (SELECT tag FROM guard_near)) USING (set))
        JOIN guard_near USING (tag) GROUP BY ALL
        UNION ALL
        SELECT source, guard, met FROM (SELECT source, any_value(tables) AS tables FROM source_set GROUP BY source)
        JOIN table_met USING (tables))
    JOIN guard_needs USING (guard) GROUP BY source, guard, needs HAVING sum(met) = needs;
