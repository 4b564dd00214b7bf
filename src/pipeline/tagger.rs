//! For embedders: record batches in, record batches out.

use super::PipelineError;
use crate::catalog::{Batches, Mapping, Overrides, Piece};
use crate::compile::Program;
use crate::evaluate::{Evaluator, Tally};
use crate::output::{AssignmentNames, AssignmentRows};
use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::compute::concat_batches;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use std::collections::VecDeque;
use std::sync::Arc;

/// Tags record batches; one for each thread, all over one [`Program`].
///
/// The rows of a data source must follow one another; they may run over from
/// one batch to the next, so the last data source comes out with
/// [`Tagger::finish`]. A data source that comes back after another one is an
/// error, since its rules would have been asked about a part of it: sort or group
/// the input by data source. For this 16 bytes are kept of each data source. Batches with data sources of their own can be given to
/// several taggers in any order.
///
/// ```
/// use classmark::arrow::array::{ListBuilder, RecordBatch, StringArray, StringBuilder};
/// use classmark::compile::{Options, Program};
/// use classmark::diagnostic::Source;
/// use classmark::framework::{Format, Limits, parse};
/// use classmark::pipeline::Tagger;
/// use std::sync::Arc;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let text = r#"{"shortName": "base", "name": "Base", "description": "", "active": true,
///     "tags": [{"name": "PII"}],
///     "rules": [{"name": "email", "classificationTag": {"name": "PII"},
///                "columnTags": [{"name": "Email"}]}]}"#;
/// let parsed = parse(&Source::new("base.json", text), Format::Json, &Limits::default());
/// assert!(parsed.diagnostics.is_empty());
/// let program = Arc::new(Program::compile(&parsed.frameworks, Options::default())?);
///
/// let mut tags = ListBuilder::new(StringBuilder::new());
/// tags.append_value([Some("Email")]);
/// tags.append_value([Some("Amount")]);
/// let batch = RecordBatch::try_from_iter([
///     ("data_source_id", Arc::new(StringArray::from(vec!["crm", "crm"])) as _),
///     ("column_name", Arc::new(StringArray::from(vec!["mail", "total"])) as _),
///     ("column_tags", Arc::new(tags.finish()) as _),
/// ])?;
///
/// let mut tagger = Tagger::new(program, &batch.schema())?;
/// let mut rows = tagger.push(&batch)?.num_rows();
/// rows += tagger.finish()?.num_rows();
/// assert_eq!(rows, 1); // `mail` is PII
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Tagger {
    batches: Batches,
    evaluator: Evaluator,
    names: Arc<AssignmentNames>,
}

impl Tagger {
    /// A tagger of batches with this schema: `data_source_id`, `column_name`,
    /// `column_tags` and, if there, `table_tags`.
    ///
    /// # Errors
    ///
    /// When a column is missing or of a type that does not fit. `table_tags` may
    /// be missing as long as no active rule asks for table tags; see
    /// [`Tagger::without_table_tags`].
    pub fn new(program: Arc<Program>, schema: &Schema) -> Result<Self, PipelineError> {
        Tagger::with(program, schema, &Mapping::default(), Overrides::default())
    }

    /// The same for columns under other names and with tags ruled out.
    ///
    /// # Errors
    ///
    /// When a column is missing or of a type that does not fit, as for [`Tagger::new`].
    pub fn with(
        program: Arc<Program>,
        schema: &Schema,
        mapping: &Mapping,
        overrides: Overrides,
    ) -> Result<Self, PipelineError> {
        let batches = Batches::new(Arc::clone(program.vocabulary()), schema, mapping, overrides)?;
        let rule = program.rule_on_table_tags();
        match rule.and_then(|rule| batches.lack_of_table_tags(rule)) {
            Some(error) => Err(error.into()),
            None => Ok(Tagger::over(program, batches)),
        }
    }

    /// The same for data sources that are taken to have no tags of their own, even
    /// where the batches record some.
    ///
    /// # Errors
    ///
    /// When another column is missing or of a type that does not fit.
    pub fn without_table_tags(
        program: Arc<Program>,
        schema: &Schema,
        mapping: &Mapping,
        overrides: Overrides,
    ) -> Result<Self, PipelineError> {
        let vocabulary = Arc::clone(program.vocabulary());
        let batches = Batches::without_table_tags(vocabulary, schema, mapping, overrides)?;
        Ok(Tagger::over(program, batches))
    }

