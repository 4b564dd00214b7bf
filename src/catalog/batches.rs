//! Record batches out of a caller's hands instead of a file.

use super::convert::Converter;
use super::decode::{Decoded, Decoder, Rows};
use super::error::CatalogError;
use super::lexicon::Lexicon;
use super::overrides::Traces;
use super::piece::{Assembler, Piece};
use super::schema::{Fields, IdKind, Mapping, Search, Shape};
use super::{Context, Overrides, SourceTags};
use crate::tag::Vocabulary;
use ahash::RandomState;
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

/// Turns record batches into whole data sources.
///
/// The rows of a data source must follow one another; they may run over from
/// one batch to the next. A data source that comes back after another one is an
/// error: 16 bytes are kept of each that has begun, until [`Batches::finish`].
#[derive(Debug)]
pub struct Batches {
    decoder: Decoder,
    assembler: Assembler,
    lexicon: Lexicon,
    converter: Converter,
    fields: Fields,
    schema: Schema,
    mapping: Mapping,
    no_table_tags: bool,
    row: u64,
    /// [Hashes](Ids::wide_hash) of the ids of all data sources that have begun.
    begun: HashSet<u128, RandomState>,
}

impl Batches {
    /// A reader of batches with this schema.
    ///
    /// # Errors
    ///
    /// When a column is missing or of a type that does not fit.
    pub fn new(
        vocabulary: Arc<Vocabulary>,
        schema: &Schema,
        mapping: &Mapping,
        overrides: Overrides,
    ) -> Result<Self, CatalogError> {
        let search = Search::new(Shape::OneTable, mapping);
        Batches::found_by(search, vocabulary, schema, overrides)
    }

    /// The same for data sources that are taken to have no tags of their own,
    /// even where the batches record some.
    ///
    /// # Errors
    ///
    /// When a column is missing or of a type that does not fit.
    pub fn without_table_tags(
        vocabulary: Arc<Vocabulary>,
        schema: &Schema,
        mapping: &Mapping,
        overrides: Overrides,
    ) -> Result<Self, CatalogError> {
        let search = Search {
            no_table_tags: true,
            ..Search::new(Shape::OneTable, mapping)
        };
        Batches::found_by(search, vocabulary, schema, overrides)
    }

    fn found_by(
        search: Search<'_>,
        vocabulary: Arc<Vocabulary>,
        schema: &Schema,
        overrides: Overrides,
    ) -> Result<Self, CatalogError> {
        let fields = Fields::find(schema, search, Path::new(""))?;
        let context = Arc::new(Context {
            vocabulary,
            notice: Arc::default(),
            notice_apart: Arc::default(),
            traces: Traces::of(&overrides),
            overrides,
            sources: SourceTags::default(),
            quarantine: false,
        });
        Ok(Batches {
            decoder: Decoder::new(context, fields.projected()),
            assembler: Assembler::new(fields.id_kind.clone()),
            lexicon: Lexicon::default(),
            converter: Converter::new(&fields, &fields.indices()),
            fields,
            schema: schema.clone(),
            mapping: search.mapping.clone(),
            no_table_tags: search.no_table_tags,
            row: 0,
            begun: HashSet::default(),
        })
    }

    /// What data source ids are.
    pub fn id_kind(&self) -> &IdKind {
        &self.fields.id_kind
    }

    /// That the batches should have table tags and have no column of them, as an
    /// error that names `rule`, which asks for them.
    pub fn lack_of_table_tags(&self, rule: &str) -> Option<CatalogError> {
        self.fields.without_table_tags(Path::new(""), rule)
    }

    /// Takes a batch in; the data sources that are whole by now come out.
    ///
    /// # Errors
    ///
    /// When a row has no data source id or column name, the batch has not the
    /// columns that were announced, or a data source comes back after another one.
    /// Then nothing of the batch is taken in.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<Vec<Piece>, CatalogError> {
        let mut pieces = Vec::new();
        let file = Path::new("");
        let broken = |e: arrow::error::ArrowError| CatalogError::Broken {
            file: file.to_owned(),
            reason: e.to_string(),
        };
        self.check(batch.schema_ref())?;
        let batch = batch.project(&self.fields.indices()).map_err(broken)?;
        let count = batch.num_rows() as u64;
        let (batch, faults) = self.converter.convert(batch, file, (0, self.row))?;
        let rows = Rows {
            batch,
            faults,
            row_group: 0,
            row: self.row,
            position: self.row,
        };
        let lexicon = &mut self.lexicon;
        self.assembler.refresh(lexicon);
        let decoded = self.decoder.decode(&rows, file, &mut Vec::new(), lexicon)?;
        self.begin_sources(&decoded)?;
        let lexicon = &mut self.lexicon;
        self.assembler.push(decoded, file, lexicon, &mut pieces)?;
        self.row += count;
        Ok(pieces)
    }

    /// Notes the data sources that begin in a batch.
    fn begin_sources(&mut self, decoded: &Decoded) -> Result<(), CatalogError> {
        let ids = &decoded.ids;
        let mut begun: Vec<u128> = Vec::with_capacity(decoded.runs.len());
        for (number, run) in decoded.runs.iter().enumerate() {
            let row = run.rows.start;
            if number == 0 && self.assembler.continues(ids, row) {
                continue;
            }
            let hash = ids.wide_hash(row);
            if !self.begun.insert(hash) {
                for hash in &begun {
                    self.begun.remove(hash);
                }
                return Err(CatalogError::NotGrouped {
                    data_source_id: ids.get(row).to_string(),
                });
            }
            begun.push(hash);
        }
        Ok(())
    }

    /// No more batches: the last data source is whole. What comes after it is
    /// another input, which may have the same data sources again.
    ///
    /// # Errors
    ///
    /// When the last data source is too large for Arrow's arrays.
    pub fn finish(&mut self) -> Result<Vec<Piece>, CatalogError> {
        let mut pieces = Vec::new();
        let file = Path::new("");
        self.assembler
            .finish(file, &mut self.lexicon, &mut pieces)?;
        self.row = 0;
        self.begun.clear();
        Ok(pieces)
    }

    /// Types may vary from batch to batch; what is read and where it stands may not.
    fn check(&mut self, schema: &Schema) -> Result<(), CatalogError> {
        if *schema == self.schema {
            return Ok(());
        }
        let file = Path::new("");
        let search = Search {
            no_table_tags: self.no_table_tags,
            ..Search::new(Shape::OneTable, &self.mapping)
        };
        let mut found = Fields::find(schema, search, file)?;
        let kind = &self.fields.id_kind;
        let same_kind = found.id_form.kind().is_none_or(|found| found == *kind);
        if !same_kind || found.found != self.fields.found {
            return Err(CatalogError::Broken {
                file: file.to_owned(),
                reason: "a batch has other columns, or ids of another type, than announced".into(),
            });
        }
        found.id_kind = kind.clone();
        self.decoder.set_fields(found.projected());
        self.converter = Converter::new(&found, &found.indices());
        (self.fields, self.schema) = (found, schema.clone());
        Ok(())
    }
}
