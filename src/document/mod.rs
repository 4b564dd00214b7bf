//! Text → a tree of values that know where they stand.
//!
//! What the fields of a document mean is not known here: this is JSON and YAML
//! with byte spans, and a strict reader of objects on top. The rooms that know
//! the fields hand on to callers what they need of it.

mod decode;
mod format;
mod json;
mod limits;
mod path;
mod reader;
mod scalar;
mod words;
mod yaml;

pub use decode::decode;
pub use format::Format;
pub use limits::Limits;
pub(crate) use path::Path;
pub(crate) use reader::{Field, Object, Reader};
pub(crate) use words::Words;

use crate::diagnostic::{Code, quoted};
use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

/// A value and the bytes of the text that it was read from.
#[derive(Debug, Clone)]
pub(crate) struct Node<'t> {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value<'t>,
}

/// A value. Lists and objects are shared: a YAML alias costs no copy.
#[derive(Debug, Clone)]
pub(crate) enum Value<'t> {
    Null,
    Bool(bool),
    /// A number as it is written.
    Number(Cow<'t, str>),
    Text(Cow<'t, str>),
    List(Rc<Vec<Node<'t>>>),
    /// In document order, with keys that repeat.
    Object(Rc<Vec<Entry<'t>>>),
    /// A YAML value with a tag that changes its meaning: the tag.
    Tagged(String),
}

/// One entry of an object.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'t> {
    /// Text, unless the document is YAML and strange.
    pub(crate) key: Node<'t>,
    pub(crate) value: Node<'t>,
}

/// What keeps a text from being a tree. There is no more than one.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) span: Range<usize>,
    /// Whether the document has no value at all; its help says what to write.
    is_empty: bool,
}

/// The tree of a text; `words` say in a fault's help what it should have held.
pub(crate) fn tree<'t>(
    text: &'t str,
    format: Format,
    limits: &Limits,
    words: &Words,
) -> Result<Node<'t>, Box<Fault>> {
    bare_tree(text, format, limits).map_err(|fault| words.mend(fault))
}

fn bare_tree<'t>(text: &'t str, format: Format, limits: &Limits) -> Result<Node<'t>, Box<Fault>> {
    if text.len() > limits.max_bytes {
        return Err(Fault::too_large(text.len(), limits.max_bytes));
    }
    if text.trim().is_empty() {
        return Err(Fault::empty());
    }
    match format {
        Format::Json => json::parse(text, limits),
        Format::Yaml => yaml::parse(text, limits),
    }
}

impl Fault {
    fn new(code: Code, span: Range<usize>, message: impl Into<String>) -> Box<Self> {
        Box::new(Fault {
            code,
            message: message.into(),
            help: None,
            span,
            is_empty: false,
        })
    }

    fn with_help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.help = Some(help.into());
        self
    }

    fn empty() -> Box<Self> {
        let mut fault = Fault::new(Code::Syntax, 0..0, "the document is empty");
        fault.is_empty = true;
        fault
    }

    fn too_large(bytes: usize, limit: usize) -> Box<Self> {
        let message = format!("the document has {bytes} bytes, the limit is {limit}");
        Fault::new(Code::TooLarge, 0..0, message).with_help("split it into several documents")
    }

    fn too_many_values(span: Range<usize>, limit: usize) -> Box<Self> {
        let message = format!("the document has more than {limit} values");
        Fault::new(Code::TooLarge, span, message).with_help("split it into several documents")
    }

    fn too_deep(span: Range<usize>, limit: usize) -> Box<Self> {
        let message = format!("lists and objects are nested more than {limit} deep");
        Fault::new(Code::TooDeep, span, message)
    }
}

impl<'t> Node<'t> {
    /// The bytes that show where the value begins: all of a scalar, but of a
    /// list or an object only its bracket or first key.
    pub(crate) fn head(&self) -> Range<usize> {
        match &self.value {
            Value::List(_) => self.bracket(),
            Value::Object(entries) => match entries.first() {
                Some(first) if first.key.span.start == self.span.start => first.key.head(),
                _ => self.bracket(),
            },
            _ => self.span.clone(),
        }
    }

    fn bracket(&self) -> Range<usize> {
        self.span.start..self.span.end.min(self.span.start + 1)
    }

    /// Whether the value is `null`, which in YAML may be nothing at all.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Whether the value is a list without entries, or `null` in its place.
    pub(crate) fn is_empty_list(&self) -> bool {
        match &self.value {
            Value::List(items) => items.is_empty(),
            Value::Null => true,
            _ => false,
        }
    }

    /// The text, if the value is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What the value is, for a message that says what was found.
    pub(crate) fn found(&self) -> String {
        match &self.value {
            Value::Null => "`null`".into(),
            Value::Bool(value) => format!("`{value}`"),
            Value::Number(number) => format!("the number {}", quoted(number)),
            Value::Text(text) => format!("the text {}", quoted(text)),
            Value::List(_) => "a list".into(),
            Value::Object(_) => "an object".into(),
            Value::Tagged(tag) => format!("a value with the YAML tag {}", quoted(tag)),
        }
    }
}
