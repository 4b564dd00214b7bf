"""The job in Polars: python3 polars_job.py FORMULATION CATALOG RULES.json OUT THREADS

Prints the seconds from the first expression to the closed file; starting
Python, importing and loading the rules are not counted. Steps run on the
streaming engine.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = sys.argv[5]

import polars as pl  # noqa: E402

I32 = pl.Int32


def run(lazy):
    return lazy.collect(engine="streaming")


class Rules:
    """Rules as frames of small numbers."""

    def __init__(self, flat):
        rules = flat["rules"]
        tags = {tuple(tag) for tag in flat["declared"]}
        tags |= {tuple(tag) for rule in rules for part in ("column", "neighbor") for tag in rule[part]}
        self.tags = {tag: number for number, tag in enumerate(sorted(tags))}
        tables = sorted({tuple(tag) for rule in rules for tag in rule["table"]})
        self.table_tags = {tag: number for number, tag in enumerate(tables)}
        guards, of, near, table, needs = {}, [], [], [], []
        for number, rule in enumerate(rules):
            wants = (tuple(map(tuple, rule["neighbor"])), tuple(map(tuple, rule["table"])))
            if not any(wants):
                continue
            if wants not in guards:
                guard = guards[wants] = len(guards)
                near += [(guard, self.tags[tag]) for tag in wants[0]]
                table += [(guard, self.table_tags[tag]) for tag in wants[1]]
                needs.append((guard, len(wants[0]) + len(wants[1])))
            of.append((number, guards[wants]))
        self.guard_of = frame(of, "rule", "guard")
        self.guard_near = frame(near, "guard", "tag")
        self.guard_table = frame(table, "guard", "tag")
        self.guard_needs = frame(needs, "guard", "needs")
        self.reads = frame(
            [
                (number, self.tags[tuple(tag)], len(rule["column"]))
                for number, rule in enumerate(rules)
                for tag in rule["column"]
            ],
            "rule",
            "tag",
            "needs",
        )
        self.blankets = frame([(n,) for n, rule in enumerate(rules) if not rule["column"]], "rule")
        gives = frame([(n, self.tags[tuple(rule["gives"])]) for n, rule in enumerate(rules)], "rule", "tag")
        self.gives = gives.with_columns(pl.Series("id", [rule["id"] for rule in rules], pl.String))
        self.declared = frame([(self.tags[tuple(tag)],) for tag in flat["declared"]], "tag")
        self.names = pl.DataFrame(
            {
                "tag": pl.Series(list(self.tags.values()), dtype=I32),
                "tag_name": [tag[1] for tag in self.tags],
                "tag_source": [tag[0] for tag in self.tags],
            }
        )


def frame(rows, *names):
    columns = list(zip(*rows)) if rows else [[] for _ in names]
    return pl.DataFrame({n: pl.Series(c, dtype=I32) for n, c in zip(names, columns)})


def numbers(column, tags):
    """A list of tags as the numbers of those that matter, each once.

    Name and source become numbers apart: texts joined to one key take longer.
    The order is open: sorting lists costs more than a set that is met in two orders.
    """
    sources = {source: number for number, source in enumerate(sorted({tag[0] for tag in tags}))}
    names = {name: number * len(sources) for number, name in enumerate(sorted({tag[1] for tag in tags}))}
    part = lambda field, table: pl.element().struct.field(field).replace_strict(
        table or {"": 0}, default=None, return_dtype=I32
    )
    key = part("name", names) + part("source", sources)
    pairs = {names[name] + sources[source]: number for (source, name), number in tags.items()}
    mapped = key.replace_strict(pairs or {0: 0}, default=None, return_dtype=I32)
    return pl.col(column).list.eval(mapped.drop_nulls()).list.unique()


def table_tags(rules, catalog):
    """(source, tag) of the data sources' own tags that matter; a data source's rows agree."""
    sources = pl.scan_parquet(catalog).group_by(pl.col("data_source_id").hash().alias("source"))
    sources = run(sources.agg(pl.col("table_tags").first()))
    tags = sources.select("source", numbers("table_tags", rules.table_tags).alias("tag"))
    return tags.explode("tag").drop_nulls()


def subset(facts, reads, by):
    """Which rules have all their tags among the facts of `by`."""
    met = facts.lazy().join(reads.lazy(), on="tag").group_by(*by, "needs").agg(pl.len().alias("met"))
    return run(met.filter(pl.col("met") == pl.col("needs")).select(by))


def guards_held(rules, near, tables):
    """(source, guard) where all that the guard asks of the data source is met.

    `near` and `tables` are distinct pairs of a data source and a number.
    """
    neighbor = near.lazy().join(rules.guard_near.lazy(), on="tag").select("source", "guard")
    table = tables.lazy().join(rules.guard_table.lazy(), on="tag").select("source", "guard")
    met = pl.concat([neighbor, table]).group_by("source", "guard").agg(pl.len().alias("met"))
    met = met.join(rules.guard_needs.lazy(), on="guard")
    return run(met.filter(pl.col("met") == pl.col("needs")).select("source", "guard"))


def settle(rules, fired, facts, by):
    """What fired rules and recorded facts come to: a row for each tag of `by`."""
    given = fired.lazy().join(rules.gives.lazy(), on="rule").sort("rule")
    given = given.group_by(*by, "tag").agg(pl.col("id").alias("rules"))
    recorded = facts.lazy().join(rules.declared.lazy(), on="tag").with_columns(recorded=True)
    answer = given.join(recorded, on=[*by, "tag"], how="full", coalesce=True)
    state = (
        pl.when(pl.col("rules").is_null())
        .then(pl.lit("stale"))
        .when(pl.col("recorded").is_null())
        .then(pl.lit("new"))
        .otherwise(pl.lit("recorded"))
    )
    empty = pl.lit([], dtype=pl.List(pl.String))
    answer = answer.with_columns(state=state, rules=pl.col("rules").fill_null(empty))
    return run(answer.join(rules.names.lazy(), on="tag").drop("tag", "recorded"))


ROWS = ["data_source_id", "column_name", "tag_name", "tag_source", "rules", "state"]


def outcomes(rules, catalog, out):
    """Distinct sets and, per set, distinct bundles of guards that hold: then joined back."""
    cols = pl.scan_parquet(catalog).select(
        "data_source_id",
        "column_name",
        pl.col("data_source_id").hash().alias("source"),
        numbers("column_tags", rules.tags).alias("tags"),
    )
    cols = run(cols)
    sets = run(cols.lazy().select("tags").unique()).with_columns(set=pl.int_range(pl.len(), dtype=I32))
    cols = run(cols.lazy().join(sets.lazy(), on="tags", nulls_equal=True).drop("tags"))
    facts = sets.explode("tags").rename({"tags": "tag"}).drop_nulls().select("set", "tag")
    candidate = subset(facts, rules.reads, ["set", "rule"])
    candidate = pl.concat([candidate, sets.select("set").join(rules.blankets, how="cross")])
    source_set = run(cols.lazy().select("source", "set").unique())
    tables = table_tags(rules, catalog)
    wanted = facts.lazy().join(rules.guard_near.lazy().select("tag").unique(), on="tag")
    near = run(source_set.lazy().join(wanted, on="set").select("source", "tag").unique())
    holds = guards_held(rules, near, tables)
    guarded = candidate.lazy().join(rules.guard_of.lazy(), on="rule")
    held = source_set.lazy().join(guarded.select("set", "guard").unique(), on="set")
    held = held.join(holds.lazy(), on=["source", "guard"])
    held = run(held.group_by("source", "set").agg(pl.col("guard").sort().alias("guards")))
    bundle = held.select("guards").unique().with_columns(bundle=pl.int_range(1, pl.len() + 1, dtype=I32))
    bundle_of = run(held.lazy().join(bundle.lazy(), on="guards").select("source", "set", "bundle"))
    none = sets.select("set").with_columns(bundle=pl.lit(0, I32))
    met = pl.concat([none, bundle_of.select("set", "bundle").unique()])
    free = candidate.join(rules.guard_of, on="rule", how="anti")
    fired = pl.concat(
        [
            met.lazy().join(free.lazy(), on="set").select("set", "bundle", "rule"),
            met.lazy()
            .join(bundle.explode("guards").rename({"guards": "guard"}).lazy(), on="bundle")
            .join(guarded, on=["set", "guard"])
            .select("set", "bundle", "rule"),
        ]
    )
    facts = met.lazy().join(facts.lazy(), on="set")
    answer = settle(rules, run(fired), facts, ["set", "bundle"])
    rows = cols.lazy().join(bundle_of.lazy(), on=["source", "set"], how="left")
    rows = rows.with_columns(pl.col("bundle").fill_null(0)).join(answer.lazy(), on=["set", "bundle"])
    sink(rows, out)


def plain(rules, catalog, out):
    """The natural way: every tag of every column is a row, and rules are counted joins."""
    cols = pl.scan_parquet(catalog).with_row_index("col").select(
        "col",
        "data_source_id",
        "column_name",
        pl.col("data_source_id").hash().alias("source"),
        numbers("column_tags", rules.tags).alias("tag"),
    )
    cols = run(cols)
    facts = run(cols.lazy().select("col", "source", "tag").explode("tag").drop_nulls())
    tables = table_tags(rules, catalog)
    near = facts.lazy().select("source", "tag").join(rules.guard_near.lazy().select("tag").unique(), on="tag")
    holds = guards_held(rules, run(near.unique()), tables)
    candidate = subset(facts, rules.reads, ["col", "source", "rule"])
    free = candidate.lazy().join(rules.guard_of.lazy(), on="rule", how="anti").select("col", "rule")
    guarded = candidate.lazy().join(rules.guard_of.lazy(), on="rule")
    guarded = guarded.join(holds.lazy(), on=["source", "guard"]).select("col", "rule")
    # Rules that ask nothing of the column: every column where their guard holds.
    blanket = rules.blankets.join(rules.guard_of, on="rule").join(holds, on="guard")
    blanket = cols.lazy().join(blanket.lazy(), on="source").select("col", "rule")
    fired = run(pl.concat([free, guarded, blanket]))
    answer = settle(rules, fired, facts.select("col", "tag"), ["col"])
    sink(cols.lazy().join(answer.lazy(), on="col"), out)


def sink(rows, out):
    rows.select(ROWS).sink_parquet(out, compression="zstd", engine="streaming", maintain_order=False)


def main(formulation, catalog, rules, out):
    rules = Rules(json.loads(Path(rules).read_text()))
    begun = time.perf_counter()
    {"outcomes": outcomes, "plain": plain}[formulation](rules, catalog, out)
    print(json.dumps({"seconds": time.perf_counter() - begun}))


if __name__ == "__main__":
    main(*sys.argv[1:5])
