"""Reads the tables of a results folder by three readers.

    python tests/readers/read_back.py RESULTS

The pages of assignments.parquet are ours, so it is read by pyarrow, DuckDB and
Polars: they must find the same rows in the same order, as many as the manifest
says, and values that agree with what the footer tells of them. Of the other
tables they must read the same rows. Prints a line and exits with 0, or says what
differs and exits with 1.
"""

import json
import pathlib
import sys

import duckdb
import polars
import pyarrow
import pyarrow.compute as compute
import pyarrow.parquet as parquet

COLUMNS = [
    "data_source_id",
    "column_name",
    "tag_name",
    "tag_source",
    "sensitivity",
    "rules",
    "state",
    "recorded",
]
BATCH = 1 << 16


def plain(batch, schema):
    """A batch with the types of `schema`, its columns in one piece each."""
    batch = batch.select(COLUMNS).cast(schema)
    return batch.combine_chunks() if isinstance(batch, pyarrow.Table) else batch


def rows_manifest(folder):
    """The tables that the manifest names, and their rows."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return {o["name"]: o["rows"] for o in manifest["outputs"] if o["name"].endswith(".parquet")}


def check_others(folder, tables):
    """Tables that the parquet crate has written."""
    for name, wanted in sorted(tables.items()):
        path = folder / name
        rows = parquet.read_table(path).to_pylist()
        expect(len(rows) == wanted, f"pyarrow reads {len(rows)} rows of {name}, not {wanted}")
        others = {
            "DuckDB": duckdb.connect().sql("select * from read_parquet(?)", params=[str(path)]).to_arrow_table(),
            "Polars": polars.read_parquet(path).to_arrow(),
        }
        for reader, table in others.items():
            expect(table.to_pylist() == rows, f"{reader} reads other rows of {name}")


def expect(holds, complaint):
    if not holds:
        sys.exit(f"read_back: {complaint}")


def check_footer(file, table):
    """What the footer says of each column chunk must hold for its rows."""
    start = 0
    for number in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(number)
        rows = table.slice(start, group.num_rows)
        start += group.num_rows
        for column in range(group.num_columns):
            chunk = group.column(column)
            name = chunk.path_in_schema.split(".")[0]
            values = rows[name]
            if pyarrow.types.is_list(values.type):
                values = compute.list_flatten(values)
            place = f"row group {number}, `{name}`"
            told = chunk.statistics
            expect(told is not None, f"{place}: no statistics")
            least, greatest = compute.min_max(values).values()
            least, greatest = least.as_py(), greatest.as_py()
            if least is None:
                expect(not told.has_min_max, f"{place}: bounds without a value")
                continue
            expect(told.has_min_max, f"{place}: no bounds")
            expect(told.min <= least, f"{place}: {least!r} is below {told.min!r}")
            expect(told.max >= greatest, f"{place}: {greatest!r} is above {told.max!r}")
            if name != "rules":
                nulls = values.null_count
                expect(told.null_count == nulls, f"{place}: {nulls} nulls, not {told.null_count}")


def main(folder):
    path = folder / "assignments.parquet"
    file = parquet.ParquetFile(path, page_checksum_verification=True)
    table = file.read()
    table.validate(full=True)
    schema = table.schema
    expect(schema.names == COLUMNS, f"the columns are {schema.names}")
    tables = rows_manifest(folder)
    wanted = tables.pop("assignments.parquet")
    check_others(folder, tables)
    expect(table.num_rows == wanted, f"pyarrow reads {table.num_rows} rows of {wanted}")
    check_footer(file, table)

    connection = duckdb.connect()
    found = connection.sql("select * from read_parquet(?)", params=[str(path)])
    start = 0
    for batch in found.to_arrow_reader(BATCH):
        same = table.slice(start, batch.num_rows).combine_chunks()
        batch = plain(pyarrow.Table.from_batches([batch]), schema)
        expect(batch.equals(same), f"DuckDB reads other rows from row {start} on")
        start += batch.num_rows
    expect(start == wanted, f"DuckDB reads {start} rows of {wanted}")

    for frame in (polars.read_parquet(path), polars.scan_parquet(path).collect()):
        expect(frame.height == wanted, f"Polars reads {frame.height} rows of {wanted}")
        read = plain(frame.to_arrow(), schema)
        expect(read.equals(table.combine_chunks()), "Polars reads other rows")

    # Readers that skip by the footer and by page must find the same rows.
    if wanted:
        name = table["tag_name"][wanted // 2].as_py()
        count = compute.sum(compute.equal(table["tag_name"], name)).as_py()
        sql = "select count(*) from read_parquet(?) where tag_name = ?"
        by_duckdb = connection.execute(sql, [str(path), name]).fetchone()[0]
        by_polars = polars.scan_parquet(path).filter(polars.col("tag_name") == name)
        by_polars = by_polars.select(polars.len()).collect().item()
        expect(by_duckdb == count, f"DuckDB finds {by_duckdb} rows of {name!r}, not {count}")
        expect(by_polars == count, f"Polars finds {by_polars} rows of {name!r}, not {count}")
    print(f"read_back: {wanted} rows and {len(tables)} more tables, the same by pyarrow, DuckDB and Polars")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
