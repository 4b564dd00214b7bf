-- Tag lists, grouped into distinct ones and cut down to the tags that matter.
-- Ids, tags and lists go by their 64-bit hashes, which is much faster than by
-- themselves: the answers are compared afterwards.
CREATE TEMP TABLE cols AS
    SELECT *, CASE WHEN len(tags) > 0 THEN hash(tags) ELSE 0 END AS list FROM (
        SELECT data_source_id, column_name, hash(data_source_id) AS source,
               list_transform(column_tags, lambda t: hash(t)) AS tags, hash(table_tags) AS tables
        FROM read_parquet('{catalog}'));
CREATE TEMP TABLE lists AS
    SELECT list, any_value(tags) AS tags FROM cols WHERE list <> 0 GROUP BY list;
CREATE TEMP TABLE list_set AS
    SELECT list, list_sort(list(DISTINCT tag)) AS tags
    FROM (SELECT list, unnest(tags) AS hash FROM lists)
    JOIN (SELECT tag, hash({'name': name, 'source': source}) AS hash FROM tag) USING (hash)
    GROUP BY list;
CREATE TEMP TABLE sets AS
    SELECT row_number() OVER ()::INTEGER AS set, tags FROM (SELECT DISTINCT tags FROM list_set)
    UNION ALL SELECT 0, []::INTEGER[];
CREATE TEMP TABLE set_of AS SELECT list, set FROM list_set JOIN sets USING (tags);
-- The distinct sets of each data source.
CREATE TEMP TABLE source_set AS
    SELECT source, coalesce(set, 0) AS set, any_value(tables) AS tables
    FROM (SELECT source, list, any_value(tables) AS tables FROM cols GROUP BY ALL)
    LEFT JOIN set_of USING (list) GROUP BY source, coalesce(set, 0);
CREATE TEMP TABLE table_lists AS
    SELECT hash(table_tags) AS tables, any_value(table_tags) AS tags
    FROM read_parquet('{catalog}') WHERE len(table_tags) > 0 GROUP BY 1;
CREATE TEMP TABLE table_met AS
    SELECT tables, guard, count(DISTINCT tag) AS met
    FROM (SELECT tables, unnest(tags) AS t FROM table_lists)
    JOIN table_tag ON (source = t."source" AND name = t."name") JOIN guard_table USING (tag)
    GROUP BY ALL;
