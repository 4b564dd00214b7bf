//! The compiled engine on rows that were turned into chunks by hand.

use super::Engine;
use classmark::bits::SetTable;
use classmark::catalog::{Chunk, REJECTED, REJECTED_RECORDED, SourceSpan};
use classmark::compile::{Options, Program};
use classmark::evaluate::Evaluator;
use classmark::reference::{Assignment, Rejection, Row};
use classmark::tag::{Tag, Vocabulary};
use std::sync::Arc;

/// Which chunks share a table of sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tables {
    /// None do.
    Many,
    /// All do; it grows from one to the next.
    One,
    /// It grows, but every third chunk has one of its own.
    Mixed,
}

/// The compiled engine, given so many data sources at a time.
pub(crate) fn compiled(sources_per_chunk: usize, memo: Option<usize>, tables: Tables) -> Engine {
    let name = format!(
        "compiled, {sources_per_chunk} data sources a chunk, memo {memo:?}, tables {tables:?}"
    );
    Engine::new(name, move |frameworks, rows, rejected, matching| {
        let program = Arc::new(Program::compile(frameworks, Options { matching }).unwrap());
        let mut evaluator = Evaluator::new(Arc::clone(&program));
        if let Some(memo) = memo {
            evaluator = evaluator.with_memo(memo);
        }
        let mut assignments = Vec::new();
        let mut grown = Arc::<SetTable>::default();
        let ids = distinct(rows.iter().map(|r| &r.data_source));
        for (number, ids) in ids.chunks(sources_per_chunk).enumerate() {
            let own = tables == Tables::Many || tables == Tables::Mixed && number % 3 == 2;
            let sets = if own {
                Arc::default()
            } else {
                std::mem::take(&mut grown)
            };
            let (chunk, columns) = chunk(ids, rows, rejected, program.vocabulary(), sets);
            let found = evaluator.evaluate(&chunk);
            if !own {
                grown = chunk.sets;
            }
            for (place, (id, column)) in columns.into_iter().enumerate() {
                let Some(outcome) = found.of(place) else {
                    continue;
                };
                for entry in outcome.entries() {
                    let rules = outcome.rules(entry).iter();
                    assignments.push(Assignment {
                        data_source: id.to_owned(),
                        column: column.to_owned(),
                        tag: program.vocabulary().tags()[entry.tag as usize].clone(),
                        sensitivity: program.sensitivity(entry.tag),
                        rules: rules.map(|r| program.rule_id(*r).to_owned()).collect(),
                        state: entry.state.as_str(),
                        recorded: entry.recorded,
                    });
                }
            }
        }
        assignments
    })
}

type Columns<'a> = Vec<(&'a str, &'a str)>;

/// A chunk of some data sources, and the ids and names of its columns.
pub(crate) fn chunk<'a>(
    ids: &[&'a str],
    rows: &'a [Row],
    rejected: &[Rejection],
    vocabulary: &Vocabulary,
    sets: Arc<SetTable>,
) -> (Chunk, Columns<'a>) {
    let mut chunk = Chunk {
        sets,
        ..Chunk::default()
    };
    let mut names = Vec::new();
    for id in ids {
        let rows: Vec<&Row> = rows.iter().filter(|r| r.data_source == *id).collect();
        for column in distinct(rows.iter().map(|r| &r.column)) {
            let here = |r: &&Rejection| r.data_source == *id && r.column == column;
            let off: Vec<&Tag> = rejected.iter().filter(here).map(|r| &r.tag).collect();
            let tags = rows
                .iter()
                .filter(|r| r.column == column)
                .flat_map(|r| &r.column_tags);
            let (rejected, tags): (Vec<&Tag>, Vec<&Tag>) = tags.partition(|tag| off.contains(tag));
            let mut set = atoms(vocabulary, tags.into_iter());
            let number = |tag: &&Tag| vocabulary.number(&tag.source, &tag.name);
            set.extend(off.iter().filter_map(number).map(|n| n | REJECTED));
            let recorded = rejected.iter().filter_map(number);
            set.extend(recorded.map(|n| n | REJECTED_RECORDED));
            set.sort_unstable();
            set.dedup();
            chunk
                .columns
                .push(Arc::make_mut(&mut chunk.sets).intern(&set));
            names.push((*id, column));
        }
        let table = atoms(vocabulary, rows.iter().flat_map(|r| &r.table_tags));
        chunk.sources.push(SourceSpan {
            end: u32::try_from(chunk.columns.len()).unwrap(),
            table: Arc::make_mut(&mut chunk.sets).intern(&table),
        });
    }
    (chunk, names)
}

fn atoms<'a>(vocabulary: &Vocabulary, tags: impl Iterator<Item = &'a Tag>) -> Vec<u32> {
    let mut atoms = Vec::new();
    tags.for_each(|tag| vocabulary.resolve(&tag.source, &tag.name, &mut atoms));
    atoms.sort_unstable();
    atoms.dedup();
    atoms
}

/// Each name once, in the order of the first.
pub(crate) fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut distinct = Vec::new();
    for name in names.map(String::as_str) {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}
