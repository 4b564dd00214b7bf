//! JSON as RFC 8259 has it, and nothing more, with the bytes of every value.
//!
//! Written out here because no parser at hand gives all three: byte spans of
//! values and keys, keys that repeat, and strictness. `serde_json` has no spans
//! and lets the last of two keys win; `jsonc-parser` has spans, but takes form
//! feeds and no-break spaces for blanks and raw control characters in strings
//! even with every extension off. `serde_json` judges this parser in its tests.

use super::{Entry, Fault, Limits, Node, Value};
use crate::diagnostic::{Code, quoted};

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

type Outcome<T> = Result<T, Box<Fault>>;

/// The tree of a JSON text.
pub(super) fn parse<'t>(text: &'t str, limits: &Limits) -> Outcome<Node<'t>> {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
        max_depth: limits.depth(),
        nodes: 0,
        max_nodes: limits.max_nodes,
    };
    let root = parser.value()?;
    parser.blanks();
    if parser.at < text.len() {
        return Err(parser.unexpected("the end of the document"));
    }
    Ok(root)
}

struct Parser<'t> {
    text: &'t str,
    /// The byte that is read next; always at the start of a character.
    at: usize,
    depth: usize,
    max_depth: usize,
    nodes: usize,
    max_nodes: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Steps over blanks and, if it comes next, over `byte`.
    fn eat(&mut self, byte: u8) -> bool {
        self.blanks();
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn value(&mut self) -> Outcome<Node<'t>> {
        self.blanks();
        let start = self.at;
        self.nodes += 1;
        if self.nodes > self.max_nodes {
            return Err(Fault::too_many_values(start..start, self.max_nodes));
        }
        let value = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::list)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(Cow::Borrowed(self.number()?)),
            _ => self.word()?,
        };
        Ok(Node {
            span: start..self.at,
            value,
        })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Outcome<Value<'t>>) -> Outcome<Value<'t>> {
        self.depth += 1;
        if self.depth > self.max_depth {
            return Err(Fault::too_deep(self.at..self.at + 1, self.max_depth));
        }
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Outcome<Value<'t>> {
        let mut items = Vec::new();
        if self.eat(b']') {
            return Ok(Value::List(Rc::new(items)));
        }
        loop {
            items.push(self.value()?);
            if self.eat(b']') {
                return Ok(Value::List(Rc::new(items)));
            }
            self.comma(b']')?;
        }
    }

    fn object(&mut self) -> Outcome<Value<'t>> {
        let mut entries = Vec::new();
        if self.eat(b'}') {
            return Ok(Value::Object(Rc::new(entries)));
        }
        loop {
            let key = self.key()?;
            if !self.eat(b':') {
                return Err(self.unexpected("`:` after the key"));
            }
            let value = self.value()?;
            entries.push(Entry { key, value });
            if self.eat(b'}') {
                return Ok(Value::Object(Rc::new(entries)));
            }
            self.comma(b'}')?;
        }
    }

    fn key(&mut self) -> Outcome<Node<'t>> {
        self.blanks();
        let start = self.at;
        if self.peek() != Some(b'"') {
            let fault = self.unexpected("a key in double quotes");
            return Err(fault);
        }
        let text = self.string()?;
        Ok(Node {
            span: start..self.at,
            value: Value::Text(text),
        })
    }

    /// The comma between two entries, and never before the closing bracket.
    fn comma(&mut self, close: u8) -> Outcome<()> {
        let comma = self.at;
        if !self.eat(b',') {
            let wanted = format!("`,` or `{}`", char::from(close));
            return Err(self.unexpected(&wanted));
        }
        self.blanks();
        if self.peek() == Some(close) {
            let message = format!("a comma stands right before `{}`", char::from(close));
            return Err(Fault::new(Code::Syntax, comma..comma + 1, message)
                .with_help("remove the comma: JSON has no trailing commas"));
        }
        Ok(())
    }

    /// `true`, `false` or `null`.
    fn word(&mut self) -> Outcome<Value<'t>> {
        let span = self.token();
        let value = match self.text.get(span.clone()) {
            Some("true") => Value::Bool(true),
            Some("false") => Value::Bool(false),
            Some("null") => Value::Null,
            _ => return Err(self.unexpected("a value")),
        };
        self.at = span.end;
        Ok(value)
    }

    /// A number by the grammar, as it is written.
    fn number(&mut self) -> Outcome<&'t str> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits()?;
        if leading_zero && whole > 1 {
            return Err(Fault::new(
                Code::Syntax,
                start..self.at,
                "a number begins with a needless `0`",
            ));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    /// Steps over at least one digit; the answer is how many.
    fn digits(&mut self) -> Outcome<usize> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        match self.at - start {
            0 => Err(self.unexpected("a digit")),
            count => Ok(count),
        }
    }

    fn string(&mut self) -> Outcome<Cow<'t, str>> {
        let quote = self.at;
        self.at += 1;
        let mut decoded: Option<String> = None;
        loop {
            let run = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            let plain = &self.text[run..self.at];
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(match decoded {
                        None => Cow::Borrowed(plain),
                        Some(text) => Cow::Owned(text + plain),
                    });
                }
                Some(b'\\') => {
                    let text = decoded.get_or_insert_default();
                    text.push_str(plain);
                    text.push(self.escape()?);
                }
                Some(control) => return Err(self.control_character(control)),
                None => {
                    let message = "a text is not closed by `\"`";
                    return Err(Fault::new(Code::Syntax, quote..quote + 1, message));
                }
            }
        }
    }

    fn control_character(&self, byte: u8) -> Box<Fault> {
        let shown = char::from(byte).escape_default();
        let message = format!("a raw control character `{shown}` stands in a text");
        let fault = Fault::new(Code::Syntax, self.at..self.at + 1, message);
        match byte {
            b'\n' | b'\r' => fault.with_help("close the text with `\"`, or write `\\n`"),
            b'\t' => fault.with_help("write `\\t`"),
            _ => fault.with_help(format!("write `\\u{byte:04x}`")),
        }
    }

    fn escape(&mut self) -> Outcome<char> {
        let start = self.at;
        self.at += 1;
        let c = match self.peek() {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(start),
            _ => return Err(self.bad_escape(start)),
        };
        self.at += 1;
        Ok(c)
    }

    /// `\uXXXX`, or two of them that are one character beyond the first 65,536.
    fn unicode_escape(&mut self, start: usize) -> Outcome<char> {
        let unit = self.hex4(start)?;
        let code = match unit {
            0xd800..=0xdbff if self.text[self.at..].starts_with("\\u") => {
                self.at += 1;
                let low = self.hex4(start)?;
                match low {
                    0xdc00..=0xdfff => 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00),
                    _ => return Err(self.bad_escape(start)),
                }
            }
            _ => unit,
        };
        char::from_u32(code).ok_or_else(|| self.bad_escape(start))
    }

    /// The four digits after the `u` that comes next.
    fn hex4(&mut self, start: usize) -> Outcome<u32> {
        let digits = self.text.get(self.at + 1..self.at + 5);
        let unit = digits
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match unit {
            Some(unit) => {
                self.at += 5;
                Ok(unit)
            }
            None => Err(self.bad_escape(start)),
        }
    }

    fn bad_escape(&self, start: usize) -> Box<Fault> {
        let mut end = self.text.len().min(start + 2).max(self.at);
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        let escape = quoted(&self.text[start..end]).to_string();
        let message = format!("{escape} is no escape of JSON");
        Fault::new(Code::Syntax, start..end, message)
            .with_help("write `\\\\` for a backslash, `\\uXXXX` for a character by number")
    }

    /// The word or the one character that comes next.
    fn token(&self) -> Range<usize> {
        let rest = &self.text[self.at..];
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.');
        let word = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let first = rest.chars().next().map_or(0, char::len_utf8);
        self.at..self.at + word.max(first)
    }

    fn unexpected(&self, wanted: &str) -> Box<Fault> {
        let span = self.token();
        let found = self.text.get(span.clone()).unwrap_or_default();
        if found.is_empty() {
            let message = format!("expected {wanted}, found the end of the document");
            return Fault::new(Code::Syntax, span, message);
        }
        let message = format!("expected {wanted}, found {}", quoted(found));
        let fault = Fault::new(Code::Syntax, span, message);
        match mend(found) {
            Some(help) => fault.with_help(help),
            None => fault,
        }
    }
}

