//! Text that shows itself and does nothing else to the terminal.

use classmark::diagnostic::is_unseen;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::Write;

/// Stands for a character that must not reach the terminal.
const STAND_IN: char = '\u{fffd}';

/// The text with every treacherous character written as its escape.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unseen) {
        return Cow::Borrowed(text);
    }
    let shown = text.chars().flat_map(|c| match is_unseen(c) {
        true => c.escape_default().collect::<Vec<_>>(),
        false => vec![c],
    });
    Cow::Owned(shown.collect())
}

/// The text with something harmless in place of every treacherous character,
/// one for one, so that columns stay in line. Tabs stay.
pub(super) fn harmless(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|c| match c {
        '\t' => c,
        c if is_unseen(c) => STAND_IN,
        c => c,
    })
}

/// One line of JSON. Characters that act on a terminal are `\u` escapes in
/// it: they can only stand in strings, where that changes nothing.
pub(crate) fn json(value: &impl Serialize) -> String {
    // What we write has string keys and no writer that fails.
    let text = serde_json::to_string(value).unwrap_or_default();
    let mut line = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if is_unseen(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(line, "\\u{unit:04x}");
            }
        } else {
            line.push(c);
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::{escaped, harmless, json};

    const HOSTILE: &str = "a\u{1b}[31m\u{9b}2J\u{202e}\r\n\u{e0041}é";

    #[test]
    fn nothing_acts_on_the_terminal() {
        assert_eq!(
            escaped(HOSTILE),
            r"a\u{1b}[31m\u{9b}2J\u{202e}\r\n\u{e0041}é"
        );
        let shown: String = harmless(HOSTILE).collect();
        assert_eq!(
            shown,
            "a\u{fffd}[31m\u{fffd}2J\u{fffd}\u{fffd}\u{fffd}\u{fffd}é"
        );
        assert_eq!(shown.chars().count(), HOSTILE.chars().count());
    }

    #[test]
    fn json_is_exact_and_harmless() {
        let line = json(&HOSTILE);
        assert_eq!(escaped(line.trim_end()), line.trim_end());
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), HOSTILE);
    }
}
