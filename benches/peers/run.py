"""Measures classmark against others: python3 benches/peers/run.py [--quick] [--only NAME...]

Makes the data, compares every contender's rows, times them round by round and
prints Markdown. See README.md beside this file.
"""

import argparse
import dataclasses
import datetime
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq

# Nothing is left beside the sources.
sys.dont_write_bytecode = True

import answers  # noqa: E402
import cases  # noqa: E402
import report  # noqa: E402
from data import REAL, Data  # noqa: E402
from measure import HERE, Failed, Machine, process  # noqa: E402

ROOT = HERE.parents[1]
# In-process engines: the frameworks, and the command's further arguments.
IN_PROCESS = {
    "cedar": ("one-50", "10000"),
    "datalog": ("chained-300", ""),
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=ROOT / "target/peers", help="folder for data, reused when complete")
    parser.add_argument("--only", nargs="+", metavar="NAME", help=f"of: {', '.join([*cases.CASES, *IN_PROCESS])}")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, one round: to try out")
    parser.add_argument("--rounds", type=int, help="rounds of timing [5; 1 with --quick]")
    parser.add_argument("--huge", action="store_true", help="100 M rows, too: about 2 GB of disk")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single run, too")
    parser.add_argument("--classmark", type=Path, help="a binary that is built already")
    parser.add_argument("--engines", type=Path, help="a binary of engines/ that is built already")
    return parser.parse_args()


def cargo(folder, binary):
    """Builds a program for measuring; where it is."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
    command = ["cargo", "build", "--release", "--quiet", "--bin", binary, "--target-dir", target]
    log(f"building {binary}")
    subprocess.run(command, cwd=folder, check=True)
    return target / "release" / binary


def log(*what):
    print(f"[{time.perf_counter() - BEGUN:6.0f}s]", *what, file=sys.stderr, flush=True)


class Bench:
    """The cases of one call, from data to medians."""

    def __init__(self, machine, data, chosen):
        self.machine, self.data, self.chosen = machine, data, chosen
        self.fingerprints, self.best, self.runs = {}, {}, {}
        self.compared = []

    def contest(self, name, contender):
        case = cases.CASES[name]
        catalog = self.data.catalog(case.catalog)
        frameworks = self.data.frameworks(case.frameworks)
        return self.machine.run(contender, catalog, frameworks, case.threads, case.memory)

    def rows(self, name):
        return pq.ParquetFile(self.data.catalog(cases.CASES[name].catalog)).metadata.num_rows

    def ours(self, name):
        """classmark's rows of a case, there until its next run, and their fingerprint."""
        answer = self.contest(name, cases.CLASSMARK).answer
        self.fingerprints[name] = answers.fingerprint(answer)
        return answer, self.fingerprints[name]

    def check(self, name):
        """Compares all answers of a case, and picks the fastest formulations."""
        case = cases.CASES[name]
        if case.huge:
            return self.check_beginning(name)
        if case.same_as:
            twin = self.fingerprints.get(case.same_as) or self.ours(case.same_as)[1]
            return self.same(name, f"classmark on `{case.same_as}`", twin, self.ours(name)[1])
        answer, ours = self.ours(name)
        log(f"{name}: {ours[0]:,} assignments")
        for formulations in case.peers or ((cases.JUDGE,),):
            took = {}
            for contender in formulations:
                run = self.contest(name, contender)
                self.same(name, contender, ours, answers.fingerprint(run.answer), answer, run.answer)
                took[contender] = run.seconds
                log(f"{name}: {contender} took {run.seconds:.2f} s, {run.peak / 2**20:.0f} MiB")
                if contender in case.once:
                    self.runs.setdefault((name, contender), []).append(run)
            if case.peers:
                self.best[name, formulations] = min(took, key=took.get)

    def check_beginning(self, name):
        """A larger catalog begins like the smaller one, up to the latter's last data sources."""
        smaller = cases.CASES[name].same_as
        answer, whole = self.ours(smaller)
        first = whole[0] * 98 // 100
        twin = answers.fingerprint(answer, first)
        answer, _ = self.ours(name)
        self.same(name, f"classmark on `{smaller}`", twin, answers.fingerprint(answer, first))

    def same(self, name, whom, ours, theirs, answer=None, other=None):
        if ours != theirs:
            shown = answers.differences(answer, other) if answer else ""
            raise SystemExit(f"{name}: {whom} gives other rows: {ours}, {theirs} {shown}")
        self.compared.append((name, whom, ours[0]))
        log(f"{name}: {whom} gives the same {ours[0]:,} rows")

    def contenders(self, name):
        """Who is timed in every round."""
        case = cases.CASES[name]
        picked = [self.best[name, formulations] for formulations in case.peers]
        return [cases.CLASSMARK, *case.scans, *(p for p in picked if p not in case.once)]

    def round(self, number):
        for name in self.chosen:
            for contender in self.contenders(name):
                run = self.contest(name, contender)
                self.runs.setdefault((name, contender), []).append(run)
        log(f"round {number} done")

    def medians(self):
        return {
            (name, contender): report.median(runs, self.rows(name), self.fingerprints[name][0])
            for name in self.chosen
            for (case, contender), runs in self.runs.items()
            if case == name
        }


