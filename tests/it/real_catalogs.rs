//! The catalogs of `../shared/catalogs`: nobody on this project wrote them.
//! Where that folder is not, these tests say so and pass.

use crate::corpus::{difference, read_assignments, rows_of_file};
use classmark::framework::{DeclaredTag, Framework, Rule};
use classmark::pipeline::{Documents, Silent, TagOptions, tag};
use classmark::reference::{Assignment, Row, assign};
use classmark::tag::{Tag, TagMatch};
use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

const BOTH: [TagMatch; 2] = [TagMatch::Exact, TagMatch::Hierarchical];

fn catalogs() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/catalogs");
    if folder.is_dir() {
        return Some(folder);
    }
    // Straight to the terminal: a test runner hides what a passing test prints.
    let _ = writeln!(std::io::stderr(), "skipped: there is no ../shared/catalogs");
    None
}

/// The tags of a catalog, the most frequent first; ties by name.
fn by_frequency<'a>(lists: impl Iterator<Item = &'a Vec<Tag>>) -> Vec<Tag> {
    let mut counts: BTreeMap<&Tag, usize> = BTreeMap::new();
    for tag in lists.flatten() {
        *counts.entry(tag).or_default() += 1;
    }
    let mut tags: Vec<_> = counts.into_iter().collect();
    tags.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    tags.into_iter().map(|(tag, _)| tag.clone()).collect()
}

/// Frameworks over a catalog's own tags: every kind of criterion, chains
/// within and across frameworks, a cycle, and tags that the catalog records.
/// Six rules for each of so many of the most frequent tags, a few more and,
/// if asked, one that asks nothing of the column.
fn frameworks_over(rows: &[Row], tags: usize, everywhere: bool) -> Vec<Framework> {
    let columns = by_frequency(rows.iter().map(|row| &row.column_tags));
    let tables = by_frequency(rows.iter().map(|row| &row.table_tags));
    let pick = |tags: &[Tag], n: usize| {
        tags.get(n % tags.len().max(1))
            .cloned()
            .into_iter()
            .collect()
    };
    let given = |n: usize| Tag::curated(format!("Given.{n}"));
    let mut base = Made::new("base");
    let mut chain = Made::new("chain");
    for n in 0..tags {
        base.rule(given(n), pick(&columns, n), vec![], vec![]);
        base.rule(
            given(n + 12),
            pick(&columns, n),
            pick(&columns, n * 3 + 1),
            vec![],
        );
        base.rule(
            given(n + 24),
            pick(&columns, n * 7),
            vec![],
            pick(&tables, n),
        );
        chain.rule(given(n + 40), vec![given(n)], vec![given(n + 12)], vec![]);
        chain.rule(given(n + 52), vec![given(n + 40)], vec![], pick(&tables, n));
        chain.rule(
            given(n + 64),
            vec![given(n + 52)],
            pick(&columns, n),
            vec![],
        );
    }
    if everywhere {
        // Such a rule tags every column: only with a rare tag.
        let rare = columns.last().cloned().into_iter().collect();
        base.rule(given(90), vec![], rare, vec![]);
    }
    chain.rule(given(91), vec![given(92)], vec![], vec![]);
    chain.rule(given(92), vec![given(91)], vec![], vec![]);
    chain.rule(given(91), vec![given(0)], vec![], vec![]);
    // A tag that the catalog records itself: `recorded` here, `stale` there.
    let recorded = columns.get(1).cloned().unwrap_or_else(|| given(99));
    chain.rule(recorded, vec![given(0)], vec![], vec![]);
    vec![chain.framework, base.framework]
}

struct Made {
    framework: Framework,
}

impl Made {
    fn new(short_name: &str) -> Self {
        let framework = Framework {
            id: None,
            version: None,
            short_name: short_name.into(),
            name: short_name.into(),
            description: String::new(),
            active: true,
            tags: Vec::new(),
            rules: Vec::new(),
            origin: None,
        };
        Made { framework }
    }

