//! JSON with a line for each value, down to a depth; what is deeper stays on
//! its line.

use serde_json::ser::Formatter;
use std::io::{self, Write};

/// Objects and lists at this depth are on one line: the rules of a control.
const ONE_LINE: usize = 9;

/// Indents by two spaces.
#[derive(Debug, Default)]
pub(super) struct Layout {
    depth: usize,
    /// Whether the object or list at hand has something in it.
    filled: bool,
}

impl Layout {
    /// All on one line.
    pub(super) fn flat() -> Self {
        Layout {
            depth: ONE_LINE - 1,
            filled: false,
        }
    }

    fn begin(&mut self) {
        self.depth += 1;
        self.filled = false;
    }

    fn end(&mut self, to: &mut (impl Write + ?Sized)) -> io::Result<()> {
        self.depth -= 1;
        // What ends is still at the depth that it began with.
        if self.filled && self.depth + 1 < ONE_LINE {
            self.line(to)?;
        }
        self.filled = true;
        Ok(())
    }

    /// Goes on to the next value.
    fn next(&mut self, to: &mut (impl Write + ?Sized), first: bool) -> io::Result<()> {
        match (first, self.depth < ONE_LINE) {
            (true, false) => return Ok(()),
            (false, false) => return to.write_all(b", "),
            (true, true) => {}
            (false, true) => to.write_all(b",")?,
        }
        self.line(to)
    }

    fn line(&self, to: &mut (impl Write + ?Sized)) -> io::Result<()> {
        const SPACES: &[u8] = &[b' '; 2 * ONE_LINE];
        to.write_all(b"\n")?;
        to.write_all(SPACES.get(..2 * self.depth).unwrap_or(SPACES))
    }
}

impl Formatter for Layout {
    fn begin_array<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.begin();
        to.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.end(to)?;
        to.write_all(b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.next(to, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.begin();
        to.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.end(to)?;
        to.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.next(to, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;
    use serde_json::{Value, json};

    #[test]
    fn what_is_deep_stays_on_its_line() {
        let rule = json!({"id": "a", "findings": {"pass": 1}, "none": [], "two": [1, 2]});
        let value = json!({"f": [{"r": [{"c": [{"rules": [rule, rule], "empty": {}}]}]}]});
        let mut text = Vec::new();
        let mut to = serde_json::Serializer::with_formatter(&mut text, Layout::default());
        value.serialize(&mut to).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        let line = r#"{"findings": {"pass": 1}, "id": "a", "none": [], "two": [1, 2]}"#;
        let indented = format!("\n{}{line},\n{}{line}\n", " ".repeat(16), " ".repeat(16));
        assert!(text.contains(&indented), "{text}");
        assert!(text.contains("\"empty\": {}"), "{text}");
    }
}