def in_process(bench, rounds, wanted):
    """The engines in Rust, each with the rounds inside one process."""
    reports = {}
    for name, (frameworks, more) in IN_PROCESS.items():
        if name in wanted:
            catalog = bench.data.catalog("in-process")
            folder = bench.data.frameworks(frameworks) / "documents"
            command = [bench.machine.engines, name, catalog, folder, rounds, *filter(None, [more])]
            reports[name] = json.loads(process(command)[2])
            log(f"{name}: {reports[name]['findings']:,} findings are the same")
    return reports


def choose(options):
    known = [*cases.CASES, *IN_PROCESS]
    for name in options.only or ():
        if name not in known:
            raise SystemExit(f"no case is called `{name}`; there are: {', '.join(known)}")
    wanted = options.only or known
    if not REAL.exists():
        log(f"left out: `real`, there is no {REAL.relative_to(ROOT.parent)}")
    chosen = [
        name
        for name, case in cases.CASES.items()
        if name in wanted and (options.huge or not case.huge) and (name != "real" or REAL.exists())
    ]
    return chosen, [name for name in IN_PROCESS if name in wanted]


def show(bench, medians, reports, options, rounds, build):
    quick = " **A trial run, a tenth of the size: not for quoting.**" if options.quick else ""
    print(f"Measured on {datetime.date.today()}, medians of {rounds}, 2 threads unless said.{quick}\n")
    print(f"- Machine: {report.machine()}\n- Versions: {report.versions(*build)}")
    best = ", ".join(f"{name}: {contender}" for (name, _), contender in bench.best.items())
    print(f"- Fastest formulations: {best}")
    tags = [medians.get((name, cases.CLASSMARK)) for name in ("100 tags", "100,000 tags")]
    if all(tags):
        print(f"- Assignments with 100 and with 100,000 tags: {tags[0].assignments:,} and {tags[1].assignments:,}")
    print(f"- Answers compared: {len(bench.compared)}, {sum(rows for *_, rows in bench.compared):,} rows, all the same")
    print(f"\n## What is to be reached\n\n{report.targets(medians)}")
    print(f"\n## Where classmark is not the fastest\n\n{report.losses(medians)}")
    print(f"\n## Every contender\n\n{report.contenders(medians)}")
    if reports:
        print(f"\n## In process, one thread, data read before\n\n{report.in_process(reports)}")


def main():
    options = arguments()
    rounds = options.rounds or (1 if options.quick else 5)
    chosen, engines_wanted = choose(options)
    classmark = options.classmark or cargo(ROOT, "classmark")
    engines = options.engines or cargo(HERE / "engines", "classmark-peers")
    data = Data(options.work.resolve(), 0.1 if options.quick else 1, classmark.resolve())
    scratch = data.folder / "answers"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    bench = Bench(Machine(classmark.resolve(), engines.resolve(), scratch), data, chosen)
    try:
        for name in chosen:
            bench.check(name)
        log("all answers are the same")
        for number in range(1, rounds + 1):
            bench.round(number)
        reports = in_process(bench, rounds, engines_wanted)
    except Failed as failed:
        raise SystemExit(f"{failed}")
    shutil.rmtree(scratch)
    medians = bench.medians()
    first = lambda command: subprocess.run(command, capture_output=True, text=True).stdout.strip()
    show(bench, medians, reports, options, rounds, (first([classmark, "--version"]), first(["rustc", "--version"])))
    print(f"\nThe whole command took {(time.perf_counter() - BEGUN) / 60:.0f} minutes.")
    if options.json:
        save(options.json, bench, medians, reports)


def save(path, bench, medians, reports):
    everything = {
        "date": str(datetime.date.today()),
        "machine": report.machine(),
        "medians": [{"case": c, "contender": who, **dataclasses.asdict(m)} for (c, who), m in medians.items()],
        "runs": [
            {"case": c, "contender": who, "seconds": run.seconds, "peak": run.peak}
            for (c, who), runs in bench.runs.items()
            for run in runs
        ],
        "in process": reports,
    }
    path.write_text(json.dumps(everything, indent=1, ensure_ascii=False) + "\n")


BEGUN = time.perf_counter()
if __name__ == "__main__":
    main()
