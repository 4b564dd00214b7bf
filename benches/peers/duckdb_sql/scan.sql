-- The same columns, read and thrown away: every part of them is touched.
SELECT sum(strlen(data_source_id)) + sum(strlen(column_name))
     + sum(len(column_tags)) + sum(len(table_tags))
     + count(column_tags[1]."name") + count(column_tags[1]."source")
     + count(table_tags[1]."name") + count(table_tags[1]."source")
FROM read_parquet('{catalog}');