/// What to write instead of something that other notations know.
fn mend(found: &str) -> Option<&'static str> {
    Some(match found {
        "/" | "#" => "remove the comment: JSON has none",
        "'" => "write `\"` instead of `'`",
        "True" | "TRUE" => "write `true`",
        "False" | "FALSE" => "write `false`",
        "None" | "NULL" | "Null" | "nil" | "undefined" => "write `null`",
        "NaN" | "Infinity" | "-Infinity" => "JSON has only finite numbers",
        "\u{feff}" => "remove the byte-order mark",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(node: &Node<'_>) -> serde_json::Value {
        match &node.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            // Beyond the floats: serde_json refuses it.
            Value::Number(number) => serde_json::from_str(number).unwrap_or("huge".into()),
            Value::Text(text) => text.as_ref().into(),
            Value::List(items) => items.iter().map(plain).collect(),
            Value::Object(entries) => entries
                .iter()
                .map(|e| (e.key.as_text().unwrap().to_owned(), plain(&e.value)))
                .collect(),
            Value::Tagged(_) => panic!("JSON has no tags"),
        }
    }

    fn read(text: &str) -> Result<serde_json::Value, String> {
        match parse(text, &Limits::default()) {
            Ok(node) => Ok(plain(&node)),
            Err(fault) => Err(format!("{}: {}", fault.code, fault.message)),
        }
    }

    /// Spans are right if every value's own text reads as the same value.
    fn check_spans(text: &str, node: &Node<'_>) {
        assert_eq!(read(&text[node.span.clone()]).unwrap(), plain(node));
        match &node.value {
            Value::List(items) => items.iter().for_each(|n| check_spans(text, n)),
            Value::Object(entries) => entries.iter().for_each(|e| {
                check_spans(text, &e.key);
                check_spans(text, &e.value);
            }),
            _ => {}
        }
    }

    #[test]
    fn values_and_spans() {
        let text = " {\"é\": [1, -0.5e+3, true, null, \"a\\n\\u00e9\\ud83d\\ude00\"], \"\": {}} ";
        let node = parse(text, &Limits::default()).unwrap();
        let expected = serde_json::json!({"é": [1, -0.5e+3, true, null, "a\né😀"], "": {}});
        assert_eq!(plain(&node), expected);
        check_spans(text, &node);
    }

    #[test]
    fn repeated_keys_are_kept() {
        let node = parse(r#"{"a":1,"a":2}"#, &Limits::default()).unwrap();
        let Value::Object(entries) = node.value else {
            panic!("no object");
        };
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[1].key.span, 7..10);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let cases = [
            (
                "{",
                "syntax: expected a key in double quotes, found the end of the document",
            ),
            ("[1 2]", "syntax: expected `,` or `]`, found `2`"),
            ("[1,]", "syntax: a comma stands right before `]`"),
            ("{\"a\":1,}", "syntax: a comma stands right before `}`"),
            ("{\"a\" 1}", "syntax: expected `:` after the key, found `1`"),
            (
                "{a: 1}",
                "syntax: expected a key in double quotes, found `a`",
            ),
            ("// x\n1", "syntax: expected a value, found `/`"),
            ("[NaN]", "syntax: expected a value, found `NaN`"),
            ("[True]", "syntax: expected a value, found `True`"),
            ("[01]", "syntax: a number begins with a needless `0`"),
            ("[1.]", "syntax: expected a digit, found `]`"),
            ("[+1]", "syntax: expected a value, found `+1`"),
            (
                "[\"a\nb\"]",
                "syntax: a raw control character `\\n` stands in a text",
            ),
            ("\"abc", "syntax: a text is not closed by `\"`"),
            ("[\"\\x\"]", "syntax: `\\x` is no escape of JSON"),
            ("[\"\\é\"]", "syntax: `\\é` is no escape of JSON"),
            ("[\"\\ud800\"]", "syntax: `\\ud800` is no escape of JSON"),
            (
                "[\"\\ud800\\u0041\"]",
                "syntax: `\\ud800\\u0041` is no escape of JSON",
            ),
            ("[\"\\udc00\"]", "syntax: `\\udc00` is no escape of JSON"),
            ("[\"\\u12", "syntax: `\\u` is no escape of JSON"),
            ("1 1", "syntax: expected the end of the document, found `1`"),
            ("\u{c}1", "syntax: expected a value, found `\\u{c}`"),
            ("\u{a0}1", "syntax: expected a value, found `\u{a0}`"),
            ("truefalse", "syntax: expected a value, found `truefalse`"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text).unwrap_err(), expected, "{text:?}");
            assert!(
                serde_json::from_str::<serde_json::Value>(text).is_err(),
                "{text:?}"
            );
        }
    }

    #[test]
    fn limits_hold() {
        let limits = Limits {
            max_depth: 3,
            max_nodes: 4,
            ..Limits::default()
        };
        let code = |text: &str| {
            parse(text, &limits)
                .map(|n| n.span.end)
                .map_err(|f| (f.code, f.span))
        };
        assert_eq!(code("[[[]]]"), Ok(6));
        assert_eq!(code("[[[[]]]]"), Err((Code::TooDeep, 3..4)));
        assert_eq!(code("[1,2,3]"), Ok(7));
        assert_eq!(code("[1,2,3,4]"), Err((Code::TooLarge, 7..7)));
    }

    #[test]
    fn a_tower_is_refused_before_the_stack_ends() {
        let limits = Limits {
            max_depth: usize::MAX,
            ..Limits::default()
        };
        let tower = "[{\"a\":".repeat(1_000_000);
        assert_eq!(parse(&tower, &limits).unwrap_err().code, Code::TooDeep);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Strings of JSON's own building blocks: valid often enough.
        #[test]
        fn serde_json_agrees(parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "{", "}", "[", "]", ",", ":", "\"a\"", "\"", "\\", "\\u", "d83d", "\\ude00", "0",
                "1", "-", ".", "e5", "true", "null", " ", "\n", "é", "\u{1}", "{\"k\":", "[1,", "/",
            ]), 0..12)) {
            let text = parts.concat();
            let judged = serde_json::from_str::<serde_json::Value>(&text);
            match (read(&text), judged) {
                (Ok(ours), Ok(theirs)) => {
                    prop_assert_eq!(ours, theirs);
                    check_spans(&text, &parse(&text, &Limits::default()).unwrap());
                }
                (Err(_), Err(_)) => {}
                // A number beyond the floats is JSON, but not for serde_json.
                (Ok(_), Err(e)) => prop_assert!(e.to_string().contains("out of range"), "{text:?} {e}"),
                (Err(e), Ok(_)) => prop_assert!(false, "{text:?} {e}"),
            }
        }
    }
}
