"""Measures how many requests the server answers: python3 benches/server/run.py [--quick]

Starts a server on a store of its own, fills it with 50 frameworks of 20 rules,
checks its answers, and has `wrk` ask. Prints Markdown; ends with 1 if an answer
is wrong or a request fails. See README.md beside this file.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/clients"))

from server import Server, secret  # noqa: E402

FRAMEWORKS, RULES, COLUMNS, CONTROLS = 50, 20, 20, 20
CUSTOM = "/api/v2/cloud_security_management/custom_frameworks"
HEADERS = [("Authorization", f"Bearer {secret('all')}"), ("Content-Type", "application/json")]
# What is to be reached: (case, requests a second).
TARGETS = {"GET a framework": 10_000, "GET a custom framework": 10_000, "PUT a framework, 64 clients": 500}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two seconds a case: to try out")
    parser.add_argument("--seconds", type=int, help="seconds a case [10; 2 with --quick]")
    parser.add_argument("--classmark", type=Path, help="a binary that is built already, with the feature `server`")
    return parser.parse_args()


def build():
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
    command = ["cargo", "build", "--release", "--quiet", "--bin", "classmark", "--features", "server", "--target-dir", target]
    subprocess.run(command, cwd=ROOT, check=True)
    return target / "release" / "classmark"


def tag(name):
    return {"name": name, "source": "curated"}


def framework(number):
    """Twenty rules: four that ask a column, the others a neighbour or the table, too."""
    rules = [
        {
            "id": f"bench/{number}/{at}",
            "name": f"rule {at}",
            "classificationTag": tag(f"Class {number}.{at % 5}"),
            "columnTags": [tag(f"Kind.{(number + at) % 60}")],
            "neighborColumnTags": [tag(f"Kind.{(number * at) % 60}")] if at % 2 else [],
            "tableTags": [tag("Zone.Raw")] if at % 5 == 4 else [],
        }
        for at in range(RULES)
    ]
    levels = lambda level: [{"dimension": "confidentiality", "sensitivity": level}]
    tags = [{**tag(f"Class {number}.{at}"), "sensitivities": levels(at % 3)} for at in range(5)]
    return {"shortName": f"bench-{number}", "name": f"Bench {number}", "description": "Fills the store", "active": True, "tags": tags, "rules": rules}


def custom_framework():
    controls = [{"name": f"control {at}", "rules_id": [f"bench/{at}/{nth}" for nth in range(3)]} for at in range(CONTROLS)]
    attributes = {"handle": "bench", "version": "1", "name": "Bench", "requirements": [{"name": "all", "controls": controls}]}
    return {"data": {"type": "custom_framework", "attributes": attributes}}


def catalog():
    columns = [{"name": f"column_{at}", "tags": [f"Kind.{at * 3}", f"Kind.{at * 3 + 1}"]} for at in range(COLUMNS)]
    return {"data_sources": [{"id": "bench", "tags": ["Zone.Raw"], "columns": columns}]}


class Bench:
    def __init__(self, server, seconds):
        self.server, self.seconds = server, seconds
        self.ids = [self.ask("POST", "/frameworks", framework(number))["id"] for number in range(FRAMEWORKS)]
        self.ask("POST", CUSTOM, custom_framework())
        self.body = server.folder / "catalog.json"
        self.body.write_text(json.dumps(catalog()))

    def ask(self, method, path, body=None):
        answer = self.server.raw(method, path, None if body is None else json.dumps(body).encode(), HEADERS)
        if answer.status != 200:
            sys.exit(f"{method} {path}: {answer.status} {answer.text[:500]}")
        return answer.json

    def check(self):
        """The answers that are timed, before they are."""
        got = self.ask("GET", f"/frameworks/{self.ids[7]}")
        expect({key: got[key] for key in framework(7)} == framework(7), "a framework is not what was posted")
        listed = [f["id"] for f in self.ask("GET", "/frameworks?active=true")["frameworks"]]
        expect(listed == self.ids, "the list is not what was posted")
        got = self.ask("GET", f"{CUSTOM}/bench/1")["data"]["attributes"]
        expect(got == custom_framework()["data"]["attributes"], "a custom framework is not what was posted")
        got = self.ask("POST", "/evaluate", catalog())["assignments"]
        given = {(row["column_name"], row["tag_name"]) for row in got}
        expect(given == assignments(), f"evaluate gives {len(given)} assignments instead of {len(assignments())}")
        return len(given)

    def wrk(self, script, path, connections, **environment):
        command = ["wrk", "--threads", "2", "--connections", str(connections), "--duration", f"{self.seconds}s", "--timeout", "10s", "--script", str(HERE / script), self.server.url + path]
        told = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TOKEN": secret("all"), **environment})
        figures = [line.split()[1:] for line in told.stdout.splitlines() if line.startswith("FIGURES")]
        expect(len(figures) == 1, f"wrk ended with {told.returncode}: {told.stdout}{told.stderr}")
        requests, micros, p50, p99, *wrong, size = map(int, figures[0])
        return {"rate": requests / micros * 1e6, "p50": p50 / 1e3, "p99": p99 / 1e3, "errors": sum(wrong), "requests": requests, "bytes": size / micros * 1e6}

    def versions(self):
        return sum(len(self.ask("GET", f"/frameworks/{id}/versions")["versions"]) for id in self.ids)

    def cases(self):
        writes = {"IDS": " ".join(self.ids)}
        return {
            "GET a framework": lambda: self.wrk("read.lua", f"/frameworks/{self.ids[7]}", 64),
            "GET a custom framework": lambda: self.wrk("read.lua", f"{CUSTOM}/bench/1", 64),
            "GET the list of frameworks": lambda: self.wrk("read.lua", "/frameworks", 64),
            f"POST /evaluate, {COLUMNS} columns": lambda: self.wrk("write.lua", "/evaluate", 16, BODY=str(self.body)),
            "PUT a framework, 64 clients": lambda: self.wrk("write.lua", "/", 64, **writes),
            "PUT a framework, 2 clients": lambda: self.wrk("write.lua", "/", 2, **writes),
        }


def assignments():
    """What the rules give on the catalog, in plain loops. No rule asks for what another gives."""
    source = catalog()["data_sources"][0]
    near = {name for column in source["columns"] for name in column["tags"]}
    names = lambda tags: {one["name"] for one in tags}
    return {
        (column["name"], rule["classificationTag"]["name"])
        for number in range(FRAMEWORKS)
        for rule in framework(number)["rules"]
        for column in source["columns"]
        if names(rule["columnTags"]) <= set(column["tags"])
        and names(rule["neighborColumnTags"]) <= near
        and names(rule["tableTags"]) <= set(source["tags"])
    }


def expect(holds, complaint):
    if not holds:
        sys.exit(f"benches/server: {complaint}")


def measured(bench):
    """(case → figures, how many errors there were)"""
    of, errors = {}, 0
    for name, case in bench.cases().items():
        before = bench.versions() if name.startswith("PUT") else 0
        of[name] = case()
        if before:
            # wrk does not wait for the last answers: so many more may have been written.
            beyond = bench.versions() - before - of[name]["requests"]
            expect(0 <= beyond <= 64, f"{of[name]['requests']} edits were acknowledged, and {beyond} more versions are there")
        errors += of[name]["errors"]
        print(f"{name} done", file=sys.stderr, flush=True)
    return of, errors


def main():
    options = arguments()
    expect(shutil.which("wrk"), "`wrk` is not there; `apt-get install wrk`")
    # One client is all there is here: it is not to be held back.
    with Server(options.classmark or build(), "--rate", 0) as server:
        bench = Bench(server, options.seconds or (2 if options.quick else 10))
        given = bench.check()
        of, errors = measured(bench)
        peak = server.peak_memory() / (1 << 20)
    print(f"{FRAMEWORKS} frameworks of {RULES} rules, all active; evaluate gives {given} assignments. {os.cpu_count()} cores, which wrk shares.")
    print("\n| case | requests/s | must | | p50 ms | p99 ms | MB/s | errors |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, got in of.items():
        must = TARGETS.get(name)
        verdict = "–" if must is None else "met" if got["rate"] >= must else "**not met**"
        print(f"| {name} | {got['rate']:,.0f} | {f'{must:,}' if must else '–'} | {verdict} | {got['p50']:.2f} | {got['p99']:.2f} | {got['bytes'] / 1e6:.1f} | {got['errors']} |")
    print(f"\nPeak memory of the server: {peak:.0f} MiB.")
    expect(not errors, f"{errors} requests failed")


if __name__ == "__main__":
    main()
