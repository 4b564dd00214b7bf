-- Distinct outcomes: columns with equal sets in data sources where the same of
-- the guards that matter to the set hold have the same answer.
CREATE TEMP TABLE matters AS SELECT DISTINCT set, guard FROM candidate JOIN guard_of USING (rule);
CREATE TEMP TABLE held AS
    SELECT source, set, list_sort(list(guard)) AS guards
    FROM source_set JOIN matters USING (set) JOIN holds USING (source, guard) GROUP BY source, set;
CREATE TEMP TABLE bundle AS
    SELECT row_number() OVER ()::INTEGER AS bundle, guards FROM (SELECT DISTINCT guards FROM held)
    UNION ALL SELECT 0, []::INTEGER[];
CREATE TEMP TABLE bundle_of AS SELECT source, set, bundle FROM held JOIN bundle USING (guards);
CREATE TEMP TABLE met AS
    SELECT DISTINCT set, bundle FROM bundle_of UNION ALL SELECT set, 0 FROM sets;
CREATE TEMP TABLE fired AS
    SELECT set, bundle, rule FROM met JOIN
        (SELECT set, rule FROM candidate WHERE rule NOT IN (SELECT rule FROM guard_of)) USING (set)
    UNION ALL
    SELECT set, bundle, rule FROM met JOIN candidate USING (set) JOIN guard_of USING (rule)
        JOIN (SELECT bundle, unnest(guards) AS guard FROM bundle) USING (bundle, guard);
CREATE TEMP TABLE answer AS
    SELECT set, bundle, name AS tag_name, tag_source, rules, state FROM (
        SELECT f.set, f.bundle, f.tag, rules, CASE WHEN t.tag IS NULL THEN 'new' ELSE 'recorded' END AS state
        FROM (SELECT set, bundle, tag, list(id ORDER BY rule) AS rules
              FROM fired JOIN gives USING (rule) JOIN rule USING (rule) GROUP BY set, bundle, tag) f
        LEFT JOIN set_tag t ON (f.set = t.set AND f.tag = t.tag)
        UNION ALL
        SELECT set, bundle, tag, [], 'stale' FROM met JOIN set_tag USING (set)
        WHERE tag IN (SELECT tag FROM tag WHERE declared)
          AND (set, bundle, tag) NOT IN (SELECT (set, bundle, tag) FROM fired JOIN gives USING (rule)))
    JOIN (SELECT tag, name, source AS tag_source FROM tag) USING (tag);
COPY (
    SELECT data_source_id, column_name, tag_name, tag_source, rules, state
    FROM (SELECT data_source_id, column_name, set, coalesce(bundle, 0) AS bundle
          FROM (SELECT data_source_id, column_name, source, coalesce(set, 0) AS set
                FROM cols LEFT JOIN set_of USING (list))
          LEFT JOIN bundle_of USING (source, set))
    JOIN answer USING (set, bundle)
) TO '{out}' (FORMAT parquet, COMPRESSION zstd);
