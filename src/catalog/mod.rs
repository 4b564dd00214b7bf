//! Files and batches in, [`Chunk`]s of whole data sources out.
//!
//! A catalog is [opened](Catalog::open), its ids are read once to learn how
//! its data sources lie ([`Survey`]), and then it is read stretch by stretch.
//! This room starts no thread and knows no rule; of tags it knows which have
//! a number.

mod answers;
mod batches;
mod chunk;
mod convert;
mod decode;
mod error;
mod file;
mod files;
mod fingerprint;
mod forms;
mod held;
mod ids;
mod ipc;
mod json_tags;
mod layout;
mod lexicon;
mod lists;
mod looks;
mod mend;
mod overrides;
mod pages;
mod parquet_file;
mod partition;
mod paths;
mod piece;
mod read;
mod resolve;
mod scatter;
mod schema;
mod segment;
mod sources;
mod stream;
mod table_format;
mod text;

mod weight;

pub use batches::Batches;
pub use chunk::{Chunk, REJECTED, REJECTED_RECORDED, SourceSpan};
pub use error::{BadRow, CatalogError, is_of_machine, system_reason};
pub use files::{Expanded, Files, PassedOver, Selection, expand};
pub use fingerprint::{fingerprint, fingerprint_file};
pub use held::Held;
pub use ids::Id;
pub use layout::{Layout, Segment, SegmentIds, Stretch, Survey};
pub use lexicon::Lexicon;
pub use looks::{Looks, looks_of};
pub use overrides::{
    Day, DayError, OVERRIDE_EXTENSIONS, Override, OverrideFile, OverrideFiles, Overrides, Place,
    REJECT, Trace, Traced, read_overrides,
};
pub use paths::{PathError, remote};
pub use piece::{NameDictionary, Piece};
pub use read::{StretchDealer, StretchReader};
pub use scatter::{Block, Cut, Dealer, Dealt, Gatherer, Shares};
pub use schema::{
    COLUMN_NAME, COLUMN_TAGS, DATA_SOURCE_ID, IdKind, Mapping, MappingError, Shape, TABLE_TAGS,
};
pub use sources::SourceTags;
pub use stream::StreamLimits;
pub use table_format::TableFormat;
pub use weight::Weight;

use crate::diagnostic::Diagnostic;
use crate::tag::{Notice, Present, Tag, Vocabulary};
use arrow::datatypes::DataType;
use file::CatalogFile;
use overrides::Traces;
use partition::settle_ids;
use schema::Search;
use segment::SegmentReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How files of a catalog are called. In folders content decides what is read, but a
/// file that is called so and holds something else is an error.
pub const EXTENSIONS: [&str; 7] = ["parquet", "pq", "parq", "arrow", "arrows", "ipc", "feather"];

/// Where a catalog is and how it is to be read.
#[derive(Debug, Clone)]
pub struct CatalogInput {
    /// Files, folders and globs with the columns.
    pub columns: Vec<PathBuf>,
    /// Files, folders and globs with the second table; none for the one-table shape.
    pub sources: Vec<PathBuf>,
    /// How they are found and opened.
    pub files: Files,
    /// The catalog's names for our columns.
    pub mapping: Mapping,
    /// Rows read at a time. Changes no result.
    pub batch_rows: usize,
    /// Rows that a thread takes on at a time, at least. Decides how the output
    /// is cut into row groups.
    pub stretch_rows: u64,
    /// Whether bad rows are set apart instead of ending the reading.
    pub quarantine: bool,
    /// Whether data sources are taken to have no tags of their own, even where
    /// the catalog records some.
    pub no_table_tags: bool,
}

impl Default for CatalogInput {
    fn default() -> Self {
        CatalogInput {
            columns: Vec::new(),
            sources: Vec::new(),
            files: Files::default(),
            mapping: Mapping::default(),
            batch_rows: 1 << 15,
            stretch_rows: 1 << 17,
            quarantine: false,
            no_table_tags: false,
        }
    }
}

impl CatalogInput {
    fn search(&self, shape: Shape) -> Search<'_> {
        Search {
            no_table_tags: self.no_table_tags,
            ..Search::new(shape, &self.mapping)
        }
    }
}

