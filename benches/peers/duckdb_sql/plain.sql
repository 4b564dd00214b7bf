-- The natural way: every tag of every column is a row, and rules are counted joins.
CREATE TEMP TABLE cols AS
    SELECT row_number() OVER () AS col, data_source_id, column_name, column_tags, table_tags
    FROM read_parquet('{catalog}');
CREATE TEMP TABLE fact AS
    SELECT DISTINCT col, data_source_id, tag
    FROM (SELECT col, data_source_id, unnest(column_tags) AS t FROM cols)
    JOIN tag ON (source = t."source" AND name = t."name");
CREATE TEMP TABLE holds AS
    SELECT data_source_id, guard FROM (
        SELECT DISTINCT data_source_id, guard, tag, 0 AS side FROM fact JOIN guard_near USING (tag)
        UNION ALL
        SELECT DISTINCT data_source_id, guard, tag, 1
        FROM (SELECT data_source_id, unnest(table_tags) AS t
              FROM (SELECT DISTINCT data_source_id, table_tags FROM cols))
        JOIN table_tag ON (source = t."source" AND name = t."name") JOIN guard_table USING (tag))
    JOIN guard_needs USING (guard) GROUP BY data_source_id, guard, needs HAVING count(*) = needs;
CREATE TEMP TABLE candidate AS
    SELECT col, data_source_id, rule FROM fact JOIN reads USING (tag)
    GROUP BY col, data_source_id, rule, needs HAVING count(*) = needs
    UNION ALL
    SELECT col, data_source_id, rule FROM cols, rule WHERE len("column") = 0
        AND data_source_id IN (SELECT data_source_id FROM holds JOIN guard_of g USING (guard) WHERE g.rule = rule.rule);
CREATE TEMP TABLE fired AS
    SELECT col, rule FROM candidate WHERE rule NOT IN (SELECT rule FROM guard_of)
    UNION ALL
    SELECT col, rule FROM candidate JOIN guard_of USING (rule) JOIN holds USING (data_source_id, guard);
CREATE TEMP TABLE answer AS
    SELECT coalesce(f.col, t.col) AS col, coalesce(f.tag, t.tag) AS tag, coalesce(rules, []) AS rules,
           CASE WHEN f.col IS NULL THEN 'stale' WHEN t.col IS NULL THEN 'new' ELSE 'recorded' END AS state
    FROM (SELECT col, tag, list(id ORDER BY rule) AS rules
          FROM fired JOIN gives USING (rule) JOIN rule USING (rule) GROUP BY col, tag) f
    FULL JOIN (SELECT col, tag FROM fact WHERE tag IN (SELECT tag FROM tag WHERE declared)) t
        ON (f.col = t.col AND f.tag = t.tag);
COPY (
    SELECT data_source_id, column_name, name AS tag_name, source AS tag_source, rules, state
    FROM answer JOIN cols USING (col) JOIN tag USING (tag)
) TO '{out}' (FORMAT parquet, COMPRESSION zstd);
