"""Makes the catalogs and frameworks of the cases, once: what is complete is kept."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

import rules

REAL = Path(__file__).resolve().parents[3] / "shared/catalogs/big_realistic.parquet"
COPIES = 10
REAL_ROW_GROUP = 131_072
MARK = "complete.json"
# Frameworks are chosen from this many generated rules.
POOL = 1_500
# Pairs of tags are looked for among so many.
MOST_PAIRED = 2_000


@dataclass(frozen=True)
class Catalog:
    """A generated catalog; `thousands` of data sources of 50 columns at full size."""

    thousands: float
    options: tuple = ()

    def arguments(self, scale):
        return ["--data-sources", str(max(1, round(self.thousands * 1000 * scale))), *self.options]


def spec(density, *more):
    return ("--rules", str(POOL), "--density", str(density), *more)


CATALOGS = {
    "dense": Catalog(200, spec(1.5)),
    "dense-tenth": Catalog(20, spec(1.5)),
    "half": Catalog(200, spec(0.5)),
    "half-1m": Catalog(20, spec(0.5)),
    "half-100m": Catalog(2000, spec(0.5)),
    "sparse": Catalog(200, spec(0.05)),
    "distinct": Catalog(200, ("--rules", str(POOL), "--distinct")),
    "scattered": Catalog(200, spec(1.5, "--scattered")),
    "tags-100": Catalog(200, ("--rules", "0", "--density", "0.8", "--tags", "100")),
    "tags-100k": Catalog(200, ("--rules", "0", "--density", "0.8", "--tags", "100000")),
    "in-process": Catalog(4, spec(0.8)),
}
# Made at its full size, whatever the scale.
SMALL = Catalog(0.2, spec(0.8))


class Data:
    """The work folder of one scale."""

    def __init__(self, work, scale, classmark):
        self.folder = Path(work) / ("full" if scale == 1 else f"{scale:g}")
        self.scale, self.classmark = scale, classmark

    def catalog(self, name):
        """The file of a catalog, made if it is not there."""
        maker = self._copy_real if name == "real-x10" else self._generate
        return self._made(self.folder / "catalogs" / name, maker) / "columns.parquet"

    def frameworks(self, name):
        """The folder of frameworks of a name, made if it is not there."""
        return self._made(self.folder / "frameworks" / name, self._choose)

    def _made(self, folder, make):
        if not (folder / MARK).exists():
            print(f"making {folder.parent.name}/{folder.name}", file=sys.stderr, flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            said = make(folder)
            (folder / MARK).write_text(json.dumps(said) + "\n")
        return folder

    def note(self, kind, name):
        """What was said of a thing when it was made."""
        return json.loads((self.folder / kind / name / MARK).read_text())

    def _generate(self, folder):
        small = folder.name == "small"
        catalog = SMALL if small else CATALOGS[folder.name]
        arguments = catalog.arguments(1 if small else self.scale)
        raw = folder / "raw"
        command = [self.classmark, "generate", "--out", raw, *arguments, "--format", "json"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (raw / "columns.parquet").rename(folder / "columns.parquet")
        shutil.rmtree(raw)
        return {"generate": arguments}

    def _copy_real(self, folder):
        """Copies of the real catalog, the ids told apart, as one file.

        pyarrow gives up on a dictionary at 1 MiB, which a few row groups reach.
        """
        table = pq.read_table(REAL)
        place = table.schema.get_field_index("data_source_id")
        ids = table.column(place)
        copies = max(1, round(COPIES * self.scale))
        options = {"compression": "zstd", "use_dictionary": True, "dictionary_pagesize_limit": 16 << 20}
        with pq.ParquetWriter(folder / "columns.parquet", table.schema, **options) as writer:
            for copy in range(copies):
                distinct = pa.compute.binary_join_element_wise(ids, f"copy{copy}", "#")
                copied = table.set_column(place, table.schema.field(place), distinct)
                writer.write_table(copied, row_group_size=REAL_ROW_GROUP)
        return {"copies": copies}

    def _choose(self, folder):
        """Frameworks by name; beside them the flat form that peers get."""
        name = folder.name
        if name == "chained-300":
            documents = self._pool("300")
        else:
            chosen = self._rules(name)
            declared = {} if name.startswith(("real", "tags")) else rules.ratings(self._pool(POOL))
            documents = rules.frameworks_of(chosen, declared, "peers")
        rules.write(documents, folder / "documents")
        (folder / "rules.json").write_text(json.dumps(rules.flat(documents)))
        return {"rules": sum(len(document["rules"]) for document in documents)}

    def _rules(self, name):
        match name.split("-"):
            case ["one", count]:
                return rules.one_pass(self._pool(POOL), int(count))
            case ["idle", count]:
                fired = rules.one_pass(self._pool(POOL), 50)
                frequent = list(tags_by_frequency(self.catalog("dense"), "column_tags"))
                # Neither may be given, or it would be more than looked at.
                given = {rules.key(rule["classificationTag"]) for rule in fired}
                frequent = [tag for tag in frequent if tag not in given]
                pairs = never_together(self.catalog("dense"), frequent, int(count))
                return rules.idle(fired, pairs, frequent, int(count))
            case ["real"]:
                catalog = self.catalog("real-x10")
                columns, tables = (list(tags_by_frequency(catalog, c)) for c in ("column_tags", "table_tags"))
                return rules.over_real_tags(columns, tables, 300)
            case ["tags", size]:
                return self._equal_yield(f"tags-{size}")
        raise SystemExit(f"no frameworks are called {name}")

    def _equal_yield(self, catalog):
        """Rules that tag as many columns of this catalog as of its counterpart."""
        frequencies = {n: tags_by_frequency(self.catalog(n), "column_tags") for n in ("tags-100", "tags-100k")}
        target = min(sum(sorted(f.values())[-100:]) for f in frequencies.values())
        fired = []
        for tag, count in frequencies[catalog].items():
            if count <= target and len(fired) < 250:
                target -= count
                gives = {"source": "curated", "name": f"Given.T{len(fired)}"}
                fired.append({"classificationTag": gives, "columnTags": [rules.plain(tag)]})
        tags = list(frequencies[catalog])
        return rules.idle(fired, never_together(self.catalog(catalog), tags, 300), tags, 300)

    def _pool(self, count):
        raw = self.folder / f"pool-{count}"
        if not raw.exists():
            command = [self.classmark, "generate", "--out", raw, "--data-sources", "1", "--rules", str(count)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return rules.load(raw / "frameworks")


def tags_by_frequency(catalog, column):
    """The tags of a list column with their frequency, the most frequent first; ties by name."""
    rows = duckdb.execute(
        f"""SELECT t."source", t."name", sum(n)::BIGINT AS n FROM (
                SELECT unnest(tags) AS t, n FROM (
                    SELECT "{column}" AS tags, count(*) AS n FROM read_parquet(?) GROUP BY 1))
            GROUP BY 1, 2 ORDER BY n DESC, 1, 2""",
        [str(catalog)],
    ).fetchall()
    return {(source, name): count for source, name, count in rows}


def never_together(catalog, tags, count):
    """Pairs of a catalog's tags that no column has both of, spread over the frequent ones."""
    tags = tags[:MOST_PAIRED]
    connection = duckdb.connect()
    tag = pa.table({"n": range(len(tags)), "source": [t[0] for t in tags], "name": [t[1] for t in tags]})
    connection.register("tag", tag)
    rows = connection.execute(
        """WITH lists AS (SELECT row_number() OVER () AS list, tags FROM (
                SELECT DISTINCT list_distinct(column_tags) AS tags FROM read_parquet(?) WHERE len(column_tags) > 1)),
            facts AS (SELECT list, n FROM (SELECT list, unnest(tags) AS t FROM lists)
                JOIN tag ON (tag.source = t."source" AND tag.name = t."name"))
            SELECT DISTINCT a.n, b.n FROM facts a JOIN facts b USING (list) WHERE a.n < b.n""",
        [str(catalog)],
    ).fetchall()
    together = set(rows)
    pairs = []
    for distance in range(1, len(tags)):
        for first in range(len(tags)):
            second = (first + distance) % len(tags)
            if (min(first, second), max(first, second)) not in together:
                pairs.append((tags[first], tags[second]))
            if len(pairs) == count:
                return pairs
    return pairs
