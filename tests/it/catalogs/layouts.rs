//! However data sources lie in a catalog, the results are the same; and
//! nothing of how the catalog is read can be seen in them.

use super::{bytes, expected, folder, options, run, tags, write_groups, write_ipc_file, written};
use crate::corpus::one_table;
use classmark::arrow::array::RecordBatch;
use classmark::pipeline::TagOptions;
use classmark::reference::Row;
use classmark::tag::Tag;
use std::num::NonZeroUsize;
use std::path::Path;

/// Small numbers that look random, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % end
    }
}

/// About 3,000 rows: data sources of one row and of hundreds.
fn rows(random: &mut Random) -> Vec<Row> {
    let tags = tags();
    let table = [Tag::curated("Restricted"), Tag::curated("Finance")];
    let mut rows = Vec::new();
    for source in 0.. {
        let columns = match random.below(12) {
            0 => 100 + random.below(200),
            _ => 1 + random.below(12),
        };
        for _ in 0..columns {
            let some = |random: &mut Random, of: &[Tag], most: usize| -> Vec<Tag> {
                let count = random.below(most);
                (0..count)
                    .map(|_| of[random.below(of.len())].clone())
                    .collect()
            };
            rows.push(Row {
                data_source: format!("source {source}"),
                column: format!("c{}", random.below(columns + 2)),
                column_tags: some(random, &tags, 4),
                table_tags: some(random, &table, 2),
            });
        }
        if rows.len() > 3000 {
            return rows;
        }
    }
    rows
}

/// Three files with row groups of many sizes, one of them empty of good rows
/// where `bad` says so, the last an Arrow file.
fn write(folder: &Path, rows: &[Row], bad: bool, random: &mut Random) {
    std::fs::create_dir(folder).unwrap();
    let table = one_table(rows);
    let mut groups: Vec<RecordBatch> = Vec::new();
    let mut at = 0;
    while at < table.num_rows() {
        let sizes = [1, 3, 40, 128, 500];
        let size = sizes[random.below(sizes.len())].min(table.num_rows() - at);
        groups.push(table.slice(at, size));
        at += size;
        if bad && random.below(5) == 0 {
            groups.push(bad_rows(1 + random.below(20)));
        }
    }
    let third = groups.len() / 3;
    write_groups(&folder.join("1.parquet"), &groups[..third]);
    write_ipc_file(
        &folder.join("2.arrow"),
        &groups[third..2 * third],
        Default::default(),
    );
    write_groups(&folder.join("3.parquet"), &groups[2 * third..]);
}

/// Rows without an id or without a name.
fn bad_rows(count: usize) -> RecordBatch {
    let row = |number: usize| Row {
        data_source: if number.is_multiple_of(2) {
            ""
        } else {
            "source 1"
        }
        .into(),
        column: if number.is_multiple_of(2) { "c" } else { "" }.into(),
        column_tags: tags().to_vec(),
        table_tags: Vec::new(),
    };
    one_table(&(0..count).map(row).collect::<Vec<_>>())
}

/// Every way of reading gives what the rules mean, and for one size of
/// stretches the very same bytes.
fn holds(folder: &Path, rows: &[Row], scattered: bool, bad: bool) {
    let wanted = expected(rows);
    for stretch_rows in [1, 100, 1 << 17] {
        let mut first = None;
        for (threads, batch_rows, memory) in ways() {
            let mut options = options(folder, "catalog");
            options.threads = NonZeroUsize::new(threads);
            options.memory = memory;
            options.catalog.batch_rows = batch_rows;
            options.catalog.stretch_rows = stretch_rows;
            options.catalog.quarantine = bad;
            let way =
                format!("{threads} threads, {batch_rows} {stretch_rows} rows, {memory} bytes");
            let summary = run(&options).unwrap();
            assert_eq!(summary.counts.scattered, scattered, "{way}");
            let found = results(&options, bad);
            let first = first.get_or_insert_with(|| {
                assert!(written(&options) == wanted, "{way}");
                found.clone()
            });
            assert!(*first == found, "{way}");
        }
    }
}

fn results(options: &TagOptions, bad: bool) -> Vec<Vec<u8>> {
    let mut all = vec![
        bytes(options, "assignments.parquet"),
        bytes(options, "rules.parquet"),
    ];
    if bad {
        all.push(bytes(options, "rejected.parquet"));
    }
    all
}

