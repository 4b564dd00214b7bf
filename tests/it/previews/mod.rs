//! What would change is what does change: held against two whole runs and the
//! comparison of their folders.

use crate::corpus::{Job, Journey, overrides, read_assignments};
use crate::properties::{draw, job};
use crate::rollups::random::{documents, shape};
use classmark::framework::Framework;
use classmark::pipeline::{
    CatalogLimits, ChangedRow, DiffOptions, Documents, PipelineError, Prepared, Preview,
    PreviewCatalog, PreviewOptions, RollupOptions, Silent, SmallCatalog, TagOptions, TagSummary,
    diff, preview, tag,
};
use classmark::reference::Assignment;
use classmark::tag::Tag;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// A job, and its frameworks after an edit.
fn edited() -> impl Strategy<Value = (Job, Vec<Framework>)> {
    (job(), vec(any::<u8>(), 64)).prop_map(|(job, keys)| {
        let mut new = job.frameworks.clone();
        let mut keys = keys.into_iter().cycle();
        let mut once_in = |n: u8| keys.next().unwrap() % n == 0;
        for framework in &mut new {
            framework.active ^= once_in(5);
            framework.rules.retain(|_| !once_in(4));
            for rule in &mut framework.rules {
                if once_in(4) && rule.column_tags.len() > 1 {
                    rule.column_tags.pop();
                }
                if once_in(6) {
                    rule.classification_tag = Tag::curated("a");
                }
            }
        }
        (job, new)
    })
}

fn run(folder: &Path, name: &str, frameworks: &[Framework], options: &TagOptions) -> TagSummary {
    let mut options = options.clone();
    options.out = folder.join(name);
    tag(&Documents::of(frameworks.to_vec()), &options, &Silent).unwrap()
}

type Key = (String, String, Tag);

fn states(assignments: &[Assignment]) -> BTreeMap<Key, &'static str> {
    let key = |a: &Assignment| (a.data_source.clone(), a.column.clone(), a.tag.clone());
    assignments.iter().map(|a| (key(a), a.state)).collect()
}

/// What is another in one list than in the other.
fn moved(
    old: &[Assignment],
    new: &[Assignment],
) -> BTreeSet<(Key, Option<&'static str>, Option<&'static str>)> {
    let (old, new) = (states(old), states(new));
    let keys: BTreeSet<&Key> = old.keys().chain(new.keys()).collect();
    let of = |key: &Key| (key.clone(), old.get(key).copied(), new.get(key).copied());
    keys.into_iter()
        .map(of)
        .filter(|(_, old, new)| old != new)
        .collect()
}

fn told(rows: &[ChangedRow]) -> Vec<(Key, Option<&'static str>, Option<&'static str>)> {
    let key = |row: &ChangedRow| (row.data_source.clone(), row.column.clone(), row.tag.clone());
    rows.iter()
        .map(|row| (key(row), row.old, row.new))
        .collect()
}

/// Columns and data sources on which each rule fires.
fn fired(assignments: &[Assignment]) -> BTreeMap<&str, (u64, u64)> {
    let mut columns = BTreeMap::<&str, BTreeSet<(&str, &str)>>::new();
    for a in assignments {
        for rule in &a.rules {
            columns
                .entry(rule)
                .or_default()
                .insert((&a.data_source, &a.column));
        }
    }
    let sizes = |(rule, columns): (_, BTreeSet<(&str, &str)>)| {
        let sources: BTreeSet<&str> = columns.iter().map(|(source, _)| *source).collect();
        (rule, (columns.len() as u64, sources.len() as u64))
    };
    columns.into_iter().map(sizes).collect()
}

fn evaluated(frameworks: &[Framework]) -> BTreeSet<&str> {
    let active = frameworks.iter().filter(|f| f.active);
    active
        .flat_map(|f| &f.rules)
        .map(|rule| &*rule.id)
        .collect()
}

