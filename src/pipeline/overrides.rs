//! The door by which overrides come in, and what is told of them afterwards.

use super::PipelineError;
use super::ordered::in_order;
use crate::catalog::{
    Catalog, Day, Files, Override, OverrideFile, OverrideFiles, Overrides, Piece, Trace, Traced,
    read_overrides,
};
use crate::compile::Program;
use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::evaluate::{Assignments, Outcome, State};
use crate::output::{InputRecord, OverrideRecord, OverrideRow};
use crate::tag::{TagMatch, TagWatch, Vocabulary};
use rayon::ThreadPool;
use std::path::PathBuf;

/// Files of overrides, read and judged.
#[derive(Debug, Clone, Default)]
pub struct OverrideDocuments {
    /// The overrides of sound rows, in the order given, judged on the day.
    pub overrides: Overrides,
    /// All findings, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// The files read.
    pub inputs: Vec<InputRecord>,
}

impl OverrideDocuments {
    /// Whether a finding forbids the use of the overrides.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Reads all overrides that `paths` stand for, in Parquet, CSV or JSON; those
/// act that are in force on the day `as_of`.
///
/// What is wrong with a file or a row is a finding.
///
/// # Errors
///
/// A path that stands for no file.
///
/// ```
/// use classmark::pipeline::load_overrides;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let read = load_overrides(&["fixtures/demo/overrides.csv".into()], "2026-11-21".parse()?)?;
/// assert!(!read.has_errors());
/// assert_eq!((read.overrides.len(), read.overrides.expired()), (2, 1));
/// # Ok(())
/// # }
/// ```
pub fn load_overrides(paths: &[PathBuf], as_of: Day) -> Result<OverrideDocuments, PipelineError> {
    overrides_in(&Files::default(), paths, as_of)
}

/// The same where files may lie below one folder only.
pub(super) fn overrides_in(
    files: &Files,
    paths: &[PathBuf],
    as_of: Day,
) -> Result<OverrideDocuments, PipelineError> {
    let OverrideFiles {
        overrides,
        findings,
        files,
    } = read_overrides(paths, files)?;
    let input = |file: OverrideFile| InputRecord {
        role: "overrides",
        path: file.path.display().to_string(),
        bytes: file.bytes,
        rows: Some(file.rows),
        fingerprint: file.fingerprint,
    };
    Ok(OverrideDocuments {
        overrides: overrides.judged(as_of),
        diagnostics: findings,
        inputs: files.into_iter().map(input).collect(),
    })
}

/// Notes which tags rules would have put on a piece's columns but for overrides.
pub(super) fn note_muted(
    catalog: &Catalog,
    program: &Program,
    piece: &Piece,
    assignments: &Assignments,
) {
    let is_muted = |outcome: &Outcome| outcome.entries().iter().any(|e| e.state == State::Muted);
    let any = || assignments.outcomes.iter().any(|outcome| is_muted(outcome));
    if catalog.overrides().is_empty() || !any() {
        return;
    }
    for (source, (columns, _)) in piece.chunk.sources().enumerate() {
        for column in columns {
            let Some(outcome) = assignments.of(column) else {
                continue;
            };
            let muted = outcome.entries().iter();
            for entry in muted.filter(|entry| entry.state == State::Muted) {
                if let Some(tag) = program.vocabulary().tags().get(entry.tag as usize) {
                    catalog.note_muted(piece, (source, column), tag);
                }
            }
        }
    }
}

/// What is told of overrides once a catalog has been tagged.
#[derive(Debug, Default)]
pub(super) struct Disclosure {
    /// Those in force, in the order given.
    pub(super) records: Vec<OverrideRecord>,
    /// A warning for each of them that matches nothing.
    pub(super) warnings: Vec<Diagnostic>,
}

impl Disclosure {
    /// Finds out what is still open, and sums up. The tags that rules name are
    /// looked through for what was meant by tags that are nowhere.
    pub(super) fn of(
        catalog: &Catalog,
        vocabulary: &Vocabulary,
        pool: &ThreadPool,
    ) -> Result<Self, PipelineError> {
        let doubtful = catalog.doubtful_segments();
        in_order(
            pool,
            doubtful.len(),
            doubtful.len(),
            || (),
            |(), number| Ok(catalog.look_again(doubtful[number])?),
            |()| Ok(()),
        )?;
        let traced = catalog.traced();
        let without_tag = traced.iter().filter(|traced| traced.trace == Trace::NoTag);
        let near = TagWatch::new(TagMatch::Exact, without_tag.map(|traced| &traced.of.tag));
        for tag in vocabulary.tags() {
            near.see(&tag.source, &tag.name);
        }
        let unmatched = traced.iter().filter_map(|traced| unmatched(traced, &near));
        Ok(Disclosure {
            warnings: unmatched.collect(),
            records: traced.iter().map(record).collect(),
        })
    }

    /// The rows of `overrides.parquet`; `overrides` are all that were given.
    pub(super) fn rows<'o>(&self, overrides: &'o Overrides) -> Vec<OverrideRow<'o>> {
        let mut records = self.records.iter();
        let row = |of: &'o Override| {
            let in_force = overrides.acts(of);
            let record = if in_force { records.next() } else { None };
            OverrideRow {
                of,
                in_force,
                matched: record.map(|record| record.matched),
            }
        };
        overrides.all().iter().map(row).collect()
    }
}

fn record(traced: &Traced<'_>) -> OverrideRecord {
    let Override {
        data_source_id,
        column_name,
        tag,
        reason,
        owner,
        expires,
        place: _,
    } = traced.of;
    OverrideRecord {
        data_source_id: data_source_id.clone(),
        column_name: column_name.clone(),
        tag_name: tag.name.clone(),
        tag_source: tag.source.clone(),
        reason: reason.clone(),
        owner: owner.clone(),
        expires: expires.map(|day| day.to_string()),
        matched: traced.trace == Trace::Matched,
    }
}

/// The warning about an override that matches nothing; `near` knows tags that
/// are almost the one rejected.
fn unmatched(traced: &Traced<'_>, near: &TagWatch) -> Option<Diagnostic> {
    let of = traced.of;
    let (id, column) = (quoted(&of.data_source_id), quoted(&of.column_name));
    let tag = of.tag.to_string();
    let tag = quoted(&tag);
    let (why, help) = match traced.trace {
        Trace::Matched => return None,
        Trace::NoDataSource => (
            format!("the catalog has no data source {id}"),
            "correct `data_source_id`, or remove the override".to_owned(),
        ),
        Trace::NoColumn => (
            format!("data source {id} has no column {column}"),
            "correct `column_name`, or remove the override".to_owned(),
        ),
        Trace::NoTag => (
            format!("column {column} of {id} does not bear {tag}, and no rule gives it"),
            match near.near(&of.tag).first() {
                // Rules know the tag as it is written: it is not misspelt.
                Some(near_tag) if !near.is_met(&of.tag) => format!(
                    "did you mean the tag with name {} and source {}?",
                    quoted(&near_tag.name),
                    quoted(&near_tag.source)
                ),
                _ => "correct `tag_name` and `tag_source`, or remove the override".to_owned(),
            },
        ),
    };
    let message = format!("the override rejects nothing: {why}");
    let finding = Diagnostic::warning(Code::UnmatchedOverride, message).with_help(help);
    Some(match &of.place {
        Some(place) => place.finding(finding, None),
        None => finding,
    })
}
