//! The few lines of a document that a finding is about.

use super::plain::harmless;
use classmark::diagnostic::Source;
use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::ops::Range;

/// Widest line shown, in columns of the terminal.
const WIDTH: usize = 120;
/// Columns shown before the marked ones in a line that is cut on the left.
const LEAD: usize = 40;
/// Columns of a file's name that are shown.
const NAME_WIDTH: usize = 120;
/// Columns that a tab takes at most.
const TAB: usize = 4;
/// Bytes looked at on either side in search of the ends of lines: a document
/// in one endless line costs no more than any other.
const REACH: usize = 4096;
const CUT: &str = "...";

/// The marked line of a document with the line before and after it, cut to a
/// window and harmless to a terminal. Its offsets are its own.
#[derive(Debug)]
pub(super) struct Excerpt {
    /// `file:line:column`
    name: String,
    text: String,
    /// From 0.
    first_line: usize,
    /// Of `text`, within one line, never empty.
    pub(super) marked: Range<usize>,
}

impl Excerpt {
    /// Around the first line of `span`.
    pub(super) fn around(source: &Source, span: &Range<usize>) -> Self {
        let text = source.text();
        let start = boundary(text, span.start);
        let (line, column) = source.position(start);
        let behind = &text[boundary(text, start.saturating_sub(REACH))..start];
        let ahead = &text[start..boundary(text, start.saturating_add(REACH))];
        let begun = match behind.rsplit_once('\n') {
            Some((_, begun)) => Some(begun),
            None => (behind.len() == start).then_some(behind),
        };
        let whole = begun.filter(|begun| width(begun) <= WIDTH - LEAD);
        let (rest, next) = match ahead.split_once('\n') {
            Some((rest, next)) => (rest.strip_suffix('\r').unwrap_or(rest), Some(next)),
            None => (ahead, None),
        };
        let length = boundary(text, span.end).saturating_sub(start);
        let (marked, after) = rest.split_at(length.min(rest.len()));

        let mut window = Window::default();
        let before = whole.and_then(|begun| {
            let above = behind[..behind.len() - begun.len()].strip_suffix('\n')?;
            line_before(above, above.len() + begun.len() + 1 == start)
        });
        if let Some(before) = before {
            window.line(before);
        }
        let first_line = line - 1 - usize::from(before.is_some());
        let marked = window.marked_line(whole, begun.unwrap_or(behind), marked, after);
        // Beside a line that is cut on the left, others would be out of line.
        if let Some(next) = next.filter(|next| whole.is_some() && !next.is_empty()) {
            window.text.push('\n');
            window.line(next.split('\n').next().unwrap_or_default());
            window.text.pop();
        }
        Excerpt {
            name: format!("{}:{line}:{column}", short_name(source.name())),
            text: window.text,
            first_line,
            marked,
        }
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            self.text.as_bytes(),
            (0, self.text.len()).into(),
            self.first_line,
            0,
            self.text.lines().count(),
        )))
    }
}

/// The last line of `above`, if all of it is there.
fn line_before(above: &str, from_start: bool) -> Option<&str> {
    match above.rsplit_once('\n') {
        Some((_, line)) => Some(line),
        None => from_start.then_some(above),
    }
}

/// The nearest place at or before `offset` where a character begins.
fn boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The text of an excerpt as it grows.
#[derive(Default)]
struct Window {
    text: String,
}

impl Window {
    /// A line with its end.
    fn line(&mut self, line: &str) {
        self.cut_right(line.strip_suffix('\r').unwrap_or(line), WIDTH);
        self.text.push('\n');
    }

    /// The line with the marked characters, without its end; gives their place.
    fn marked_line(
        &mut self,
        whole: Option<&str>,
        begun: &str,
        marked: &str,
        after: &str,
    ) -> Range<usize> {
        let lead = match whole {
            Some(whole) => whole,
            None => {
                self.text.push_str(CUT);
                last_columns(begun, LEAD)
            }
        };
        self.text.extend(harmless(lead));
        let left = WIDTH.saturating_sub(width(lead));
        let start = self.text.len();
        let fits = self.cut_right(marked, left);
        let end = self.text.len();
        if fits {
            self.cut_right(after, left.saturating_sub(width(marked)));
        }
        if start == end && self.text.len() == end {
            self.text.push(' ');
        }
        let one = self.text[start..].chars().next().map_or(0, char::len_utf8);
        start..end.max(start + one)
    }

    /// As much of the text as fits; whether that is all of it.
    fn cut_right(&mut self, text: &str, most: usize) -> bool {
        let mut columns = 0;
        let end = text.char_indices().find(|(_, c)| {
            columns += columns_of(*c);
            columns > most
        });
        let end = end.map(|(end, _)| end);
        self.text
            .extend(harmless(&text[..end.unwrap_or(text.len())]));
        if end.is_some() {
            self.text.push_str(CUT);
        }
        end.is_none()
    }
}

