//! A request, read as strictly as documents are.

use super::RunRequest;
use crate::catalog::{
    COLUMN_NAME, COLUMN_TAGS, DATA_SOURCE_ID, Day, DayError, Mapping, TABLE_TAGS,
};
use crate::diagnostic::{Code, Diagnostic, Source, quoted};
use crate::document::{Field, Format, Limits, Node, Object, Reader, Words, tree};
use crate::output::Export;
use crate::tag::TagMatch;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

const REQUEST: &[Field] = &[
    Field::required("columns"),
    Field::optional("sources"),
    Field::optional("overrides"),
    Field::optional("tagMatch"),
    Field::optional("badRows"),
    Field::optional("noTableTags"),
    Field::optional("asOf"),
    Field::optional("report"),
    Field::optional("export"),
    Field::optional("map"),
];
const MAP: &[Field] = &[
    Field::optional(DATA_SOURCE_ID),
    Field::optional(COLUMN_NAME),
    Field::optional(COLUMN_TAGS),
    Field::optional(TABLE_TAGS),
    Field::optional("column_tags.name"),
    Field::optional("column_tags.source"),
    Field::optional("table_tags.name"),
    Field::optional("table_tags.source"),
];

/// How requests are called where a help speaks of them.
const WORDS: Words = Words {
    one: "request",
    many: "requests",
    roots: "a request, `{\"columns\": [...]}`",
};

/// Paths in a list.
const MOST_PATHS: usize = 1000;
/// Bytes of a path, and of a name in it: what Linux takes.
const LONGEST_PATH: usize = 4095;
const LONGEST_NAME: usize = 255;

impl RunRequest {
    /// Reads a request in JSON.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it. A path that is absolute, or that leads
    /// up, is wrong wherever it would lead.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Vec<Diagnostic>> {
        let root = match tree(source.text(), Format::Json, &Limits::default(), &WORDS) {
            Ok(root) => root,
            Err(fault) => return Err(Reader::fault(source, *fault)),
        };
        let mut reader = Reader::new(source);
        let request = request(&mut reader, &root);
        match request.filter(|_| reader.errors() == 0) {
            Some(request) => Ok(request),
            None => Err(reader.finish()),
        }
    }
}

fn request(reader: &mut Reader<'_>, root: &Node<'_>) -> Option<RunRequest> {
    let object = reader.object(root, "an object", REQUEST)?;
    let columns = reader.field(&object, "columns", |reader, node| {
        if node.is_empty_list() {
            let message = "`columns` names no file";
            let help = Some("name at least one file or folder".into());
            reader.error(Code::EmptyList, node.span.clone(), message, help);
        }
        paths(reader, node)
    });
    let words = [
        ("exact", TagMatch::Exact),
        ("hierarchical", TagMatch::Hierarchical),
    ];
    let matching = one_of(reader, &object, "tagMatch", &words);
    let words = [("fail", false), ("quarantine", true)];
    let quarantine = one_of(reader, &object, "badRows", &words);
    Some(RunRequest {
        sources: reader.field(&object, "sources", paths).unwrap_or_default(),
        overrides: reader
            .field(&object, "overrides", paths)
            .unwrap_or_default(),
        matching: matching.unwrap_or_default(),
        quarantine: quarantine.unwrap_or_default(),
        no_table_tags: no_table_tags(reader, &object),
        as_of: reader.field(&object, "asOf", day),
        report: reader
            .field(&object, "report", Reader::boolean)
            .unwrap_or_default(),
        exports: reader.field(&object, "export", exports).unwrap_or_default(),
        mapping: reader.field(&object, "map", mapping).unwrap_or_default(),
        // Last, so that findings of all fields are told without it, too.
        columns: columns?,
    })
}

