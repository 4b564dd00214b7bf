"""The job in DuckDB: python3 duckdb_job.py FORMULATION CATALOG RULES.json OUT THREADS

Prints the seconds from the first statement to the closed file; starting
Python, importing and loading the rules are not counted.
"""

import json
import sys
import time
from pathlib import Path

import duckdb
import pyarrow as pa

SQL = Path(__file__).parent / "duckdb_sql"
# What each formulation is made of, in order.
FORMULATIONS = {
    "outcomes": ["rules", "sets", "outcomes"],
    "pairs": ["rules", "sets", "pairs"],
    "plain": ["rules", "plain"],
    "scan": ["scan"],
}


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


def main(formulation, catalog, rules, out, threads):
    connection = duckdb.connect()
    connection.execute(f"SET threads = {int(threads)}")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(f"SET temp_directory = '{out}.spill'")
    if formulation != "scan":
        rule_tables(connection, json.loads(Path(rules).read_text()))
    parts = [(SQL / f"{part}.sql").read_text() for part in FORMULATIONS[formulation]]
    text = "\n".join(parts).replace("{catalog}", catalog).replace("{out}", out)
    statements = duckdb.extract_statements(text)
    steps, begun = [], time.perf_counter()
    for statement in statements:
        at = time.perf_counter()
        connection.execute(statement).fetchall()
        steps.append((round(time.perf_counter() - at, 3), statement.query.strip()[:60]))
    seconds = time.perf_counter() - begun
    if "-v" in sys.argv:
        for step in sorted(steps, reverse=True)[:12]:
            print(*step, file=sys.stderr)
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main(*[argument for argument in sys.argv[1:] if argument != "-v"])