/// Threads, rows at a time, bytes of memory.
fn ways() -> Vec<(usize, usize, u64)> {
    let mut ways = Vec::new();
    for threads in [1, 2, 8] {
        for (batch_rows, memory) in [(1, 1 << 20), (7, 0), (8192, 1 << 30)] {
            ways.push((threads, batch_rows, memory));
        }
    }
    ways.extend([(2, 7, 1 << 30), (2, 8192, 0)]);
    ways
}

#[test]
fn contiguous_data_sources() {
    for (seed, bad) in [(1, false), (2, true), (3, true)] {
        let (random, folder) = (&mut Random(seed), folder());
        let rows = rows(random);
        write(&folder.path().join("catalog"), &rows, bad, random);
        // A bad row that has an id counts as a row of that data source for the layout.
        let scattered = bad;
        holds(folder.path(), &rows, scattered, bad);
    }
}

#[test]
fn scattered_data_sources() {
    for (seed, bad) in [(4, false), (5, true)] {
        let (random, folder) = (&mut Random(seed), folder());
        let mut rows = rows(random);
        for row in (1..rows.len()).rev() {
            rows.swap(row, random.below(row + 1));
        }
        write(&folder.path().join("catalog"), &rows, bad, random);
        holds(folder.path(), &rows, true, bad);
    }
}

#[test]
fn one_data_source_that_comes_back_at_the_end() {
    let (random, folder) = (&mut Random(6), folder());
    let mut rows = rows(random);
    let first = rows[0].clone();
    rows.push(first);
    write(&folder.path().join("catalog"), &rows, false, random);
    holds(folder.path(), &rows, true, false);
}

#[test]
fn bad_rows_between_two_halves_of_a_data_source_break_nothing() {
    let (random, folder) = (&mut Random(7), folder());
    let rows = rows(random);
    let table = one_table(&rows);
    // Only rows without any id lie between: no data source is broken apart.
    let nobody = bad_rows(1);
    let mut groups = Vec::new();
    for part in super::parts(&table, 50) {
        groups.extend([part, nobody.clone(), nobody.clone()]);
    }
    groups.insert(0, nobody.clone());
    std::fs::create_dir(folder.path().join("catalog")).unwrap();
    let (one, two) = groups.split_at(41);
    write_groups(&folder.path().join("catalog/1.parquet"), one);
    write_groups(&folder.path().join("catalog/2.parquet"), two);
    holds(folder.path(), &rows, false, true);
}

#[test]
fn a_catalog_of_nothing_but_bad_rows() {
    let folder = folder();
    write_groups(
        &folder.path().join("catalog"),
        &[bad_rows(1), bad_rows(9), bad_rows(3)],
    );
    holds(folder.path(), &[], false, true);
}

/// What files say of their tags beforehand is held against the tags that come.
#[test]
fn tags_that_files_have_not_told_of_are_an_error() {
    use classmark::catalog::{Catalog, CatalogInput, Layout, Lexicon, Overrides, Survey};
    use classmark::compile::{Options, Program};
    use classmark::synth::{Spec, framework_models, write_catalog};
    use classmark::tag::Present;

    let folder = tempfile::tempdir().unwrap();
    let spec = Spec {
        data_sources: 20,
        ..Spec::default()
    };
    let files = write_catalog(&spec, folder.path()).unwrap();
    let frameworks = framework_models(&spec).unwrap();
    let program = Program::compile(&frameworks, Options::default()).unwrap();
    let read = |present: Option<Present>| {
        let input = CatalogInput {
            columns: vec![files[0].path.clone()],
            ..CatalogInput::default()
        };
        let vocabulary = std::sync::Arc::clone(program.vocabulary());
        let mut catalog = Catalog::open(&input, vocabulary, Overrides::default()).unwrap();
        let segment = catalog.segments()[0];
        let told = catalog.segment_tags(segment).unwrap();
        catalog.heed(program.notice(Some(&present.unwrap_or(told))));
        let mut survey = Survey::default();
        survey.push(segment, catalog.segment_ids(segment).unwrap());
        let Layout::Contiguous(stretches) = survey.layout(1) else {
            panic!("the catalog lies contiguous")
        };
        let mut lexicon = Lexicon::default();
        let pieces: Result<Vec<_>, _> = catalog.read(&stretches[0], &mut lexicon).collect();
        pieces.map(|pieces| pieces.iter().map(|p| p.chunk.columns.len()).sum::<usize>())
    };
    assert_eq!(read(None).unwrap(), 1000);
    let nothing = Present::nothing(program.vocabulary().width());
    let error = read(Some(nothing)).unwrap_err().to_string();
    assert!(
        error.contains("tags that are not in the dictionaries"),
        "{error}"
    );
}
