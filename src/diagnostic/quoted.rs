//! Input inside a message.

use super::is_unseen;
use std::fmt::{self, Write};

/// Longer input is cut: a message is one line.
const LONGEST: usize = 80;

/// Input as a message shows it; made by [`quoted`].
#[derive(Debug, Clone, Copy)]
pub struct Quoted<'a>(&'a str);

/// Input as a message shows it: in backticks, cut when long, and without a
/// character that could move the cursor, colour the terminal or turn the
/// direction of the text.
///
/// ```
/// use classmark::diagnostic::quoted;
/// assert_eq!(quoted("PII").to_string(), "`PII`");
/// assert_eq!(quoted("a\u{1b}[31m\n").to_string(), r"`a\u{1b}[31m\n`");
/// ```
pub fn quoted(input: &str) -> Quoted<'_> {
    Quoted(input)
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('`')?;
        let mut rest = self.0.chars();
        for c in rest.by_ref().take(LONGEST) {
            if is_unseen(c) {
                write!(f, "{}", c.escape_default())?;
            } else {
                f.write_char(c)?;
            }
        }
        if rest.next().is_some() {
            f.write_char('…')?;
        }
        f.write_char('`')
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn what_shows_itself_stays() {
        assert_eq!(
            quoted("Größe “x” 名前 👩‍👩‍👧").to_string(),
            "`Größe “x” 名前 👩‍👩‍👧`"
        );
    }

    #[test]
    fn what_acts_on_the_screen_is_escaped() {
        assert_eq!(quoted("a\r\t\0b").to_string(), r"`a\r\t\u{0}b`");
        assert_eq!(
            quoted("\u{202e}\u{2066}\u{9b}").to_string(),
            r"`\u{202e}\u{2066}\u{9b}`"
        );
    }

    #[test]
    fn long_input_is_cut() {
        assert_eq!(
            quoted(&"ä".repeat(80)).to_string(),
            format!("`{}`", "ä".repeat(80))
        );
        assert_eq!(
            quoted(&"ä".repeat(81)).to_string(),
            format!("`{}…`", "ä".repeat(80))
        );
    }
}