fn holds(
    found: &Preview,
    [old, new]: [(&str, &[Framework], &TagSummary); 2],
    folder: &Path,
) -> Result<(), TestCaseError> {
    let compared = diff(
        &DiffOptions::new(folder.join(old.0), folder.join(new.0)),
        &Silent,
    )
    .unwrap();
    prop_assert_eq!(&found.diff, &compared.diff);
    prop_assert_eq!(&found.old.rollup, &old.2.rollup);
    prop_assert_eq!(&found.new.rollup, &new.2.rollup);
    prop_assert_eq!(found.old.tally.columns, old.2.counts.columns);
    prop_assert_eq!(found.new.tally.tagged_columns, new.2.counts.tagged_columns);
    let read = |name: &str| read_assignments(&folder.join(name).join("assignments.parquet"));
    let (before, after) = (read(old.0), read(new.0));
    let samples = &found.samples;
    let all = [&samples.added, &samples.removed, &samples.changed];
    let all: Vec<_> = all.into_iter().flat_map(|rows| told(rows)).collect();
    prop_assert_eq!(all.len(), all.iter().collect::<BTreeSet<_>>().len());
    let changes = found.changes();
    let counts = [changes.added, changes.removed, changes.changed];
    let lists = [&samples.added, &samples.removed, &samples.changed];
    prop_assert_eq!(counts, lists.map(|rows| rows.len() as u64));
    prop_assert_eq!(changes.before, before.len() as u64);
    prop_assert_eq!(changes.after, after.len() as u64);
    prop_assert_eq!(
        changes.unchanged + changes.removed + changes.changed,
        changes.before
    );
    prop_assert_eq!(
        all.into_iter().collect::<BTreeSet<_>>(),
        moved(&before, &after)
    );
    let rules = found
        .rules
        .iter()
        .map(|rule| (&*rule.id, (rule.old, rule.new)));
    let (old_fired, new_fired) = (fired(&before), fired(&after));
    let (old_rules, new_rules) = (evaluated(old.1), evaluated(new.1));
    let expected = old_rules.union(&new_rules).map(|id| {
        let of = |rules: &BTreeSet<&str>, fired: &BTreeMap<&str, (u64, u64)>| {
            rules
                .contains(id)
                .then(|| fired.get(id).copied().unwrap_or_default())
        };
        (
            *id,
            (of(&old_rules, &old_fired), of(&new_rules, &new_fired)),
        )
    });
    prop_assert_eq!(rules.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    Ok(())
}

#[test]
fn what_would_change_is_what_changes() {
    let drawn = (edited(), shape(), any::<bool>(), 0..3u64);
    draw(500, drawn, |((job, new), shape, two_tables, memory)| {
        let folder = tempfile::tempdir().unwrap();
        let journey = Journey {
            two_tables,
            ..Journey::new(2, 5)
        };
        let mut options = journey.options(folder.path(), &job.rows, &job.rejected, job.matching);
        let rollup = RollupOptions {
            frameworks: documents(&shape, &job),
            ..RollupOptions::default()
        };
        options.rollup = Some(rollup.clone());
        let old_run = run(folder.path(), "old", &job.frameworks, &options);
        let new_run = run(folder.path(), "new", &new, &options);
        let prepared = |frameworks: &[Framework]| {
            let documents = Documents::of(frameworks.to_vec());
            Prepared::new(documents, job.matching, Some(&rollup)).unwrap()
        };
        let (before, after) = (prepared(&job.frameworks), prepared(&new));
        let small = crate::evaluations::small(&job.rows, two_tables, 4);
        let asked = PreviewOptions {
            overrides: overrides(&job.rejected),
            samples: usize::MAX,
            memory: memory << 20,
            ..PreviewOptions::default()
        };
        let runs = || {
            [
                ("old", &*job.frameworks, &old_run),
                ("new", &*new, &new_run),
            ]
        };
        for catalog in [
            PreviewCatalog::Files(&options.catalog),
            PreviewCatalog::Small(&small),
        ] {
            let found = preview(&before, &after, catalog, &asked, &Silent).unwrap();
            holds(&found, runs(), folder.path())?;
            let few = PreviewOptions {
                samples: 2,
                ..asked.clone()
            };
            let few = preview(&before, &after, catalog, &few, &Silent)
                .unwrap()
                .samples;
            let first = |rows: &[ChangedRow]| rows.iter().take(2).cloned().collect::<Vec<_>>();
            prop_assert_eq!(few.added, first(&found.samples.added));
            prop_assert_eq!(few.removed, first(&found.samples.removed));
            prop_assert_eq!(few.changed, first(&found.samples.changed));
        }
        Ok(())
    });
}

#[test]
fn a_preview_ends_when_its_time_is_up() {
    let none = || Prepared::new(Documents::of(Vec::new()), Default::default(), None).unwrap();
    let document = br#"{"data_sources": [{"id": "s", "columns": [{"name": "a"}]}]}"#;
    let catalog = SmallCatalog::of_json("c", document, &CatalogLimits::default()).unwrap();
    let options = PreviewOptions {
        time: Some(Duration::ZERO),
        ..PreviewOptions::default()
    };
    let found = preview(
        &none(),
        &none(),
        PreviewCatalog::Small(&catalog),
        &options,
        &Silent,
    );
    let error = found.unwrap_err();
    assert!(matches!(error, PipelineError::TooLong(_)), "{error}");
    assert_eq!(error.to_string(), "it is not done within 0 seconds");
}
