//! As much of Rust's grammar as it takes to see what a file uses.

/// A file of source: its tokens without comments, literals and tests.
pub(super) struct Source {
    tokens: Vec<Token>,
    /// Lines that belong to no test.
    pub(super) lines: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) line: usize,
}

/// A path as written, a use tree flattened: `a::{b, c::*}` is `a::b` and `a::c::*`.
#[derive(Debug, PartialEq)]
pub(super) struct Path {
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
    /// Whether it stands right after `use`.
    pub(super) imported: bool,
}

impl Source {
    pub(super) fn new(text: &str) -> Self {
        let mut tokens = tokens(&blank(text));
        let in_tests = remove_tests(&mut tokens);
        Source {
            tokens,
            lines: text.lines().count() - in_tests,
        }
    }

    pub(super) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// Places where these tokens stand in a row: their first lines and what follows them.
    pub(super) fn after<'a>(&'a self, wanted: &'a [&str]) -> impl Iterator<Item = &'a [Token]> {
        let starts = 0..self.tokens.len();
        starts.filter_map(move |i| {
            let rest = &self.tokens[i..];
            let fits =
                wanted.len() <= rest.len() && wanted.iter().zip(rest).all(|(w, t)| t.text == *w);
            fits.then(|| &rest[wanted.len()..])
        })
    }

    pub(super) fn paths(&self) -> Vec<Path> {
        let mut paths = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let before = at.checked_sub(1).map(|i| self.tokens[i].text.as_str());
            if is_name(&self.text(at)) || (before == Some("use") && self.text(at) == "{") {
                let imported = before == Some("use");
                at = self.tree(at, &[], imported, &mut paths);
            } else {
                at += 1;
            }
        }
        paths
    }

    fn text(&self, at: usize) -> String {
        self.tokens
            .get(at)
            .map(|t| t.text.clone())
            .unwrap_or_default()
    }

    /// Reads a path or use tree that starts at `at`; answers where it ends.
    fn tree(&self, mut at: usize, stem: &[String], imported: bool, paths: &mut Vec<Path>) -> usize {
        let line = self.tokens[at].line;
        let mut segments = stem.to_vec();
        loop {
            let text = self.text(at);
            if text == "{" {
                return self.group(at + 1, &segments, imported, paths);
            }
            if !is_name(&text) && text != "*" {
                break;
            }
            segments.push(text);
            at += 1;
            let next = self.text(at + 1);
            let goes_on = is_name(&next) || next == "*" || next == "{";
            if self.text(at) != "::" || !goes_on {
                break;
            }
            at += 1;
        }
        paths.push(Path {
            segments,
            line,
            imported,
        });
        at
    }

    fn group(
        &self,
        mut at: usize,
        stem: &[String],
        imported: bool,
        paths: &mut Vec<Path>,
    ) -> usize {
        while at < self.tokens.len() && self.text(at) != "}" {
            let text = self.text(at);
            let start = is_name(&text) || text == "*" || text == "{";
            at = if start {
                self.tree(at, stem, imported, paths)
            } else {
                at + 1
            };
            if self.text(at) == "as" {
                at += 2;
            }
        }
        at + 1
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The text with comments and literals made blank, line by line as long as before.
fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = opaque_end(&chars, at).unwrap_or(at);
        for c in &chars[at..end] {
            out.push(if *c == '\n' { '\n' } else { ' ' });
        }
        if end == at {
            out.push(chars[at]);
        }
        at = end.max(at + 1);
    }
    out
}

/// Where the comment or literal that starts at `at` ends, if one does.
fn opaque_end(chars: &[char], at: usize) -> Option<usize> {
    let next = chars.get(at + 1).copied().unwrap_or(' ');
    let within_name = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match chars[at] {
        '/' if next == '/' => Some(find(chars, at, |rest| rest.starts_with(&['\n']))),
        '/' if next == '*' => Some(block_comment_end(chars, at)),
        '"' => Some(string_end(chars, at)),
        'r' | 'b' | 'c' if !within_name => raw_string_end(chars, at),
        '\'' if next == '\\' => Some(find(chars, at + 3, |rest| rest.starts_with(&['\''])) + 1),
        '\'' if chars.get(at + 2) == Some(&'\'') => Some(at + 3),
        _ => None,
    }
}

