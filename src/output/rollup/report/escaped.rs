//! Input inside a page.

use crate::diagnostic::is_unseen;
use std::fmt;

/// Input as text or as a quoted attribute of a page: it shows itself and does
/// nothing else. Characters that cannot be seen, or that turn the direction of
/// what follows, are written as codes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

/// The same for free text: its line ends stay.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prose<'a>(pub(crate) &'a str);

/// A name: [`Escaped`], and set apart from the direction of what surrounds it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(self.0, f, is_unseen)
    }
}

impl fmt::Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A carriage return belongs to its line end or is one, to browsers as well.
        let unified = self.0.replace("\r\n", "\n");
        escape(&unified, f, |c| !matches!(c, '\n' | '\t') && is_unseen(c))
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<bdi>{}</bdi>", Escaped(self.0))
    }
}

fn escape(
    input: &str,
    f: &mut fmt::Formatter<'_>,
    is_unseen: impl Fn(char) -> bool,
) -> fmt::Result {
    let mut rest = input;
    while let Some((at, c)) = rest
        .char_indices()
        .find(|(_, c)| entity(*c).is_some() || is_unseen(*c))
    {
        let (plain, after) = rest.split_at(at);
        f.write_str(plain)?;
        match entity(c) {
            Some(entity) => f.write_str(entity)?,
            None => write!(f, "{}", c.escape_default())?,
        }
        rest = after.strip_prefix(c).unwrap_or_default();
    }
    f.write_str(rest)
}

fn entity(c: char) -> Option<&'static str> {
    Some(match c {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\'' => "&#39;",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Escaped, Name, Prose};
    use proptest::prelude::*;

    #[test]
    fn markup_shows_itself() {
        let text = r#"<script>alert("1 & '2'")</script>"#;
        assert_eq!(
            Escaped(text).to_string(),
            "&lt;script&gt;alert(&quot;1 &amp; &#39;2&#39;&quot;)&lt;/script&gt;"
        );
        assert_eq!(Name("a<b").to_string(), "<bdi>a&lt;b</bdi>");
    }

    #[test]
    fn what_cannot_be_seen_is_a_code() {
        assert_eq!(
            Escaped("a\0b\u{1b}\u{85}\u{202e}\u{ffff}\n").to_string(),
            r"a\u{0}b\u{1b}\u{85}\u{202e}\u{ffff}\n"
        );
        assert_eq!(Escaped("Größe 名前 שלום").to_string(), "Größe 名前 שלום");
    }

    #[test]
    fn free_text_keeps_its_lines() {
        assert_eq!(
            Prose("one\r\ntwo\n\tthree\r\u{7}<").to_string(),
            "one\ntwo\n\tthree\\r\\u{7}&lt;"
        );
    }

    proptest! {
        #[test]
        fn nothing_gets_out_of_its_place(text in any::<String>()) {
            let escaped = Escaped(&text).to_string();
            prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
            prop_assert!(!escaped.contains(|c: char| c.is_control()));
            for (at, _) in escaped.match_indices('&') {
                let entities = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
                prop_assert!(entities.iter().any(|e| escaped[at..].starts_with(e)));
            }
        }
    }
}
