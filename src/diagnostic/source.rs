//! A document's text, and where in it a byte stands.

use std::sync::{Arc, OnceLock};

/// Characters are counted from the nearest multiple of this many bytes, so a
/// document in one endless line is as quick to look up as any other.
const BLOCK: usize = 4096;

/// A document's text under the name that a finding calls it by.
#[derive(Debug)]
pub struct Source {
    name: String,
    text: String,
    /// Built at the first question: most documents have no finding.
    index: OnceLock<Index>,
}

/// Where lines begin, and how many characters precede each block.
#[derive(Debug)]
struct Index {
    lines: Vec<usize>,
    characters: Vec<usize>,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.text == other.text
    }
}

impl Eq for Source {}

impl Source {
    /// A document's text, under the name that findings call it by.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Source {
            name: name.into(),
            text: text.into(),
            index: OnceLock::new(),
        })
    }

    /// The name, as findings print it: most often the path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset, both from 1, the column in characters.
    ///
    /// An offset past the end answers with the end.
    ///
    /// ```
    /// let s = classmark::diagnostic::Source::new("a.json", "{\n  \"é\": 1}");
    /// assert_eq!(s.position(7), (2, 5));
    /// ```
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let index = self.index.get_or_init(|| Index::of(&self.text));
        let line = index.lines.partition_point(|start| *start <= end);
        let start = index.lines.get(line.saturating_sub(1)).copied();
        let before_line = self.characters_before(index, start.unwrap_or(0));
        (line, self.characters_before(index, end) - before_line + 1)
    }

    fn characters_before(&self, index: &Index, offset: usize) -> usize {
        let block = offset / BLOCK;
        let whole = index.characters.get(block).copied().unwrap_or(0);
        whole + characters(&self.text.as_bytes()[block * BLOCK..offset])
    }
}

impl Index {
    fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        let lines = std::iter::once(0).chain(breaks.map(|(i, _)| i + 1));
        let mut before = 0;
        let blocks = text.as_bytes().chunks(BLOCK).map(|block| {
            before += characters(block);
            before
        });
        Index {
            lines: lines.collect(),
            characters: std::iter::once(0).chain(blocks).collect(),
        }
    }
}

/// The characters that begin in a run of UTF-8 bytes.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| **b & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of a position, without an index.
    fn counted(text: &str, offset: usize) -> (usize, usize) {
        let before = &text[..offset];
        let line = before.split('\n').count();
        let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
        (line, column)
    }

    #[test]
    fn positions_agree_with_counting() {
        let text = "é\n\nabc\u{1F600}x\r\n".repeat(2000);
        let source = Source::new("a", text.clone());
        for (offset, _) in text.char_indices().step_by(7) {
            assert_eq!(source.position(offset), counted(&text, offset), "{offset}");
        }
    }

    #[test]
    fn odd_offsets_are_answered() {
        let source = Source::new("a", "aé\nb");
        assert_eq!(source.position(2), (1, 2), "inside a character");
        assert_eq!(source.position(99), (2, 2), "past the end");
        assert_eq!(Source::new("a", "").position(5), (1, 1));
        let exact = "x".repeat(BLOCK * 2);
        assert_eq!(
            Source::new("a", exact).position(BLOCK * 2),
            (1, BLOCK * 2 + 1)
        );
    }

    #[test]
    fn a_long_line_is_not_counted_anew_for_each_question() {
        let text = "é".repeat(4 << 20);
        let source = Source::new("a", text);
        for i in 0..20_000 {
            assert_eq!(source.position(i * 400), (1, i * 200 + 1));
        }
    }
}
