//! YAML 1.2 with the bytes of every value.
//!
//! The parser gives events with byte offsets; this builds the tree. Aliases
//! share what they name, so a document that expands to a billion values costs
//! nothing before it is refused: only the sizes are added up.

use super::{Entry, Fault, Limits, Node, Value, scalar};
use crate::diagnostic::{Code, quoted};

use granit_parser::{ErrorKind, Event, Options, Parser, ScanError, Span, Tag};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

type Outcome<T> = Result<T, Box<Fault>>;

/// The tree of a YAML text of one document.
pub(super) fn parse<'t>(text: &'t str, limits: &Limits) -> Outcome<Node<'t>> {
    refuse_control_characters(text)?;
    let mut builder = Builder::new(text, limits);
    for event in Parser::new_from_str_with_options(text, options(limits)) {
        let (event, span) = event.map_err(|error| scan_fault(text, &error, limits))?;
        let bytes = bytes(text, &span);
        builder.event(event, bytes)?;
    }
    builder.root.map(|(root, _)| root).ok_or_else(Fault::empty)
}

/// The parser's own nesting limits, one above ours so that ours speaks first.
fn options(limits: &Limits) -> Options {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = limits.depth() + 1;
    options.block_nesting_limit = limits.depth() + 1;
    options
}

/// YAML has no control characters; the parser takes the first NUL for the end
/// of the text, and a cut document must not pass for a whole one.
fn refuse_control_characters(text: &str) -> Outcome<()> {
    let found = text
        .bytes()
        .position(|b| b == 0x7f || (b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')));
    match found {
        None => Ok(()),
        Some(at) => {
            let character = quoted(&text[at..at + 1]).to_string();
            let message = format!("a raw control character {character} stands in the text");
            Err(Fault::new(Code::Syntax, at..at + 1, message)
                .with_help("remove it, or write an escape in double quotes"))
        }
    }
}

fn bytes(text: &str, span: &Span) -> Range<usize> {
    let range = span.byte_range().unwrap_or(0..0);
    let start = range.start.min(text.len());
    start..range.end.clamp(start, text.len())
}

fn scan_fault(text: &str, error: &ScanError, limits: &Limits) -> Box<Fault> {
    let start = error.marker().byte_offset().unwrap_or(0).min(text.len());
    let rest = text.get(start..).unwrap_or_default();
    let end = start + rest.chars().next().map_or(0, char::len_utf8);
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        return Fault::too_deep(start..end, limits.depth());
    }
    let message = format!("the text is no YAML: {}", error.kind());
    let fault = Fault::new(Code::Syntax, start..end, message);
    match error.kind() {
        ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabNotAllowed => fault.with_help("indent with spaces"),
        ErrorKind::UnexpectedCharacter { .. } => fault.with_help("put the text in quotes"),
        ErrorKind::UnknownAnchor => fault.with_help("define the anchor with `&` before it is used"),
        _ => fault,
    }
}

/// What a value amounts to when every alias in it is written out.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    values: usize,
    bytes: usize,
    /// Lists and objects around the innermost value, this one included.
    height: usize,
}

/// A list or an object that is not closed yet.
struct Open<'t> {
    start: usize,
    anchor: usize,
    tag: Option<Cow<'t, Tag>>,
    weight: Weight,
    /// The end of the last child.
    end: usize,
    content: Content<'t>,
}

enum Content<'t> {
    List(Vec<Node<'t>>),
    /// The entries, and a key that waits for its value.
    Object(Vec<Entry<'t>>, Option<Node<'t>>),
}

