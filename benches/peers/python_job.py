"""The job as a plain Python loop: python3 python_job.py loop CATALOG RULES.json OUT 1

What one writes first: for each column, each rule. Prints the seconds, reading
and writing included. Rows of one data source must follow one another.
"""

import json
import sys
import time
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROW = pa.schema(
    [
        ("data_source_id", pa.string()),
        ("column_name", pa.string()),
        ("tag_name", pa.string()),
        ("tag_source", pa.string()),
        ("rules", pa.list_(pa.string())),
        ("state", pa.string()),
    ]
)


def tag_set(tags):
    return {(tag["source"], tag["name"]) for tag in tags or ()}


def columns(file):
    for batch in file.iter_batches(1 << 15, columns=["data_source_id", "column_name", "column_tags", "table_tags"]):
        yield from zip(*(batch.column(name).to_pylist() for name in ROW.names[:2] + ["column_tags", "table_tags"]))


def assignments(rows, rules, declared):
    for source, rows in groupby(rows, key=lambda row: row[0]):
        rows = [(name, tag_set(tags), tag_set(table)) for _, name, tags, table in rows]
        near = set().union(*(tags for _, tags, _ in rows))
        table = set().union(*(table for _, _, table in rows))
        for name, tags, _ in rows:
            given = {}
            for rule in rules:
                if rule["column"] <= tags and rule["neighbor"] <= near and rule["table"] <= table:
                    given.setdefault(rule["gives"], []).append(rule["id"])
            for tag, by in given.items():
                yield source, name, tag[1], tag[0], by, "recorded" if tag in tags else "new"
            for tag in (tags & declared) - given.keys():
                yield source, name, tag[1], tag[0], [], "stale"


def main(catalog, rules, out):
    flat = json.loads(Path(rules).read_text())
    declared = {tuple(tag) for tag in flat["declared"]}
    rules = [
        {part: set(map(tuple, rule[part])) for part in ("column", "neighbor", "table")}
        | {"id": rule["id"], "gives": tuple(rule["gives"])}
        for rule in flat["rules"]
    ]
    begun = time.perf_counter()
    with pq.ParquetWriter(out, ROW, compression="zstd") as writer:
        found = []
        for row in assignments(columns(pq.ParquetFile(catalog)), rules, declared):
            found.append(row)
            if len(found) == 1 << 16:
                writer.write_table(pa.table(list(map(list, zip(*found))), schema=ROW))
                found.clear()
        if found:
            writer.write_table(pa.table(list(map(list, zip(*found))), schema=ROW))
    print(json.dumps({"seconds": time.perf_counter() - begun}))


if __name__ == "__main__":
    main(*sys.argv[2:5])