/// What decoding needs to know beside the rows.
#[derive(Debug)]
pub(crate) struct Context {
    vocabulary: Arc<Vocabulary>,
    notice: Arc<Notice>,
    /// The same where it is not known what stands beside a tag.
    notice_apart: Arc<Notice>,
    overrides: Overrides,
    traces: Traces,
    sources: SourceTags,
    quarantine: bool,
}

/// A catalog that is there and fits.
#[derive(Debug)]
pub struct Catalog {
    files: Vec<CatalogFile>,
    source_files: Vec<CatalogFile>,
    kind: IdKind,
    context: Arc<Context>,
    batch_rows: usize,
    bad_sources: Vec<BadRow>,
    passed_over: Vec<PassedOver>,
}

impl Catalog {
    /// Opens all files, checks that they fit, and reads the second table.
    ///
    /// # Errors
    ///
    /// A path that stands for no file, a file that is no catalog, is broken or
    /// does not fit; a bad row of the second table that is not to be quarantined.
    pub fn open(
        input: &CatalogInput,
        vocabulary: Arc<Vocabulary>,
        overrides: Overrides,
    ) -> Result<Self, CatalogError> {
        let two_tables = !input.sources.is_empty();
        let shape = if two_tables {
            Shape::Columns
        } else {
            Shape::OneTable
        };
        let mut passed_over = Vec::new();
        let mut open = |paths: &[PathBuf], shape: Shape| -> Result<Vec<_>, CatalogError> {
            let files = &input.files;
            let found = files.expand(paths, &Selection::content(&EXTENSIONS))?;
            passed_over.extend(found.passed_over);
            found
                .files
                .iter()
                .map(|path| CatalogFile::open(path, files, input.search(shape)))
                .collect()
        };
        let files = open(&input.columns, shape)?;
        let source_files = match two_tables {
            true => Some(open(&input.sources, Shape::Sources)?),
            false => None,
        };
        Ok(Catalog {
            passed_over,
            ..Catalog::over(files, source_files, input, vocabulary, overrides)?
        })
    }

    /// A catalog in memory: its columns, and the second table if there is one.
    /// Of `input` the paths are not looked at.
    ///
    /// # Errors
    ///
    /// A table that does not fit; a bad row of the second table that is not to be
    /// quarantined.
    pub fn held(
        columns: &Held,
        sources: Option<&Held>,
        input: &CatalogInput,
        vocabulary: Arc<Vocabulary>,
        overrides: Overrides,
    ) -> Result<Self, CatalogError> {
        let shape = match sources {
            Some(_) => Shape::Columns,
            None => Shape::OneTable,
        };
        let files = vec![CatalogFile::held(columns, input.search(shape))?];
        let sources = sources.map(|table| CatalogFile::held(table, input.search(Shape::Sources)));
        let sources = sources.transpose()?.map(|file| vec![file]);
        Catalog::over(files, sources, input, vocabulary, overrides)
    }

    /// The same catalog under other numbers for tags.
    ///
    /// # Errors
    ///
    /// The second table is read again, and may be broken by now.
    pub fn renumbered(&self, vocabulary: Arc<Vocabulary>) -> Result<Self, CatalogError> {
        let input = CatalogInput {
            batch_rows: self.batch_rows,
            quarantine: self.context.quarantine,
            ..CatalogInput::default()
        };
        let sources = self.has_source_table().then(|| self.source_files.clone());
        let overrides = self.context.overrides.clone();
        Catalog::over(self.files.clone(), sources, &input, vocabulary, overrides)
    }

