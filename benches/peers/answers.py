"""Whether two answers are the same rows, whatever their order."""

import duckdb

ROW = "data_source_id, column_name, tag_name, tag_source, list_sort(rules) AS rules, state"


def rows_of(path, first=None):
    """The rows of an answer; `first`: only so many, in the order of the file."""
    limit = f" WHERE file_row_number < {first}" if first else ""
    return f"SELECT {ROW} FROM read_parquet('{path}'{', file_row_number = true' if first else ''}){limit}"


def fingerprint(path, first=None):
    """The number of rows and sums of two independent 64-bit hashes over each whole row."""
    row = "data_source_id, column_name, tag_name, tag_source, rules, state"
    query = f"""SELECT count(*), sum(hash({row})::HUGEINT)::VARCHAR, sum(hash('again', {row})::HUGEINT)::VARCHAR
        FROM ({rows_of(path, first)})"""
    return duckdb.execute(query).fetchall()[0]


def differences(one, other):
    """Rows that only one of two answers has: exact, and slow on large ones."""
    only = lambda a, b: duckdb.execute(f"SELECT * FROM ({rows_of(a)} EXCEPT ALL {rows_of(b)}) ORDER BY ALL LIMIT 3").fetchall()
    return {"only in the first": only(one, other), "only in the second": only(other, one)}
