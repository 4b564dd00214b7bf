//! A catalog and frameworks in memory, as every in-process engine gets them.

use crate::Failed;
use classmark::catalog::{Batches, Chunk, Mapping, Overrides};
use classmark::compile::{Options, Program};
use classmark::evaluate::Evaluator;
use classmark::framework::{Framework, Limits};
use classmark::pipeline::load_frameworks;
use classmark::tag::Tag;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// What is read before the clock starts.
pub struct Prepared {
    pub program: Arc<Program>,
    pub chunks: Vec<Chunk>,
    pub rules: Vec<Rule>,
    /// The columns of each data source, and its own tags, as numbers.
    pub sources: Vec<Source>,
    pub columns: usize,
}

/// A rule in numbers; its place is the number that the program gives it.
pub struct Rule {
    pub gives: u32,
    pub column: Vec<u32>,
    pub neighbor: Vec<u32>,
    pub table: Vec<u32>,
}

/// A data source in numbers.
pub struct Source {
    pub columns: Vec<Vec<u32>>,
    pub table: Vec<u32>,
}

pub fn read(catalog: &Path, frameworks: &Path) -> Result<Prepared, Failed> {
    let documents = load_frameworks(&[frameworks.to_owned()], &Limits::default())?;
    if documents.has_errors() {
        return Err(format!("{:?}", documents.diagnostics).into());
    }
    let program = Program::compile(&documents.frameworks, Options::default())?;
    let program = Arc::new(program);
    let chunks = chunks(&program, catalog)?;
    let sources: Vec<Source> = chunks.iter().flat_map(sources).collect();
    Ok(Prepared {
        rules: rules(&program, &documents.frameworks)?,
        columns: sources.iter().map(|source| source.columns.len()).sum(),
        sources,
        chunks,
        program,
    })
}

fn chunks(program: &Program, catalog: &Path) -> Result<Vec<Chunk>, Failed> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(catalog)?)?;
    let mapping = Mapping::default();
    let vocabulary = Arc::clone(program.vocabulary());
    let schema = Arc::clone(reader.schema());
    let mut batches = Batches::new(vocabulary, &schema, &mapping, Overrides::default())?;
    let mut pieces = Vec::new();
    for batch in reader.with_batch_size(1 << 15).build()? {
        pieces.extend(batches.push(&batch?)?);
    }
    pieces.extend(batches.finish()?);
    Ok(pieces.into_iter().map(|piece| piece.chunk).collect())
}

fn sources(chunk: &Chunk) -> impl Iterator<Item = Source> {
    chunk.sources().map(|(columns, table)| Source {
        columns: chunk.columns[columns]
            .iter()
            .map(|set| chunk.sets.get(*set).to_vec())
            .collect(),
        table: chunk.sets.get(table).to_vec(),
    })
}

fn rules(program: &Program, frameworks: &[Framework]) -> Result<Vec<Rule>, Failed> {
    let tags = program.vocabulary().tags();
    let numbers: HashMap<&Tag, u32> = tags.iter().zip(0..).collect();
    let all = frameworks.iter().filter(|f| f.active);
    let by_id: HashMap<&str, _> = all
        .flat_map(|f| &f.rules)
        .map(|r| (r.id.as_str(), r))
        .collect();
    let in_numbers = |rule: &classmark::framework::Rule| {
        let number = |tag: &Tag| numbers.get(tag).copied();
        let numbers = |tags: &[Tag]| tags.iter().map(number).collect::<Option<Vec<u32>>>();
        Some(Rule {
            gives: number(&rule.classification_tag)?,
            column: numbers(&rule.column_tags)?,
            neighbor: numbers(&rule.neighbor_column_tags)?,
            table: numbers(&rule.table_tags)?,
        })
    };
    (0..program.rule_count() as u32)
        .map(|rule| by_id.get(program.rule_id(rule)).copied())
        .map(|rule| rule.and_then(in_numbers))
        .map(|rule| rule.ok_or_else(|| "a rule is not among the documents'".into()))
        .collect()
}

impl Prepared {
    /// What classmark says: per column the numbers of the rules that fire, ascending.
    pub fn fired(&self) -> Vec<Vec<u32>> {
        let mut evaluator = Evaluator::new(Arc::clone(&self.program));
        let mut fired = Vec::with_capacity(self.columns);
        for chunk in &self.chunks {
            let assignments = evaluator.evaluate(chunk);
            for column in 0..chunk.columns.len() {
                let outcome = assignments.of(column);
                let mut rules = outcome.map_or(Vec::new(), |outcome| outcome.fired().to_vec());
                rules.sort_unstable();
                fired.push(rules);
            }
        }
        fired
    }

    /// Seconds that classmark takes for all columns, from an empty memo.
    pub fn time_classmark(&self) -> f64 {
        let begun = Instant::now();
        let mut evaluator = Evaluator::new(Arc::clone(&self.program));
        for chunk in &self.chunks {
            std::hint::black_box(evaluator.evaluate(chunk));
        }
        begun.elapsed().as_secs_f64()
    }
}

/// Where two answers differ first.
pub fn compare(ours: &[Vec<u32>], theirs: &[Vec<u32>]) -> Result<u64, Failed> {
    if ours.len() != theirs.len() {
        return Err(format!("{} columns here, {} there", ours.len(), theirs.len()).into());
    }
    match (0..ours.len()).find(|&column| ours[column] != theirs[column]) {
        Some(column) => Err(format!(
            "column {column}: {:?} here, {:?} there",
            ours[column], theirs[column]
        )
        .into()),
        None => Ok(ours.iter().map(|rules| rules.len() as u64).sum()),
    }
}
