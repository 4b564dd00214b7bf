"""What was measured, as Markdown."""

import os
import platform
import statistics
from dataclasses import dataclass
from importlib.metadata import version

import cases


@dataclass
class Median:
    """The middle of a contender's runs of a case."""

    seconds: float
    fastest: float
    slowest: float
    peak: int
    rows: int
    assignments: int
    compile: float
    runs: int


def median(runs, rows, assignments):
    times = [run.seconds for run in runs]
    compiles = [run.said["timings"]["compile"] for run in runs if "timings" in run.said]
    return Median(
        seconds=statistics.median(times),
        fastest=min(times),
        slowest=max(times),
        peak=int(statistics.median(run.peak for run in runs)),
        rows=rows,
        assignments=assignments,
        compile=statistics.median(compiles) if compiles else 0.0,
        runs=len(runs),
    )


def machine():
    """The processor, its cores and the memory."""
    model = platform.processor() or platform.machine()
    with open("/proc/cpuinfo") as lines:
        models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{models[0] if models else model}, {os.cpu_count()} cores, {memory:.1f} GiB, Linux {platform.release()}"


def versions(classmark, rustc):
    packages = [f"{name} {version(name)}" for name in ("duckdb", "polars", "pyarrow")]
    return ", ".join([classmark, *packages, f"Python {platform.python_version()}", rustc])


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


NOT_MET = "**not met**"


def measured(target, medians):
    """The target's value; `None` where a run that it needs was not made."""
    try:
        return target.measure(medians)
    except (KeyError, ValueError):
        return None


def shown(target, value):
    return f"{value:.{2 if target.unit == '×' and value < 10 else 1}f}{target.unit}"


def verdict(target, value):
    if not target.must:
        return "–"
    reached = lambda bound: value >= bound if target.more else value <= bound
    return "aim met" if reached(target.aim) else "must met" if reached(target.must) else NOT_MET


def targets(medians):
    """Each row of what is to be reached, those that were not measured apart."""
    rows = []
    for target in cases.TARGETS:
        bound = lambda number: f"{number:g}{target.unit}" if target.must else "–"
        head = [target.what, bound(target.must), bound(target.aim)]
        value = measured(target, medians)
        said = ["–", "not measured"] if value is None else [shown(target, value), verdict(target, value)]
        rows.append([*head, *said])
    return table(["what", "must", "aim", "measured", ""], rows)


def contenders(medians):
    """Every contender of every case, and how it stands to classmark."""
    rows = []
    for (case, who), m in medians.items():
        ours = medians.get((case, cases.CLASSMARK))
        ratio = f"{m.seconds / ours.seconds:.2f}" if ours else "–"
        spread = f"{m.fastest:.2f}–{m.slowest:.2f}"
        rows.append(
            [case, who, f"{m.seconds:.3f}", spread, str(m.runs), ratio, f"{m.peak / 2**20:.0f}", f"{m.rows:,}", f"{m.assignments:,}"]
        )
    head = ["case", "contender", "median s", "range s", "runs", "÷ classmark", "peak MiB", "columns", "assignments"]
    return table(head, rows)


def in_process(reports):
    """Engines in Rust on data read before, one thread: microseconds per column."""
    rows = []
    for name, said in reports.items():
        each = {}
        for side in ("classmark", "peer"):
            of = said[side]
            each[side] = statistics.median(of["seconds"]) / of["columns"] * 1e6
        ratio = each["peer"] / each["classmark"]
        rows.append(
            [name, str(said["rules"]), f"{said['peer']['columns']:,}", f"{said['findings']:,}"]
            + [f"{each['peer']:.3f}", f"{each['classmark']:.3f}", f"{ratio:,.0f}"]
        )
    head = ["engine", "rules", "columns", "findings compared", "µs a column", "classmark's", "ratio"]
    return table(head, rows)


def losses(medians):
    """The jobs that somebody did faster than classmark, and the targets not met."""
    ours = {case: m for (case, who), m in medians.items() if who == cases.CLASSMARK}
    lost = [
        f"- {case}: {who} took {m.seconds:.3f} s, classmark {ours[case].seconds:.3f} s"
        for (case, who), m in medians.items()
        if case in ours and who not in (cases.CLASSMARK, *cases.SCANS) and m.seconds < ours[case].seconds
    ]
    for target in cases.TARGETS:
        value = measured(target, medians)
        if value is not None and verdict(target, value) == NOT_MET:
            lost.append(f"- {target.what}: {shown(target, value)}, and {target.must:g}{target.unit} is a must")
    return "\n".join(lost) or "- none"