    /// The catalog of files that each fit; `None`: there is no second table.
    fn over(
        mut files: Vec<CatalogFile>,
        mut source_files: Option<Vec<CatalogFile>>,
        input: &CatalogInput,
        vocabulary: Arc<Vocabulary>,
        overrides: Overrides,
    ) -> Result<Self, CatalogError> {
        settle_ids(&mut files, source_files.as_deref_mut().unwrap_or_default());
        let kind = one_kind(&files, source_files.as_deref().unwrap_or_default())?;
        for file in files.iter_mut().chain(source_files.iter_mut().flatten()) {
            file.fields.id_kind = kind.clone();
        }
        let mut context = Context {
            vocabulary,
            notice: Arc::default(),
            notice_apart: Arc::default(),
            traces: Traces::of(&overrides),
            overrides,
            sources: SourceTags::default(),
            quarantine: input.quarantine,
        };
        let mut bad_sources = Vec::new();
        if let Some(files) = &source_files {
            context = with_sources(context, files, input.batch_rows, &mut bad_sources)?;
        }
        Ok(Catalog {
            files,
            source_files: source_files.unwrap_or_default(),
            kind,
            context: Arc::new(context),
            batch_rows: input.batch_rows.max(1),
            bad_sources,
            passed_over: Vec::new(),
        })
    }

    /// What data source ids are.
    pub fn id_kind(&self) -> &IdKind {
        &self.kind
    }

    /// The files with the columns and their sizes in bytes.
    pub fn files(&self) -> impl Iterator<Item = (&Path, u64)> {
        self.files
            .iter()
            .map(|file| (file.path.as_path(), file.bytes))
    }

    /// The files of the second table and their sizes in bytes.
    pub fn source_files(&self) -> impl Iterator<Item = (&Path, u64)> {
        self.source_files
            .iter()
            .map(|file| (file.path.as_path(), file.bytes))
    }

    /// What lies in the folders given and was not read.
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    /// A warning for each path given and each reason why something was not read there.
    pub fn passed_over_warnings(&self) -> Vec<Diagnostic> {
        self.passed_over.iter().map(PassedOver::warning).collect()
    }

    /// Whether there is a second table.
    pub fn has_source_table(&self) -> bool {
        self.context.sources.is_given()
    }

    /// The first file that should have table tags and has no column of them, as
    /// an error that names `rule`, which asks for them.
    pub fn without_table_tags(&self, rule: &str) -> Option<CatalogError> {
        let mut files = self.files.iter();
        files.find_map(|file| file.fields.without_table_tags(&file.path, rule))
    }

    /// How many data sources the second table knows.
    pub fn listed_sources(&self) -> usize {
        self.context.sources.len()
    }

    /// Bad rows of the second table, to be quarantined.
    pub fn bad_source_rows(&self) -> &[BadRow] {
        &self.bad_sources
    }

    /// All segments of all files, in input order.
    pub fn segments(&self) -> Vec<Segment> {
        let of = |(file, f): (usize, &CatalogFile)| {
            (0..f.segments()).map(move |number| Segment { file, number })
        };
        self.files.iter().enumerate().flat_map(of).collect()
    }

    /// Reads the ids of a segment.
    ///
    /// # Errors
    ///
    /// When the file is broken.
    pub fn segment_ids(&self, segment: Segment) -> Result<SegmentIds, CatalogError> {
        SegmentIds::read(&self.files[segment.file], segment.number)
    }

    /// Which atoms occur in a segment, as far as that is told beforehand;
    /// `None`: any may.
    pub fn segment_tags(&self, segment: Segment) -> Option<Present> {
        let vocabulary = &self.context.vocabulary;
        let mut present = pages::present(&self.files[segment.file], segment.number, vocabulary)?;
        self.context.sources.see(&mut present.on_sources);
        Some(present)
    }

    /// From here on, what rules cannot notice need not be told apart.
    pub fn heed(&mut self, mut notice: Notice) {
        // What an override rejects is looked for by name.
        for (_, _, given) in self.context.overrides.acting() {
            let Tag { source, name } = &given.tag;
            if let Some(number) = self.context.vocabulary.number(source, name) {
                notice.always(number);
            }
        }
        // Without readers, for they would go on by the old one, it is ours alone.
        if let Some(context) = Arc::get_mut(&mut self.context) {
            context.notice_apart = Arc::new(notice.apart());
            context.notice = Arc::new(notice);
        }
    }

    /// The rows of a segment, where they are known without reading it.
    pub fn rows_known(&self, segment: Segment) -> Option<u64> {
        layout::rows_known(&self.files[segment.file], segment.number)
    }

