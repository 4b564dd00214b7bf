-- Rules as tables of small numbers. Rule and tag lists are tiny beside the catalog.
-- tag: every tag that a rule reads on columns or a framework declares.
CREATE TEMP TABLE rule AS
    SELECT (row_number() OVER (ORDER BY number))::INTEGER AS rule, id, gives, "column", neighbor, "table"
    FROM rule_input;
CREATE TEMP TABLE tag AS
    SELECT row_number() OVER (ORDER BY source, name)::INTEGER AS tag, source, name,
           coalesce((source, name) IN (SELECT (source, name) FROM declared_input), false) AS declared
    FROM (
        SELECT DISTINCT t[1] AS source, t[2] AS name FROM (
            SELECT unnest("column") AS t FROM rule UNION ALL
            SELECT unnest(neighbor) FROM rule UNION ALL
            SELECT [source, name] FROM declared_input));
CREATE TEMP TABLE table_tag AS
    SELECT row_number() OVER (ORDER BY source, name)::INTEGER AS tag, source, name
    FROM (SELECT DISTINCT t[1] AS source, t[2] AS name FROM (SELECT unnest("table") AS t FROM rule));
CREATE TEMP TABLE gives AS
    SELECT r.rule, t.tag FROM rule r JOIN tag t ON (t.source = r.gives[1] AND t.name = r.gives[2]);
CREATE TEMP TABLE reads AS
    SELECT rule, tag, needs FROM (SELECT rule, unnest("column") AS t, len("column") AS needs FROM rule) r
    JOIN tag ON (source = t[1] AND name = t[2]);
-- guard: what a rule asks of the data source; rules that ask the same share one.
CREATE TEMP TABLE guard AS
    SELECT row_number() OVER ()::INTEGER AS guard, * FROM (
        SELECT neighbor, "table", list(rule) AS rules FROM rule
        WHERE len(neighbor) + len("table") > 0 GROUP BY ALL);
CREATE TEMP TABLE guard_of AS SELECT unnest(rules) AS rule, guard FROM guard;
CREATE TEMP TABLE guard_near AS
    SELECT guard, tag FROM (SELECT guard, unnest(neighbor) AS t FROM guard)
    JOIN tag ON (source = t[1] AND name = t[2]);
CREATE TEMP TABLE guard_table AS
    SELECT guard, tag FROM (SELECT guard, unnest("table") AS t FROM guard)
    JOIN table_tag ON (source = t[1] AND name = t[2]);
CREATE TEMP TABLE guard_needs AS
    SELECT guard, len(neighbor) + len("table") AS needs FROM guard;