fn find(chars: &[char], from: usize, there: impl Fn(&[char]) -> bool) -> usize {
    let found = (from..chars.len()).find(|i| there(&chars[*i..]));
    found.unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], from: usize) -> usize {
    let (mut depth, mut at) = (0, from);
    while at < chars.len() {
        let step = match chars[at..] {
            ['/', '*', ..] => 1,
            ['*', '/', ..] => -1,
            _ => 0,
        };
        depth += step;
        at += if step == 0 { 1 } else { 2 };
        if depth == 0 {
            break;
        }
    }
    at.min(chars.len())
}

fn string_end(chars: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

fn raw_string_end(chars: &[char], from: usize) -> Option<usize> {
    let marks = chars[from..]
        .iter()
        .take_while(|c| "rbc".contains(**c))
        .count();
    let raw = chars[from..from + marks].contains(&'r');
    let hashes = chars[from + marks..]
        .iter()
        .take_while(|c| **c == '#')
        .count();
    let quote = from + marks + hashes;
    if !raw || marks > 2 || chars.get(quote) != Some(&'"') {
        return None;
    }
    let mut close = vec!['"'];
    close.resize(hashes + 1, '#');
    Some((find(chars, quote + 1, |rest| rest.starts_with(&close)) + close.len()).min(chars.len()))
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let word = |c: char| c.is_alphanumeric() || c == '_';
            let length = match first {
                _ if word(first) => rest.find(|c| !word(c)).unwrap_or(rest.len()),
                _ if rest.starts_with("::") => 2,
                _ => first.len_utf8(),
            };
            tokens.push(Token {
                text: rest[..length].to_owned(),
                line: number + 1,
            });
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

/// Takes out every item under `#[cfg(test)]`; answers how many lines they had.
fn remove_tests(tokens: &mut Vec<Token>) -> usize {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut lines = 0;
    let mut at = 0;
    while at + mark.len() <= tokens.len() {
        if tokens[at..].iter().zip(mark).all(|(t, m)| t.text == m) {
            let end = item_end(tokens, at + mark.len());
            let last = tokens[end - 1].line;
            lines += last + 1 - tokens[at].line;
            tokens.drain(at..end);
        } else {
            at += 1;
        }
    }
    lines
}

fn item_end(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" => depth -= 1,
            "}" => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::Source;

    fn paths(text: &str) -> Vec<(usize, String)> {
        let paths = Source::new(text).paths();
        paths
            .iter()
            .map(|p| (p.line, p.segments.join("::")))
            .collect()
    }

    #[test]
    fn use_trees_are_flattened() {
        let text = "use crate::{tag::{Tag, self},\n bits as b, compile::*};";
        let found: Vec<(usize, String)> = paths(text).split_off(1);
        let expected = [
            (1, "crate::tag::Tag"),
            (1, "crate::tag::self"),
            (2, "crate::bits"),
            (2, "crate::compile::*"),
        ];
        assert_eq!(found, expected.map(|(l, p)| (l, p.to_owned())));
        assert_eq!(
            paths("use {a::b, c}")[1..],
            [(1, "a::b".to_owned()), (1, "c".to_owned())]
        );
    }

    #[test]
    fn paths_in_code_are_seen() {
        let found = paths("fn f() -> crate::tag::Tag { <Vec::<::std::fs::File>>::new() }");
        for path in ["crate::tag::Tag", "Vec", "std::fs::File"] {
            assert!(found.contains(&(1, path.to_owned())), "{path} in {found:?}");
        }
    }

    #[test]
    fn comments_and_literals_are_not_code() {
        let text = r##"// a::a
            /* b::b /* b::b */ b::b */ /// c::c
            let x = "d::d \" d::d"; let y = r#"e::e " e::e"#; let z = b"f::f";
            let c = '"'; let d = '\''; let e = '\u{41}'; fn g<'a>(h: &'a i::i) {}"##;
        let found: Vec<String> = paths(text).into_iter().map(|p| p.1).collect();
        let deep: Vec<&String> = found.iter().filter(|p| p.contains("::")).collect();
        assert_eq!(deep, ["i::i"]);
    }

    #[test]
    fn tests_do_not_count() {
        let text = "use a::b;\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n  use c::d;\n  fn f() { {} }\n}\nuse e::f;\n#[cfg(test)]\nmod more;\n";
        let source = Source::new(text);
        assert_eq!(source.lines, 2);
        let found: Vec<String> = paths(text).into_iter().map(|p| p.1).collect();
        assert!(found.contains(&"e::f".to_owned()) && !found.contains(&"c::d".to_owned()));
    }
}
