"""Measures what rollups and comparisons cost: python3 benches/rollups/run.py [--quick]

Makes catalogs by `classmark generate`, checks that counting again gives the same
bytes, times everything round by round as whole processes, and prints Markdown.
Nothing but Python is needed. See README.md beside this file.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LAUNCH = HERE.parent / "peers" / "launch.py"
MIB = 1 << 20

# What is to be reached: (what, of which case, divided by which, must).
RATIOS = [
    ("rollups for 50 controls ÷ off", "50 controls", "off", 1.05),
    ("rollups for 2,000 controls ÷ off", "2,000 controls", "off", 1.05),
    ("the same with a report ÷ off", "2,000 controls, report", "off", None),
    ("rolled up again ÷ off", "again", "off", None),
]
MEMORY = [
    ("peak memory, rollups for 2,000 controls", "2,000 controls", 512),
    ("peak memory, diff in the same order", "diff", 512),
    ("peak memory, diff with one side scattered", "diff, scattered", 512),
]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=ROOT / "target/rollups", help="folder for data and runs")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, one round: to try out")
    parser.add_argument("--rounds", type=int, help="rounds of timing [9; 1 with --quick]")
    parser.add_argument("--classmark", type=Path, help="a binary that is built already")
    return parser.parse_args()


def build():
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
    command = ["cargo", "build", "--release", "--quiet", "--bin", "classmark", "--target-dir", target]
    subprocess.run(command, cwd=ROOT, check=True)
    return target / "release" / "classmark"


def process(*command):
    """Runs a command: (seconds, peak memory in bytes)."""
    with tempfile.NamedTemporaryFile("r") as told:
        launch = [sys.executable, "-I", "-S", LAUNCH, told.name, *command]
        ended = subprocess.run([str(part) for part in launch], capture_output=True, text=True)
        if ended.returncode != 0:
            sys.exit(f"{command[0]} could not be started: {ended.stderr.strip()[-2000:]}")
        seconds, code, peak = told.read().split()
    if int(code) != 0:
        sys.exit(f"{' '.join(str(part) for part in command)} ended with {code}: {ended.stderr}")
    return float(seconds), int(peak)


def controls(frameworks, number):
    """A compliance document: requirements of twenty controls, three rules each."""
    rules = []
    for document in sorted(frameworks.iterdir()):
        framework = json.loads(document.read_text())
        rules += [rule["id"] for rule in framework["rules"]] if "id" in framework["rules"][0] else ids(framework)
    named = lambda control: sorted({rules[(control * (nth + 1) + nth) % len(rules)] for nth in range(3)})
    every = [{"name": f"control {c}", "rules_id": named(c)} for c in range(number)]
    requirements = [{"name": f"requirement {at}", "controls": every[at : at + 20]} for at in range(0, number, 20)]
    return {"handle": f"bench-{number}", "version": "1", "name": "Bench", "requirements": requirements}


def ids(framework):
    """The ids of rules that have none of their own."""
    slug = lambda name: "".join(c if c.isascii() and c.isalnum() else " " for c in name.lower())
    join = lambda name: "-".join(slug(name).split())
    return [f"{join(framework['shortName'])}/{join(rule['name'])}" for rule in framework["rules"]]


class Bench:
    def __init__(self, classmark, work, scale):
        self.classmark, self.work = classmark, work
        sources = int(200_000 * scale)
        self.plain, self.mixed = (self.generate(name, sources, more) for name, more in (("plain", []), ("mixed", ["--scattered"])))
        self.other = self.without_a_rule()
        self.documents = {}
        for number in (50, 2_000):
            self.documents[number] = work / f"controls-{number}.json"
            self.documents[number].write_text(json.dumps(controls(self.plain / "frameworks", number)))

    def generate(self, name, sources, more):
        folder = self.work / f"{name}-{sources}"
        if not (folder / "columns.parquet").exists():
            shutil.rmtree(folder, ignore_errors=True)
            process(self.classmark, "generate", "--out", folder, "--data-sources", sources, "--density", 1.5, *more)
        return folder

    def without_a_rule(self):
        """The same frameworks, but for one rule: so that runs differ."""
        folder = self.work / "frameworks-less"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.plain / "frameworks", folder)
        first = sorted(folder.iterdir())[0]
        framework = json.loads(first.read_text())
        del framework["rules"][0]
        first.write_text(json.dumps(framework))
        return folder

    def tag(self, out, *more, catalog=None, frameworks=None):
        catalog = catalog or self.plain
        frameworks = frameworks or self.plain / "frameworks"
        command = [self.classmark, "tag", "--quiet", "--force", "--as-of", "2026-11-21", "--frameworks", frameworks]
        return process(*command, "--columns", catalog / "columns.parquet", "--out", self.work / out, *more)

    def cases(self):
        """What is timed, in this order in each round."""
        with_controls = lambda number: ("--compliance", self.documents[number])
        run = self.work / "run-2000"
        again = [self.classmark, "rollup", run, *with_controls(2_000), "--out", self.work / "again", "--force", "--quiet"]
        compare = lambda new: [self.classmark, "diff", run, self.work / new, *with_controls(2_000), "--quiet"]
        return {
            "off": lambda: self.tag("run-off"),
            "50 controls": lambda: self.tag("run-50", *with_controls(50)),
            "2,000 controls": lambda: self.tag("run-2000", *with_controls(2_000)),
            "2,000 controls, report": lambda: self.tag("run-report", *with_controls(2_000), "--report"),
            "again": lambda: process(*again),
            "diff": lambda: process(*compare("run-less")),
            "diff, scattered": lambda: process(*compare("run-mixed")),
        }

    def check(self):
        """Counting again gives the same bytes, and so does a run without controls, as far as it goes."""
        cases = self.cases()
        self.tag("run-less", frameworks=self.other)
        self.tag("run-mixed", catalog=self.mixed, frameworks=self.other)
        for case in cases.values():
            case()
        for name, left, right in (
            ("assignments.parquet", "run-off", "run-2000"),
            ("rollup.parquet", "run-2000", "again"),
            ("rollup.parquet", "run-2000", "run-report"),
        ):
            if (self.work / left / name).read_bytes() != (self.work / right / name).read_bytes():
                sys.exit(f"{name} of {left} and of {right} differ")
        return json.loads((self.work / "run-off" / "manifest.json").read_text())["counts"]


def main():
    options = arguments()
    rounds = options.rounds or (1 if options.quick else 9)
    options.work.mkdir(parents=True, exist_ok=True)
    bench = Bench((options.classmark or build()).resolve(), options.work.resolve(), 0.1 if options.quick else 1)
    counts = bench.check()
    runs = {name: [] for name in bench.cases()}
    for number in range(rounds):
        for name, case in bench.cases().items():
            runs[name].append(case())
        print(f"round {number + 1} done", file=sys.stderr, flush=True)
    seconds = {name: statistics.median(run[0] for run in of) for name, of in runs.items()}
    peak = {name: statistics.median(run[1] for run in of) / MIB for name, of in runs.items()}
    print(f"{counts['columns']:,} columns, {counts['assignments']:,} assignments; medians of {rounds}.")
    print("\n| what | must | measured | |\n| --- | --- | --- | --- |")
    for what, over, under, must in RATIOS:
        row(what, must, seconds[over] / seconds[under], "×", 2)
    for what, case, must in MEMORY:
        row(what, must, peak[case], " MiB", 0)
    print("\n| case | median s | range s | peak MiB |\n| --- | --- | --- | --- |")
    for name, of in runs.items():
        times = [run[0] for run in of]
        print(f"| {name} | {seconds[name]:.3f} | {min(times):.3f}–{max(times):.3f} | {peak[name]:.0f} |")


def row(what, must, value, unit, digits):
    verdict = "–" if must is None else "met" if value <= must else "**not met**"
    print(f"| {what} | {'–' if must is None else f'{must:g}{unit}'} | {value:.{digits}f}{unit} | {verdict} |")


if __name__ == "__main__":
    main()
