"""The job in DuckDB: python3 duckdb_job.py FORMULATION CATALOG RULES.json OUT THREADS

Prints the seconds from the first statement to the closed file; starting
Python, importing and loading the rules are not counted.
"""

import json
import os
import sys
import time
from pathlib import Path

import duckdb
import pyarrow as pa

SQL = Path(__file__).parent / "duckdb_sql"
# What each formulation is made of, in order.
FORMULATIONS = {
    "outcomes": ["rules", "sets", "match", "outcomes"],
    "pairs": ["rules", "sets", "match", "pairs", "answer"],
    "plain": ["rules", "plain"],
    "chained": ["rules", "sets", "chain", "round", "settled", "answer"],
    "scan": ["scan"],
}
# Run again until it gives 0.
REPEATED = "round"


# Set to see the seconds of each statement on stderr.
STEPS = "PEERS_STEPS" in os.environ


def rule_tables(connection, rules):
    pairs = lambda part: pa.array([r[part] for r in rules["rules"]], pa.list_(pa.list_(pa.string())))
    rule_input = pa.table(
        {
            "number": pa.array(range(len(rules["rules"])), pa.int32()),
            "id": pa.array([r["id"] for r in rules["rules"]], pa.string()),
            "gives": pa.array([r["gives"] for r in rules["rules"]], pa.list_(pa.string())),
            "column": pairs("column"),
            "neighbor": pairs("neighbor"),
            "table": pairs("table"),
        }
    )
    declared_input = pa.table(
        {
            "source": pa.array([tag[0] for tag in rules["declared"]], pa.string()),
            "name": pa.array([tag[1] for tag in rules["declared"]], pa.string()),
        }
    )
    connection.register("rule_arrow", rule_input)
    connection.register("declared_arrow", declared_input)
    connection.execute("CREATE TEMP TABLE rule_input AS FROM rule_arrow")
    connection.execute("CREATE TEMP TABLE declared_input AS FROM declared_arrow")


def run(connection, text):
    """Runs statements; the first number of the last one's result."""
    for statement in duckdb.extract_statements(text):
        begun = time.perf_counter()
        rows = connection.execute(statement).fetchall()
        if STEPS:
            print(f"{time.perf_counter() - begun:8.3f} {statement.query.strip()[:70]!r}", file=sys.stderr)
    return rows[0][0] if rows else 0


def main(formulation, catalog, rules, out, threads):
    connection = duckdb.connect()
    connection.execute(f"SET threads = {int(threads)}")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(f"SET temp_directory = '{out}.spill'")
    if formulation != "scan":
        rule_tables(connection, json.loads(Path(rules).read_text()))
    texts = {part: (SQL / f"{part}.sql").read_text() for part in FORMULATIONS[formulation]}
    texts = {part: text.replace("{catalog}", catalog).replace("{out}", out) for part, text in texts.items()}
    rounds, begun = 0, time.perf_counter()
    for part, text in texts.items():
        while run(connection, text) and part == REPEATED:
            rounds += 1
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "rounds": rounds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
