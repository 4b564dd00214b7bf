-- What fired comes to per data source and distinct set, joined back to the columns.
CREATE TEMP TABLE answer AS
    SELECT source, set, name AS tag_name, tag_source, rules, state FROM (
        SELECT f.source, f.set, f.tag, rules, CASE WHEN t.tag IS NULL THEN 'new' ELSE 'recorded' END AS state
        FROM (SELECT source, set, tag, list(id ORDER BY rule) AS rules
              FROM fired JOIN gives USING (rule) JOIN rule USING (rule) GROUP BY source, set, tag) f
        LEFT JOIN set_tag t ON (f.set = t.set AND f.tag = t.tag)
        UNION ALL
        SELECT source, set, tag, [], 'stale' FROM source_set JOIN set_tag USING (set)
        WHERE tag IN (SELECT tag FROM tag WHERE declared)
          AND (source, set, tag) NOT IN (SELECT (source, set, tag) FROM fired JOIN gives USING (rule)))
    JOIN (SELECT tag, name, source AS tag_source FROM tag) USING (tag);
COPY (
    SELECT data_source_id, column_name, tag_name, tag_source, rules, state
    FROM (SELECT data_source_id, column_name, source, coalesce(set, 0) AS set
          FROM cols LEFT JOIN set_of USING (list))
    JOIN answer USING (source, set)
) TO '{out}' (FORMAT parquet, COMPRESSION zstd);
