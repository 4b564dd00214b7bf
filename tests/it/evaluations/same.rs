//! It is what a whole run over files comes to, row by row.

use super::{found, small};
use crate::corpus::{Job, Journey, assignments, is_rejected, overrides, read_assignments};
use crate::properties::{draw, job};
use crate::rollups::random::{documents, shape};
use classmark::pipeline::{
    CatalogLimits, Documents, EvaluateOptions, Prepared, RollupOptions, Silent, SmallCatalog,
    evaluate, tag,
};
use classmark::reference::{Assignment, Rejection, Row};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The job's rows as a document: a data source for each run of rows.
fn document(rows: &[Row]) -> Value {
    let tags = |tags: &[classmark::tag::Tag]| -> Vec<Value> {
        let tag =
            |(n, tag): (usize, &classmark::tag::Tag)| match n % 2 == 0 && tag.source == "curated" {
                true => json!(tag.name),
                false => json!({"name": tag.name, "source": tag.source}),
            };
        tags.iter().enumerate().map(tag).collect()
    };
    let runs = rows.chunk_by(|a, b| a.data_source == b.data_source);
    let sources = runs.map(|run| {
        let column = |row: &Row| json!({"name": row.column, "tags": tags(&row.column_tags)});
        let table: Vec<_> = run.iter().flat_map(|row| row.table_tags.clone()).collect();
        json!({
            "id": run[0].data_source,
            "tags": tags(&table),
            "columns": run.iter().map(column).collect::<Vec<_>>(),
        })
    });
    json!({"data_sources": sources.collect::<Vec<_>>()})
}

/// The highest sensitivity of each column that has an assignment that is not rejected.
fn highest(assignments: &[Assignment], rejected: &[Rejection]) -> BTreeMap<(String, String), u8> {
    let mut highest = BTreeMap::new();
    for a in assignments.iter().filter(|a| !is_rejected(a, rejected)) {
        if let Some(level) = a.sensitivity {
            let place = (a.data_source.clone(), a.column.clone());
            let known = highest.entry(place).or_insert(level);
            *known = level.max(*known);
        }
    }
    highest
}

#[test]
fn what_a_run_comes_to_comes_of_memory_too() {
    let drawn = (job(), shape(), any::<bool>(), 1..8usize);
    draw(800, drawn, |(job, shape, two_tables, batch_rows)| {
        let Job {
            rows,
            rejected,
            matching,
            ..
        } = &job;
        let rollup = RollupOptions {
            frameworks: documents(&shape, &job),
            ..RollupOptions::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let journey = Journey {
            two_tables,
            ..Journey::new(2, 5)
        };
        let mut options = journey.options(folder.path(), rows, rejected, *matching);
        options.rollup = Some(rollup.clone());
        let frameworks = || Documents::of(job.frameworks.clone());
        let summary = tag(&frameworks(), &options, &Silent).unwrap();
        let expected = read_assignments(&options.out.join("assignments.parquet"));

        let prepared = Prepared::new(frameworks(), *matching, Some(&rollup)).unwrap();
        let asked = EvaluateOptions {
            overrides: overrides(rejected),
            rollup: true,
            ..EvaluateOptions::default()
        };
        let mut catalogs = vec![small(rows, two_tables, batch_rows)];
        if two_tables {
            let document = document(rows).to_string();
            let limits = CatalogLimits::default();
            catalogs.push(SmallCatalog::of_json("c", document.as_bytes(), &limits).unwrap());
        }
        for catalog in catalogs {
            let evaluation = evaluate(&prepared, &catalog, &asked).unwrap();
            prop_assert_eq!(&expected, &found(&evaluation));
            let batches = evaluation.batches().unwrap();
            let rows: Vec<_> = batches.iter().flat_map(assignments).collect();
            prop_assert_eq!(&expected, &rows);
            let (rolled_up, _) = evaluation.rollup().unwrap();
            prop_assert_eq!(Some(rolled_up), summary.rollup.as_ref());
            let counts = |counts| serde_json::to_value(counts).unwrap();
            prop_assert_eq!(counts(evaluation.counts()), counts(&summary.counts));
            let columns: Vec<_> = evaluation.sensitivities().collect();
            prop_assert_eq!(columns.len() as u64, summary.counts.columns);
            let rated = columns.into_iter().filter_map(|(id, column, level)| {
                Some(((id.to_string(), column.to_owned()), level?))
            });
            prop_assert_eq!(
                rated.collect::<BTreeMap<_, _>>(),
                highest(&expected, rejected)
            );
        }
        Ok(())
    });
}