fn paths(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Vec<PathBuf>> {
    let paths = reader.list(node, path)?;
    if paths.len() > MOST_PATHS {
        let message = format!("{} paths are more than {MOST_PATHS}", paths.len());
        let help = Some("name a folder that holds the files".into());
        reader.error(Code::TooLong, node.head(), message, help);
    }
    Some(paths)
}

fn path(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<PathBuf> {
    let text = reader.name(node)?;
    let path = PathBuf::from(&text);
    match fault(&text, &path) {
        None => Some(path),
        Some((code, why, help)) => {
            let message = format!("{} {why}", quoted(&text));
            reader.error(code, node.span.clone(), message, Some(help.into()));
            None
        }
    }
}

/// What is wrong with a path, wherever it would lead.
fn fault(text: &str, path: &Path) -> Option<(Code, &'static str, &'static str)> {
    let below = "name a file or folder by its path below the folder that files are read from";
    let too_long = |name: &str| name.len() > LONGEST_NAME;
    let leads_out = |part: Component<'_>| !matches!(part, Component::Normal(_) | Component::CurDir);
    if text.chars().any(char::is_control) {
        Some((Code::BadValue, "has a control character", below))
    } else if path.components().any(leads_out) {
        Some((
            Code::BadValue,
            "leads out of the folder that files are read from",
            below,
        ))
    } else if text.len() > LONGEST_PATH || text.split('/').any(too_long) {
        Some((Code::TooLong, "is longer than a path can be", below))
    } else {
        None
    }
}

/// The value that a word stands for.
fn one_of<T: Copy>(
    reader: &mut Reader<'_>,
    object: &Object<'_, '_>,
    name: &str,
    words: &[(&'static str, T)],
) -> Option<T> {
    reader.field(object, name, |reader, node| word(reader, node, words))
}

fn word<T: Copy>(
    reader: &mut Reader<'_>,
    node: &Node<'_>,
    words: &[(&'static str, T)],
) -> Option<T> {
    let text = reader.text(node)?;
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Some(*value);
    }
    let known = || words.iter().map(|(word, _)| *word);
    let help = match reader.nearest(&text, known()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => {
            let known: Vec<_> = known().map(|word| format!("`{word}`")).collect();
            format!("known are {}", known.join(", "))
        }
    };
    let message = format!("{} is not known here", quoted(&text));
    reader.error(Code::BadValue, node.span.clone(), message, Some(help));
    None
}

fn day(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Day> {
    let text = reader.text(node)?;
    match text.parse() {
        Ok(day) => Some(day),
        Err(DayError) => {
            let message = format!("{} is no day", quoted(&text));
            let help = Some(DayError.to_string());
            reader.error(Code::BadValue, node.span.clone(), message, help);
            None
        }
    }
}

fn exports(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Vec<Export>> {
    let words = [
        ("csv", Export::Csv),
        ("oscal", Export::Oscal),
        ("ocsf", Export::Ocsf),
    ];
    let mut exports = reader.list(node, |reader, node| word(reader, node, &words))?;
    exports.sort_unstable();
    exports.dedup();
    Some(exports)
}

/// Whether table tags are passed over. A table that gives them is a contradiction.
fn no_table_tags(reader: &mut Reader<'_>, object: &Object<'_, '_>) -> bool {
    let has_sources = object.get("sources").is_some();
    let said = reader.field(object, "noTableTags", |reader, node| {
        let said = reader.boolean(node)?;
        if said && has_sources {
            let message = "`noTableTags` and `sources` contradict each other";
            let help = Some("leave one of them out".into());
            reader.error(Code::BadValue, node.span.clone(), message, help);
        }
        Some(said)
    });
    said.unwrap_or_default()
}

fn mapping(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Mapping> {
    let object = reader.object(node, "an object", MAP)?;
    let mut mapping = Mapping::default();
    for field in MAP {
        let theirs = reader.field(&object, field.name, Reader::name);
        if let Some(theirs) = theirs {
            // Every field is a column of ours or a part of one, is there once, and its
            // name has no `=`; what is left is one name for two parts.
            if let Err(error) = mapping.set(&format!("{}={theirs}", field.name)) {
                let help = Some("name two fields of the structs".into());
                reader.error(Code::BadValue, node.head(), error.to_string(), help);
            }
        }
    }
    Some(mapping)
}
