//! Names from documents, put where another format asks for something narrower.

use super::identity;

/// As many characters of a name as a token shows.
const SHOWN: usize = 40;

/// A token for names: a letter or `_`, then letters, digits, `.`, `-` and `_`.
///
/// What people read of it comes from the names, but only the mark at its end
/// tells tokens apart: names may differ in case or punctuation alone. The mark
/// is always there, so that a token stays the same whatever stands beside it.
pub(super) fn token(scope: &str, names: [&str; 2]) -> String {
    let [first, second] = names;
    let mut token = String::new();
    for part in names.map(slug) {
        if !part.is_empty() {
            token.push_str(&part);
            token.push('_');
        }
    }
    token.push_str(&identity::mark("token", &[scope, first, second]));
    if !token.starts_with(|c: char| c.is_ascii_alphabetic()) {
        token.insert(0, '_');
    }
    token
}

/// Lower case, runs of anything else as one `-`.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().take(SHOWN).map(|c| c.to_ascii_lowercase()) {
        if c.is_ascii_alphanumeric() || c == '.' {
            slug.push(c);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_matches(['-', '.']).to_owned()
}

/// A value in one line without blanks around it, from which the name can be had
/// back: the name itself, or where that does not do, or begins with `"`, the
/// name as a JSON string.
pub(super) fn value(name: &str) -> String {
    let blank = |c: char| c.is_whitespace() || c == '\u{feff}';
    let plain = !name.is_empty()
        && !name.starts_with(|c| c == '"' || blank(c))
        && !name.ends_with(blank)
        && !name.chars().any(hidden);
    if plain {
        return name.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in name.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            // None of these is beyond 16 bits.
            c if hidden(c) => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// What some reader takes for the end of a line, or does not show at all.
fn hidden(c: char) -> bool {
    c.is_control() || c == '\u{2028}' || c == '\u{2029}'
}

/// A name inside a line of Markdown, every character standing for itself.
pub(super) fn line(name: &str) -> String {
    let mut line = String::with_capacity(name.len());
    for c in name.chars() {
        if hidden(c) {
            push_escaped(&mut line, &c.escape_unicode().to_string());
        } else {
            push_escaped(&mut line, c.encode_utf8(&mut [0; 4]));
        }
    }
    line
}

/// Free text as Markdown that says the same: its lines, each standing for itself.
pub(super) fn paragraphs(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for text in text.lines().map(str::trim) {
        if !all.is_empty() {
            all.push('\n');
        }
        // These mean something at the beginning of a line only.
        if text.starts_with(['#', '+', '-', '=', '|', ':']) {
            all.push('\\');
        }
        all.push_str(&line(text));
    }
    all.truncate(all.trim_end().len());
    all
}

fn push_escaped(line: &mut String, text: &str) {
    for c in text.chars() {
        if r"\`*_[]<>{}$~^&".contains(c) {
            line.push('\\');
        }
        line.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As OSCAL's schema has it, the letters beyond ASCII left out.
    fn is_token(text: &str) -> bool {
        let mut chars = text.chars();
        chars
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && chars.all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))
    }

    /// As OSCAL's schema has it: one line, no blank at either end, not empty.
    fn is_value(text: &str) -> bool {
        !text.is_empty() && text.trim() == text && !text.contains('\n')
    }

    fn read_value(text: &str) -> String {
        match text.starts_with('"') {
            true => serde_json::from_str(text).unwrap(),
            false => text.to_owned(),
        }
    }

    #[test]
    fn tokens_show_what_they_can() {
        let shown = |names| {
            let token = token("h", names);
            assert!(is_token(&token), "{token}");
            token[..token.len() - 16].to_owned()
        };
        assert_eq!(
            shown(["Art. 30", "Records of processing"]),
            "art.-30_records-of-processing_"
        );
        assert_eq!(shown(["1.2", "…"]), "_1.2_");
        assert!(["_", ""].contains(&&*shown(["", ""])));
        assert_eq!(shown([&"x".repeat(10_000), "y"]).len(), 43);
    }

    #[test]
    fn markdown_does_not_touch_names() {
        assert_eq!(line("R&D_*x*"), r"R\&D\_\*x\*");
        assert_eq!(line("a\nb"), r"a\\u\{a\}b");
        assert_eq!(line("AC-2 (1) \"q\""), "AC-2 (1) \"q\"");
        assert_eq!(paragraphs(" # one\r\n\r\n- two\n"), "\\# one\n\n\\- two");
        assert_eq!(paragraphs(" \n "), "");
    }

    fn name() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[aA.\\-_ ]{0,3}",
            "[\"\\\\ \u{0}\n\r\u{85}\u{a0}\u{2028}\u{feff}x]{0,4}",
        ]
    }

    proptest! {
        #[test]
        fn tokens_are_tokens_and_tell_names_apart(
            one in (name(), name(), name()),
            other in (name(), name(), name()),
        ) {
            let of = |names: &(String, String, String)| token(&names.0, [&names.1, &names.2]);
            prop_assert!(is_token(&of(&one)), "{}", of(&one));
            prop_assert_eq!(one == other, of(&one) == of(&other));
        }

        #[test]
        fn a_value_gives_the_name_back(name in name()) {
            let value = value(&name);
            prop_assert!(is_value(&value), "{value:?}");
            prop_assert_eq!(read_value(&value), name);
        }

        #[test]
        fn a_line_is_one_line(name in name()) {
            prop_assert!(!line(&name).chars().any(hidden));
            let text: Vec<char> = line(&name).chars().collect();
            let at = |place: usize| text.get(place).copied();
            let mut place = 0;
            while let Some(c) = at(place) {
                prop_assert!(!"`*_[]<>{}$~^&".contains(c), "{text:?}");
                place += if c == '\\' { 2 } else { 1 };
            }
        }
    }
}