    fn over(program: Arc<Program>, batches: Batches) -> Self {
        let names = Arc::new(AssignmentNames::new(&program, batches.id_kind()));
        Tagger {
            batches,
            names,
            evaluator: Evaluator::new(program),
        }
    }

    /// The schema of the batches that come out: that of `assignments.parquet`.
    pub fn schema(&self) -> &SchemaRef {
        self.names.schema()
    }

    /// Takes a batch in; the assignments of the data sources that are whole by now come out.
    ///
    /// # Errors
    ///
    /// When a row has no data source id or no column name, or a data source comes
    /// back after another one ([`NotGrouped`](crate::catalog::CatalogError::NotGrouped)).
    /// Nothing of the batch is taken in then.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<RecordBatch, PipelineError> {
        let pieces = self.batches.push(batch)?;
        self.assignments(&pieces)
    }

    /// The input ends: the assignments of the last data source come out. The tagger
    /// can be used again for another input, which may have the same data sources.
    ///
    /// # Errors
    ///
    /// When results do not fit Arrow's arrays.
    pub fn finish(&mut self) -> Result<RecordBatch, PipelineError> {
        let pieces = self.batches.finish()?;
        self.assignments(&pieces)
    }

    /// Counts over everything tagged so far; those of several taggers can be
    /// [merged](Tally::merge).
    pub fn tally(&mut self) -> Tally {
        self.evaluator.tally()
    }

    fn assignments(&mut self, pieces: &[Piece]) -> Result<RecordBatch, PipelineError> {
        let mut rows = AssignmentRows::new(Arc::clone(&self.names));
        let mut batches = Vec::new();
        for piece in pieces {
            let assignments = self.evaluator.evaluate(&piece.chunk);
            rows.extend(piece, &assignments, 0..piece.chunk.sources.len(), |batch| {
                batches.push(batch);
                Ok::<(), ArrowError>(())
            })?;
        }
        batches.extend(rows.finish()?);
        Ok(concat_batches(self.names.schema(), &batches)?)
    }
}

/// A reader's batches, tagged: itself a reader.
///
/// ```
/// # use classmark::{arrow, compile::{Options, Program}, pipeline::TaggedReader, synth};
/// # use std::sync::Arc;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use arrow::array::{RecordBatchIterator, RecordBatchReader};
/// let spec = synth::Spec { data_sources: 20, ..synth::Spec::default() };
/// let program = Program::compile(&synth::framework_models(&spec)?, Options::default())?;
/// let batches = synth::record_batches(&spec, 128)?;
/// let schema = synth::catalog_schema();
/// let reader = RecordBatchIterator::new(batches.map(Ok), schema);
/// let tagged = TaggedReader::new(Arc::new(program), reader)?;
/// assert_eq!(tagged.schema().field(2).name(), "tag_name");
/// for batch in tagged {
///     batch?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TaggedReader<R> {
    reader: Option<R>,
    tagger: Tagger,
    ready: VecDeque<RecordBatch>,
}

impl<R: RecordBatchReader> TaggedReader<R> {
    /// Tags what `reader` gives; a data source that comes back after another one ends
    /// it with an error.
    ///
    /// # Errors
    ///
    /// When a column is missing or of a type that does not fit.
    pub fn new(program: Arc<Program>, reader: R) -> Result<Self, PipelineError> {
        let tagger = Tagger::new(program, &reader.schema())?;
        Ok(TaggedReader {
            reader: Some(reader),
            tagger,
            ready: VecDeque::new(),
        })
    }

    fn fill(&mut self) -> Result<(), ArrowError> {
        let external = |error: PipelineError| ArrowError::ExternalError(Box::new(error));
        while self.ready.is_empty() {
            let Some(reader) = &mut self.reader else {
                return Ok(());
            };
            let batch = match reader.next() {
                Some(batch) => self.tagger.push(&batch?).map_err(external)?,
                None => {
                    self.reader = None;
                    self.tagger.finish().map_err(external)?
                }
            };
            if batch.num_rows() > 0 {
                self.ready.push_back(batch);
            }
        }
        Ok(())
    }
}

impl<R: RecordBatchReader> Iterator for TaggedReader<R> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.fill() {
            self.reader = None;
            return Some(Err(error));
        }
        self.ready.pop_front().map(Ok)
    }
}

impl<R: RecordBatchReader> RecordBatchReader for TaggedReader<R> {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.tagger.schema())
    }
}