/// The end of a text that takes so many columns at most.
fn last_columns(text: &str, most: usize) -> &str {
    let mut columns = 0;
    let start = text.char_indices().rev().find(|(_, c)| {
        columns += columns_of(*c);
        columns > most
    });
    &text[start.map_or(0, |(start, c)| start + c.len_utf8())..]
}

fn width(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// The columns that a character takes: perhaps fewer, never more.
fn columns_of(c: char) -> usize {
    match c {
        '\t' => TAB,
        // Stands for what must not reach the terminal.
        '\u{fffd}' => 1,
        '\u{1100}'.. => 2,
        _ => 1,
    }
}

/// A file's name without what acts on the terminal; of a long one the end.
fn short_name(name: &str) -> String {
    let name = super::escaped(name);
    match width(&name) > NAME_WIDTH {
        true => format!("{CUT}{}", last_columns(&name, NAME_WIDTH)),
        false => name.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Excerpt, LEAD, WIDTH};
    use classmark::diagnostic::Source;

    fn around(text: &str, start: usize, end: usize) -> (usize, String, String) {
        let excerpt = Excerpt::around(&Source::new("a.json", text), &(start..end));
        let marked = excerpt.text[excerpt.marked.clone()].to_owned();
        (excerpt.first_line + 1, excerpt.text, marked)
    }

    #[test]
    fn a_line_has_its_neighbours() {
        let text = "{\r\n\"é\": 1,\r\n\"b\": 2\r\n}\r\n";
        let at = text.find("\"b\"").unwrap();
        let (line, shown, marked) = around(text, at, at + 3);
        assert_eq!(
            (line, &*shown, &*marked),
            (2, "\"é\": 1,\n\"b\": 2\n}", "\"b\"")
        );
        let (line, shown, marked) = around(text, 0, 1);
        assert_eq!((line, &*shown, &*marked), (1, "{\n\"é\": 1,", "{"));
        let end = text.len();
        let (line, shown, marked) = around(text, end, end);
        assert_eq!((line, &*shown, &*marked), (4, "}\n ", " "));
    }

    #[test]
    fn a_span_of_many_lines_is_marked_in_its_first() {
        let (line, shown, marked) = around("a {\n b\n}\n", 2, 8);
        assert_eq!((line, &*shown, &*marked), (1, "a {\n b", "{"));
    }

    #[test]
    fn endless_lines_are_cut_to_a_window() {
        let text = "é".repeat(1_000_000);
        for start in [
            0, 2, 100, 1_000_000, 1_999_990, 1_999_999, 2_000_000, 9_999_999,
        ] {
            let (line, shown, marked) = around(&text, start, start + 1_000_000);
            assert_eq!(line, 1);
            assert!(shown.chars().count() <= WIDTH + LEAD, "{start}");
            assert!(!marked.is_empty(), "{start}");
        }
    }

    #[test]
    fn wide_characters_and_tabs_take_more_room() {
        for filler in ["\t", "\u{540d}", "\u{1f600}", "e\u{301}", "\u{1b}"] {
            let text = format!("{}!{}", filler.repeat(100_000), filler.repeat(100_000));
            let at = filler.len() * 100_000;
            let (_, shown, marked) = around(&text, at, at + 1);
            assert_eq!(marked, "!");
            assert!(super::width(&shown) <= WIDTH + LEAD, "{shown}");
            let (_, shown, marked) = around(&text, 0, text.len());
            assert!(
                super::width(&marked) <= WIDTH + super::CUT.len(),
                "{marked}"
            );
            assert!(super::width(&shown) <= WIDTH + LEAD, "{shown}");
        }
    }

    #[test]
    fn of_a_long_file_name_the_end_is_shown() {
        let name = format!("{}/\u{1b}.json", "a/".repeat(2000));
        let source = Source::new(name, "{}");
        let shown = Excerpt::around(&source, &(0..1)).name;
        assert!(
            shown.starts_with("...") && shown.ends_with("/\\u{1b}.json:1:1"),
            "{shown}"
        );
        assert!(shown.chars().count() <= 200);
    }

    #[test]
    fn any_span_in_any_text_is_shown() {
        let text = "ab\n\n\r\ncdé\u{1b}[31m\n\t\u{202e}x";
        for start in 0..=text.len() + 1 {
            for end in start..=text.len() + 2 {
                let (_, shown, marked) = around(text, start, end);
                assert!(!shown.contains('\u{1b}') && !marked.is_empty());
                assert!(!marked.contains('\n'));
            }
        }
        assert_eq!(around("", 0, 0).2, " ");
    }
}
