//! Table formats: folders whose files alone do not say what the table holds.

use std::ffi::{OsStr, OsString};
use std::fmt;

/// A table format that keeps in a log which files count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// Delta Lake.
    Delta,
    /// Apache Iceberg.
    Iceberg,
    /// Apache Hudi.
    Hudi,
    /// Apache Paimon.
    Paimon,
    /// Lance.
    Lance,
    /// What Spark's structured streaming writes.
    SparkSink,
}

/// How files of a table's metadata are called by Iceberg.
const ICEBERG_METADATA: [&str; 2] = [".metadata.json", ".metadata.json.gz"];

impl TableFormat {
    /// The format of the table that a folder is: `has` says whether it has a
    /// folder of a name, and `inside` which names that folder has.
    pub(super) fn of(
        has: impl Fn(&str) -> bool,
        inside: impl Fn(&str) -> Vec<OsString>,
    ) -> Option<TableFormat> {
        let holds = |name: &str, what: &dyn Fn(&str) -> bool| {
            let matches = |found: &OsString| what(&found.to_string_lossy());
            has(name) && inside(name).iter().any(matches)
        };
        let is_iceberg = |name: &str| ICEBERG_METADATA.iter().any(|end| name.ends_with(end));
        let any = |_: &str| true;
        if holds("_delta_log", &any) {
            Some(TableFormat::Delta)
        } else if holds(".hoodie", &any) {
            Some(TableFormat::Hudi)
        } else if holds("_spark_metadata", &any) {
            Some(TableFormat::SparkSink)
        } else if has("data") && holds("metadata", &is_iceberg) {
            Some(TableFormat::Iceberg)
        } else if has("data") && holds("_versions", &|name| name.ends_with(".manifest")) {
            Some(TableFormat::Lance)
        } else if holds("snapshot", &|name| name.starts_with("snapshot-"))
            && holds("schema", &|name| name.starts_with("schema-"))
        {
            Some(TableFormat::Paimon)
        } else {
            None
        }
    }

    /// Whether files of the table lie in a folder of the table's folder, by its name.
    pub(super) fn has_files_in(self, folder: &OsStr) -> bool {
        match self {
            TableFormat::Iceberg | TableFormat::Lance => folder == "data",
            // Partitions and buckets are folders of any name.
            _ => true,
        }
    }

    /// How to get the rows of such a table.
    pub fn help(self) -> &'static str {
        match self {
            TableFormat::Delta => {
                "export a snapshot first, in DuckDB with `COPY (SELECT * FROM delta_scan('FOLDER')) TO 'catalog.parquet'` or in Spark with `spark.read.format(\"delta\").load(\"FOLDER\").write.parquet(\"catalog\")`, and name that"
            }
            TableFormat::Iceberg => {
                "export a snapshot first, in DuckDB with `COPY (SELECT * FROM iceberg_scan('FOLDER')) TO 'catalog.parquet'` or in Spark with `spark.read.format(\"iceberg\").load(\"FOLDER\").write.parquet(\"catalog\")`, and name that"
            }
            TableFormat::Hudi => {
                "export a snapshot first, in Spark with `spark.read.format(\"hudi\").load(\"FOLDER\").write.parquet(\"catalog\")`, and name that"
            }
            TableFormat::Paimon => {
                "export a snapshot first, in Spark with `spark.read.format(\"paimon\").load(\"FOLDER\").write.parquet(\"catalog\")`, and name that"
            }
            TableFormat::Lance => {
                "export it first, in Python with `pyarrow.parquet.write_table(lance.dataset(\"FOLDER\").to_table(), \"catalog.parquet\")`, and name that"
            }
            TableFormat::SparkSink => {
                "export it first, in Spark with `spark.read.parquet(\"FOLDER\").write.parquet(\"catalog\")`, which reads the log, and name that"
            }
        }
    }
}

impl fmt::Display for TableFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TableFormat::Delta => "a Delta table",
            TableFormat::Iceberg => "an Iceberg table",
            TableFormat::Hudi => "a Hudi table",
            TableFormat::Paimon => "a Paimon table",
            TableFormat::Lance => "a Lance table",
            TableFormat::SparkSink => "the sink of a Spark stream",
        })
    }
}
