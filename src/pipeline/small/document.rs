//! A tree → a small catalog: which fields there are and what they may say.

use super::tables::{Column, Ids, tables};
use super::{CatalogLimits, SmallCatalog};
use crate::diagnostic::{Code, Source};
use crate::document::{Field, Format, Node, Object, Reader, Value, Words, decode, tree};
use crate::pipeline::PipelineError;
use crate::pipeline::ordered::calmly;
use crate::tag::{CURATED, Tag, TagMatch};
use std::sync::Arc;

/// How such documents are called where a help speaks of them.
const WORDS: Words = Words {
    one: "catalog",
    many: "catalogs",
    roots: "`{\"data_sources\": [...]}`",
};

const DATA_SOURCES: Field = Field::required("data_sources");
const CATALOG: &[Field] = &[DATA_SOURCES];
const REQUEST: &[Field] = &[
    DATA_SOURCES,
    Field::optional("compliance"),
    Field::optional("tag_match"),
];
const DATA_SOURCE: &[Field] = &[
    Field::required("id"),
    Field::optional("tags"),
    Field::required("columns"),
];
const COLUMN: &[Field] = &[Field::required("name"), Field::optional("tags")];
const TAG: &[Field] = &[Field::required("name"), Field::optional("source")];

/// A small catalog, and how it is to be evaluated.
#[derive(Debug, Clone)]
pub struct CatalogRequest {
    /// The catalog.
    pub catalog: SmallCatalog,
    /// Whether it is rolled up, if that is said.
    pub compliance: Option<bool>,
    /// When a tag meets a criterion, if that is said.
    pub tag_match: Option<TagMatch>,
}

impl CatalogRequest {
    /// Reads a JSON document that has a catalog's `data_sources` and, if it likes,
    /// `compliance` and `tag_match`.
    ///
    /// # Errors
    ///
    /// As [`SmallCatalog::of_json`].
    pub fn of_json(
        name: &str,
        bytes: &[u8],
        limits: &CatalogLimits,
    ) -> Result<Self, PipelineError> {
        read(name, bytes, limits, |reader, root| {
            let object = reader.object(root, "an object", REQUEST)?;
            let catalog = data_sources(reader, &object);
            let compliance = reader.field(&object, "compliance", Reader::boolean);
            let tag_match = reader.field(&object, "tag_match", tag_match);
            let catalog = catalog?;
            Some(move || {
                Ok(CatalogRequest {
                    catalog: catalog.small(limits)?,
                    compliance,
                    tag_match,
                })
            })
        })
    }
}

/// Reads a JSON document that is a catalog and nothing else.
pub(super) fn catalog(
    name: &str,
    bytes: &[u8],
    limits: &CatalogLimits,
) -> Result<SmallCatalog, PipelineError> {
    read(name, bytes, limits, |reader, root| {
        let object = reader.object(root, "an object", CATALOG)?;
        let catalog = data_sources(reader, &object)?;
        Some(move || catalog.small(limits))
    })
}

/// Reads a document; what `look` has found is made once it is without a fault.
fn read<T, M: FnOnce() -> Result<T, PipelineError>>(
    name: &str,
    bytes: &[u8],
    limits: &CatalogLimits,
    look: impl FnOnce(&mut Reader<'_>, &Node<'_>) -> Option<M>,
) -> Result<T, PipelineError> {
    let document = limits.document();
    let source: Arc<Source> =
        decode(name, bytes, &document).map_err(|finding| PipelineError::Small(vec![finding]))?;
    // JSON alone: a few aliases of YAML can say any text any number of times.
    let root = tree(source.text(), Format::Json, &document, &WORDS);
    let root = root.map_err(|fault| PipelineError::Small(Reader::fault(&source, *fault)))?;
    let mut reader = Reader::new(&source);
    let looked = look(&mut reader, &root);
    let sound = reader.errors() == 0;
    match looked.filter(|_| sound) {
        Some(make) => make(),
        None => Err(PipelineError::Small(reader.finish())),
    }
}

/// The rows of a document.
struct Rows {
    sources: Ids,
    source_tags: Vec<Vec<Tag>>,
    columns: Vec<Column>,
}

impl Rows {
    fn small(self, limits: &CatalogLimits) -> Result<SmallCatalog, PipelineError> {
        let tables = || tables(&self.sources, &self.source_tags, &self.columns);
        let (columns, sources) = calmly(tables)?;
        SmallCatalog::new(columns, Some(sources), limits)
    }
}

fn data_sources(reader: &mut Reader<'_>, object: &Object<'_, '_>) -> Option<Rows> {
    reader.field(object, "data_sources", |reader, node| {
        let mut rows = Rows {
            sources: Ids::default(),
            source_tags: Vec::new(),
            columns: Vec::new(),
        };
        reader.list(node, |reader, node| data_source(reader, node, &mut rows))?;
        Some(rows)
    })
}

fn data_source(reader: &mut Reader<'_>, node: &Node<'_>, rows: &mut Rows) -> Option<()> {
    let object = reader.object(node, "a data source", DATA_SOURCE)?;
    reader.field(&object, "id", |reader, node| {
        id(reader, node, &mut rows.sources)
    });
    let source = rows.source_tags.len();
    rows.source_tags.push(tags(reader, &object));
    let columns = &mut rows.columns;
    reader.field(&object, "columns", |reader, node| {
        reader.list(node, |reader, node| {
            let object = reader.object(node, "a column", COLUMN)?;
            let name = reader.field(&object, "name", Reader::name);
            let tags = tags(reader, &object);
            columns.push(Column {
                source,
                name: name?,
                tags,
            });
            Some(())
        })
    });
    Some(())
}

/// An id: a text or a whole number, as all others are.
fn id(reader: &mut Reader<'_>, node: &Node<'_>, ids: &mut Ids) -> Option<()> {
    let is_new = match &node.value {
        Value::Number(_) => {
            let digits = reader.integer(node)?;
            ids.push_number(&digits)
        }
        _ => {
            let text = reader.name(node)?;
            ids.push_text(text)
        }
    };
    if let Err(fault) = is_new {
        let message = format!("{} {}", reader.path().label(), fault.message);
        reader.error(fault.code, node.head(), message, Some(fault.help.into()));
    }
    Some(())
}

fn tags(reader: &mut Reader<'_>, object: &Object<'_, '_>) -> Vec<Tag> {
    let tags = reader.field(object, "tags", |reader, node| reader.list(node, tag));
    tags.unwrap_or_default()
}

/// A tag: its name, or an object with name and source.
fn tag(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Tag> {
    if let Value::Text(_) = &node.value {
        return Some(Tag::curated(reader.name(node)?));
    }
    let expected = "a text, or an object with `name` and `source`";
    let object = reader.object(node, expected, TAG)?;
    let name = reader.field(&object, "name", Reader::name);
    let source = match object.get("source") {
        None => Some(CURATED.to_owned()),
        Some(_) => reader.field(&object, "source", Reader::name),
    };
    Some(Tag::new(source?, name?))
}

fn tag_match(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<TagMatch> {
    let word = reader.name(node)?;
    match word.as_str() {
        "exact" => Some(TagMatch::Exact),
        "hierarchical" => Some(TagMatch::Hierarchical),
        _ => {
            let message = format!("unknown way to match {}", crate::diagnostic::quoted(&word));
            let help = "write `exact` or `hierarchical`";
            reader.error(Code::BadValue, node.head(), message, Some(help.into()));
            None
        }
    }
}