struct Builder<'t> {
    text: &'t str,
    max_depth: usize,
    max_values: usize,
    max_bytes: usize,
    open: Vec<Open<'t>>,
    anchored: HashMap<usize, (Node<'t>, Weight)>,
    documents: usize,
    root: Option<(Node<'t>, Weight)>,
    total: Weight,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str, limits: &Limits) -> Self {
        Builder {
            text,
            max_depth: limits.depth(),
            max_values: limits.max_nodes,
            max_bytes: limits.max_bytes,
            open: Vec::new(),
            anchored: HashMap::new(),
            documents: 0,
            root: None,
            total: Weight::default(),
        }
    }

    fn event(&mut self, event: Event<'t>, span: Range<usize>) -> Outcome<()> {
        match event {
            Event::DocumentStart(..) => self.document(span),
            Event::Scalar(text, style, anchor, tag) => {
                self.count(&span)?;
                // A document of nothing but comments is read as an empty scalar.
                if self.open.is_empty() && span.is_empty() && tag.is_none() && anchor == 0 {
                    return Err(Fault::empty());
                }
                // The parser says `~` for what is not written at all.
                let text = if span.is_empty() {
                    Cow::Borrowed("")
                } else {
                    text
                };
                let weight = Weight {
                    values: 1,
                    bytes: text.len(),
                    height: 0,
                };
                let value = scalar::value(text, style, tag.as_deref());
                self.attach(anchor, Node { span, value }, weight);
                Ok(())
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(anchor, tag, span, Content::List(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                self.begin(anchor, tag, span, Content::Object(Vec::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.end(span);
                Ok(())
            }
            Event::Alias(anchor) => self.alias(anchor, span),
            _ => Ok(()),
        }
    }

    fn document(&mut self, span: Range<usize>) -> Outcome<()> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        let message = "a second YAML document begins here";
        Err(Fault::new(Code::ManyDocuments, span, message))
    }

    fn count(&mut self, span: &Range<usize>) -> Outcome<()> {
        self.total.values += 1;
        if self.total.values > self.max_values {
            return Err(Fault::too_many_values(span.clone(), self.max_values));
        }
        Ok(())
    }

    fn begin(
        &mut self,
        anchor: usize,
        tag: Option<Cow<'t, Tag>>,
        span: Range<usize>,
        content: Content<'t>,
    ) -> Outcome<()> {
        self.count(&span)?;
        if self.open.len() >= self.max_depth {
            return Err(Fault::too_deep(self.first_character(&span), self.max_depth));
        }
        self.open.push(Open {
            start: span.start,
            anchor,
            tag,
            weight: Weight {
                values: 1,
                ..Weight::default()
            },
            end: span.end,
            content,
        });
        Ok(())
    }

    fn first_character(&self, span: &Range<usize>) -> Range<usize> {
        let rest = self.text.get(span.start..).unwrap_or_default();
        span.start..span.start + rest.chars().next().map_or(0, char::len_utf8)
    }

    fn end(&mut self, span: Range<usize>) {
        let Some(open) = self.open.pop() else { return };
        let value = match open.content {
            Content::List(items) => Value::List(Rc::new(items)),
            Content::Object(entries, _) => Value::Object(Rc::new(entries)),
        };
        // A block ends where the parser notices it, after blank lines and
        // comments; its last child ends where people would say it does.
        let is_bracket = !span.is_empty();
        let end = if is_bracket { span.end } else { open.end };
        let node = Node {
            span: open.start..end.max(open.start),
            value: scalar::collection(value, open.tag.as_deref()),
        };
        let weight = Weight {
            height: open.weight.height + 1,
            ..open.weight
        };
        self.attach(open.anchor, node, weight);
    }

    /// Puts in place what an anchor names. The place of the value stays where
    /// it is written: that is the text to mend.
    fn alias(&mut self, anchor: usize, span: Range<usize>) -> Outcome<()> {
        let Some((node, weight)) = self.anchored.get(&anchor).cloned() else {
            let message = "an alias stands inside the value that it names";
            return Err(Fault::new(Code::TooManyAliases, span, message)
                .with_help("write the value out: it would contain itself without end"));
        };
        self.total.values = self.total.values.saturating_add(weight.values);
        self.total.bytes = self.total.bytes.saturating_add(weight.bytes);
        if self.total.values > self.max_values || self.total.bytes > self.max_bytes {
            let message = format!(
                "the aliases expand to more than {} values or {} bytes",
                self.max_values, self.max_bytes
            );
            return Err(Fault::new(Code::TooManyAliases, span, message)
                .with_help("write the values out, or split the document"));
        }
        if self.open.len() + weight.height > self.max_depth {
            return Err(Fault::too_deep(span, self.max_depth));
        }
        self.attach(0, node, weight);
        // The value may stand further up; the collection goes on to here.
        if let Some(open) = self.open.last_mut() {
            open.end = open.end.max(span.end);
        }
        Ok(())
    }

    /// Puts a finished value where it belongs.
    fn attach(&mut self, anchor: usize, node: Node<'t>, weight: Weight) {
        if anchor != 0 {
            self.anchored.insert(anchor, (node.clone(), weight));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some((node, weight));
            return;
        };
        open.end = open.end.max(node.span.end);
        open.weight.values = open.weight.values.saturating_add(weight.values);
        open.weight.bytes = open.weight.bytes.saturating_add(weight.bytes);
        open.weight.height = open.weight.height.max(weight.height);
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Object(entries, waiting) => match waiting.take() {
                None => *waiting = Some(node),
                Some(key) => entries.push(Entry { key, value: node }),
            },
        }
    }
}