    /// Reads the data sources of a stretch whose rows are contiguous. The
    /// lexicon is best that of the stretch read before in the same thread.
    pub fn read<'c>(&'c self, stretch: &Stretch, lexicon: &'c mut Lexicon) -> StretchReader<'c> {
        StretchReader::new(self, stretch, lexicon)
    }

    /// Deals the rows of a stretch, the catalog's `number`th, out into blocks.
    /// The dealer is best that of the stretch dealt before in the same thread.
    pub fn deal<'c>(
        &'c self,
        stretch: &Stretch,
        number: usize,
        cut: Cut,
        dealer: &'c mut Dealer,
    ) -> StretchDealer<'c> {
        StretchDealer::new(self, (stretch, number), cut, dealer)
    }

    /// The whole data sources of a share; `None` when it has no rows. The
    /// gatherer is best that of the share before in the same thread.
    ///
    /// # Errors
    ///
    /// When what was set aside on disk cannot be read back.
    pub fn gather(
        &self,
        dealt: &Dealt,
        share: usize,
        gatherer: &mut Gatherer,
    ) -> Result<Option<Piece>, CatalogError> {
        gatherer.gather(dealt, share, (&self.kind, &self.context))
    }
}

/// What the ids of all files are: text, or integers of the widest type that the
/// files with the columns have. Where signed and unsigned ones meet they are
/// signed and of 64 bits. Files whose ids are all null fit any kind.
fn one_kind(files: &[CatalogFile], sources: &[CatalogFile]) -> Result<IdKind, CatalogError> {
    let mut common: Option<(IdKind, &CatalogFile)> = None;
    for (number, file) in files.iter().chain(sources).enumerate() {
        let Some(kind) = file.fields.id_form.kind() else {
            continue;
        };
        let Some((so_far, first)) = &mut common else {
            common = Some((kind, file));
            continue;
        };
        let in_columns = number < files.len();
        *so_far = match (&*so_far, &kind) {
            (IdKind::Text, IdKind::Text) => IdKind::Text,
            (IdKind::Integer(a), IdKind::Integer(b)) => {
                let wider = in_columns && a.primitive_width() < b.primitive_width();
                IdKind::Integer(match a.is_signed_integer() == b.is_signed_integer() {
                    false => DataType::Int64,
                    true if wider => b.clone(),
                    true => a.clone(),
                })
            }
            _ => {
                return Err(CatalogError::MixedIds {
                    file: file.path.clone(),
                    found: kind.to_string(),
                    first: first.path.clone(),
                    expected: so_far.to_string(),
                    help: mend::mixed(&file.fields.id_name).into(),
                });
            }
        };
    }
    Ok(common.map_or(IdKind::Text, |(kind, _)| kind))
}

fn with_sources(
    context: Context,
    files: &[CatalogFile],
    batch_rows: usize,
    bad: &mut Vec<BadRow>,
) -> Result<Context, CatalogError> {
    // Table tags are resolved by a context that knows no second table yet.
    let Context {
        vocabulary,
        overrides,
        traces,
        quarantine,
        ..
    } = context;
    let plain = Arc::new(Context {
        vocabulary: Arc::clone(&vocabulary),
        notice: Arc::default(),
        notice_apart: Arc::default(),
        overrides: Overrides::default(),
        traces: Traces::default(),
        sources: SourceTags::default(),
        quarantine,
    });
    let mut tags = SourceTags::given();
    for file in files {
        let fields = file.fields.projected();
        let mut reader = sources::SourcesReader::new(Arc::clone(&plain), fields, tags);
        for segment in 0..file.segments() {
            let columns = file.fields.indices();
            for rows in SegmentReader::open(file, segment, &columns, 0..u64::MAX, batch_rows)? {
                reader.push(&rows?, &file.path, bad)?;
            }
        }
        tags = reader.finish();
    }
    Ok(Context {
        vocabulary,
        notice: Arc::default(),
        notice_apart: Arc::default(),
        overrides,
        traces,
        sources: tags,
        quarantine,
    })
}
