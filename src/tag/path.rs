//! How a tag's name nests: parts separated by `.`, a literal dot written `\.`.

/// The names above `name`, nearest first.
///
/// A backslash means something only right before a dot; everywhere else it
/// stands for itself.
pub(super) fn ancestors(name: &str) -> impl Iterator<Item = &str> {
    let bytes = name.as_bytes();
    (0..bytes.len())
        .rev()
        .filter(move |&i| bytes[i] == b'.' && !escaped(bytes, i))
        .map(move |i| &name[..i])
}

/// Whether the dot at `i` is a literal one.
fn escaped(bytes: &[u8], i: usize) -> bool {
    i > 0 && bytes[i - 1] == b'\\'
}

#[cfg(test)]
mod tests {
    use super::ancestors;

    fn of(name: &str) -> Vec<&str> {
        ancestors(name).collect()
    }

    #[test]
    fn parts_end_at_dots_that_are_not_escaped() {
        assert_eq!(of("a.b.c"), ["a.b", "a"]);
        assert_eq!(of(r"a\.b.c"), [r"a\.b"]);
        assert_eq!(of(r"v1\.2\.3"), Vec::<&str>::new());
        assert_eq!(of("plain"), Vec::<&str>::new());
        assert_eq!(of("é.ü"), ["é"]);
    }

    #[test]
    fn empty_parts_are_parts() {
        assert_eq!(of(".a"), [""]);
        assert_eq!(of("a."), ["a"]);
    }
}