    fn rule(&mut self, gives: Tag, column: Vec<Tag>, neighbor: Vec<Tag>, table: Vec<Tag>) {
        if column.is_empty() && neighbor.is_empty() && table.is_empty() {
            return;
        }
        let number = self.framework.rules.len();
        if self
            .framework
            .tags
            .iter()
            .all(|declared| declared.tag != gives)
        {
            let sensitivity = (number % 4 < 3).then_some((number % 3) as u8);
            self.framework.tags.push(DeclaredTag {
                tag: gives.clone(),
                sensitivity,
                description: None,
                origin: None,
            });
        }
        self.framework.rules.push(Rule {
            has_own_id: true,
            id: format!("{}/{number}", self.framework.short_name),
            name: number.to_string(),
            classification_tag: gives,
            column_tags: column,
            neighbor_column_tags: neighbor,
            table_tags: table,
            origin: None,
        });
    }
}

/// The reference, one data source at a time: they do not know of each other,
/// and it looks for a data source's rows among all that it is given.
fn reference(frameworks: &[Framework], rows: &[Row], matching: TagMatch) -> Vec<Assignment> {
    let mut sources: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
    for row in rows {
        sources
            .entry(&row.data_source)
            .or_default()
            .push(row.clone());
    }
    let of = |rows: &Vec<Row>| assign(frameworks, rows, &[], matching);
    in_order_of(rows, sources.values().flat_map(of).collect())
}

/// Tags a catalog and holds every assignment to the reference, in both
/// matchings and at several thread counts.
fn equals_reference(name: &str, tags: usize, matchings: &[TagMatch]) {
    let Some(folder) = catalogs() else { return };
    let file = folder.join(name);
    let rows = rows_of_file(&file);
    let documents = Documents::of(frameworks_over(&rows, tags, tags > 3));
    for &matching in matchings {
        let expected = reference(&documents.frameworks, &rows, matching);
        assert!(
            expected.len() > 100,
            "only {} assignments: {name} tells nothing",
            expected.len()
        );
        let mut bytes: Option<Vec<u8>> = None;
        for (threads, batch_rows) in [(1, 1 << 15), (2, 1000), (3, 77)] {
            let out = tempfile::tempdir().unwrap();
            let mut options = TagOptions::new(&file, out.path());
            options.threads = NonZeroUsize::new(threads);
            options.catalog.batch_rows = batch_rows;
            options.matching = matching;
            tag(&documents, &options, &Silent).unwrap();
            let found = out.path().join("assignments.parquet");
            let difference = difference(&expected, &in_order_of(&rows, read_assignments(&found)));
            assert!(
                difference.is_none(),
                "{name}, {matching:?}: {}",
                difference.unwrap()
            );
            let written = std::fs::read(found).unwrap();
            assert_eq!(
                bytes.get_or_insert_with(|| written.clone()),
                &written,
                "{name}"
            );
        }
    }
}

/// Scattered data sources come in an order of their own.
fn in_order_of(rows: &[Row], mut found: Vec<Assignment>) -> Vec<Assignment> {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        first.entry(&row.data_source).or_insert(place);
    }
    found.sort_by_key(|a| first.get(a.data_source.as_str()).copied());
    found
}

#[test]
fn fides_equals_the_reference() {
    equals_reference("fides.parquet", 12, &BOTH);
}

#[test]
fn tuva_equals_the_reference_with_its_duplicate_rows() {
    equals_reference("tuva.parquet", 12, &BOTH);
}

#[test]
fn omop_equals_the_reference() {
    equals_reference("omop_5_4.parquet", 12, &BOTH);
}

#[test]
fn microsoft_cdm_equals_the_reference() {
    equals_reference("microsoft_cdm.parquet", 12, &BOTH);
}

#[test]
fn big_realistic_equals_the_reference() {
    // The reference takes its time over 1.5 million columns, up to 13,611 of
    // them side by side: few rules, and none that tags all of them.
    equals_reference("big_realistic.parquet", 3, &[TagMatch::Exact]);
}
