"""The cases: which contender does what job on which catalog, and what is asked of it."""

from dataclasses import dataclass

CLASSMARK = "classmark"
BARE_SCAN = "scan"
DUCKDB_SCAN = "duckdb:scan"
SCANS = (BARE_SCAN, DUCKDB_SCAN)
# Formulations of one job: all are checked, the fastest is timed.
DUCKDB = ("duckdb:outcomes", "duckdb:pairs", "duckdb:plain")
DUCKDB_SETS = DUCKDB[:2]
POLARS = ("polars:outcomes", "polars:plain")
PYTHON = ("python:loop",)


@dataclass(frozen=True)
class Case:
    """A job. Every contender's rows are compared with classmark's before timing."""

    catalog: str
    frameworks: str
    threads: int = 2
    memory: str = ""
    # Each entry is a tuple of formulations.
    peers: tuple = ()
    scans: tuple = ()
    # Compared with this case's answer instead of a peer's.
    same_as: str = ""
    # Contenders that run once only: too slow for more.
    once: tuple = ()
    huge: bool = False


CASES = {
    "dense": Case("dense", "one-300", peers=(DUCKDB, POLARS), scans=SCANS),
    "dense, a tenth": Case("dense-tenth", "one-300", peers=(PYTHON,), once=PYTHON),
    "half": Case("half", "one-300", peers=(DUCKDB_SETS, POLARS), scans=SCANS),
    "sparse": Case("sparse", "one-300", peers=(DUCKDB_SETS, POLARS), scans=SCANS),
    "real": Case("real-x10", "real", peers=(DUCKDB, POLARS), scans=SCANS),
    "chained": Case("half", "chained-300", peers=(("duckdb:chained",),), once=("duckdb:chained",)),
    "1 thread": Case("dense", "one-300", threads=1, same_as="dense"),
    "scattered": Case("scattered", "one-300", memory="512MiB", same_as="dense"),
    "distinct": Case("distinct", "one-300"),
    "50 rules": Case("dense", "one-50"),
    "5,000 rules": Case("dense", "idle-5000", same_as="50 rules"),
    "50,000 rules": Case("dense", "idle-50000", same_as="50 rules"),
    "100 tags": Case("tags-100", "tags-100"),
    "100,000 tags": Case("tags-100k", "tags-100k"),
    "1 M rows": Case("half-1m", "one-300"),
    "100 M rows": Case("half-100m", "one-300", same_as="half", huge=True),
    "10,000 columns": Case("small", "one-300"),
}
# A case without peers and without a twin is compared with this formulation's rows.
JUDGE = "duckdb:outcomes"


@dataclass(frozen=True)
class Target:
    """A row of the table of what is to be reached."""

    what: str
    must: float
    aim: float
    # What is measured, of the medians (seconds and others) by (case, contender).
    measure: object
    # Whether more is better.
    more: bool = False
    unit: str = "×"


def seconds(case, contender=CLASSMARK):
    return lambda medians: medians[case, contender].seconds


def ratio(over, under):
    return lambda medians: over(medians) / under(medians)


def best(case, engine):
    """The engine's fastest formulation of the case."""

    def fastest(medians):
        times = [m.seconds for (c, who), m in medians.items() if c == case and who.startswith(engine + ":") and who not in SCANS]
        return min(times)

    return fastest


def per_row(case):
    return lambda medians: medians[case, CLASSMARK].seconds / medians[case, CLASSMARK].rows


def peak_mib(case):
    return lambda medians: medians[case, CLASSMARK].peak / 2**20


def compile_ms(case):
    return lambda medians: medians[case, CLASSMARK].compile * 1000


def milliseconds(case):
    return lambda medians: medians[case, CLASSMARK].seconds * 1000


TARGETS = [
    Target("run ÷ our bare scan, `big_realistic` ×10", 3, 1.5, ratio(seconds("real"), seconds("real", BARE_SCAN))),
    Target("run ÷ our bare scan, dense", 0, 0, ratio(seconds("dense"), seconds("dense", BARE_SCAN))),
    Target("run ÷ DuckDB's bare scan, dense", 2, 1, ratio(seconds("dense"), seconds("dense", DUCKDB_SCAN))),
    *(
        Target(f"{label} best ÷ run, {case}", 20, 50, ratio(best(case, engine), seconds(case)), more=True)
        for label, engine in (("DuckDB's", "duckdb"), ("Polars'", "polars"))
        for case in ("dense", "half", "sparse", "real")
    ),
    Target("DuckDB's loop ÷ run, chained rules", 0, 0, ratio(best("chained", "duckdb"), seconds("chained")), more=True),
    Target("Python's loop ÷ run, a tenth of dense", 0, 0, ratio(best("dense, a tenth", "python"), seconds("dense, a tenth")), more=True),
    Target("rules 50 → 5,000, same assignments", 1.6, 1.25, ratio(seconds("5,000 rules"), seconds("50 rules"))),
    Target("rules 50 → 50,000, same assignments", 3, 1.6, ratio(seconds("50,000 rules"), seconds("50 rules"))),
    Target("tags in the catalog 100 → 100,000", 1.5, 1.2, ratio(seconds("100,000 tags"), seconds("100 tags"))),
    Target("rows 1 M → 10 M, time per row", 1.1, 1.0, ratio(per_row("half"), per_row("1 M rows"))),
    Target("rows 1 M → 100 M, time per row", 1.1, 1.0, ratio(per_row("100 M rows"), per_row("1 M rows"))),
    Target("every tag set distinct ÷ typical", 4, 2, ratio(seconds("distinct"), seconds("dense"))),
    Target("1 → 2 threads", 1.7, 1.9, ratio(seconds("1 thread"), seconds("dense")), more=True),
    Target("peak memory, 10 M contiguous columns", 512, 256, peak_mib("dense"), unit=" MiB"),
    Target("peak memory, 100 M contiguous columns", 512, 256, peak_mib("100 M rows"), unit=" MiB"),
    Target("scattered ÷ contiguous", 3, 2, ratio(seconds("scattered"), seconds("dense"))),
    Target("compile 50,000 rules", 250, 50, compile_ms("50,000 rules"), unit=" ms"),
    Target("a 10,000-column job, whole process", 60, 20, milliseconds("10,000 columns"), unit=" ms"),
]
