//! What the first bytes of a file say it is, whatever its name.

use std::io::{self, Read};

/// How many bytes are looked at.
pub(super) const HEAD_BYTES: u64 = 16;

/// What a file is by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Parquet, encrypted or cut off perhaps.
    Parquet,
    /// An Arrow IPC file or stream, cut off perhaps.
    Arrow,
    /// No byte at all.
    Empty,
    /// Neither Parquet nor Arrow IPC.
    Foreign,
}

impl Content {
    /// Looks at the beginning of a file.
    pub(super) fn of(file: impl Read) -> io::Result<(Self, Vec<u8>)> {
        let mut head = Vec::new();
        file.take(HEAD_BYTES).read_to_end(&mut head)?;
        let content = match head.as_slice() {
            [] => Content::Empty,
            [b'P', b'A', b'R', b'1' | b'E', ..] => Content::Parquet,
            [b'A', b'R', b'R', b'O', b'W', b'1', ..] | [0xff, 0xff, 0xff, 0xff, ..] => {
                Content::Arrow
            }
            _ => Content::Foreign,
        };
        Ok((content, head))
    }
}

/// What a file that is neither Parquet nor Arrow IPC looks like, if that can be said.
pub(super) fn looks_like(head: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 14] = [
        (b"\x1f\x8b", "gzip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\x04\x22\x4d\x18", "lz4"),
        (b"\xff\x06\x00\x00sNaPpY", "snappy frames"),
        (b"BZh", "bzip2"),
        (b"\xfd7zXZ\x00", "xz"),
        (b"PK\x03\x04", "zip"),
        (b"Obj\x01", "Avro"),
        (b"ORC", "ORC"),
        (b"FEA1", "Feather version 1"),
        (b"SQLite format 3\0", "SQLite"),
        (b"%PDF", "PDF"),
        (b"\xff\xfe", "UTF-16 text"),
        (b"\xfe\xff", "UTF-16 text"),
    ];
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(name);
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let printable = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    match text.trim_ascii_start().first() {
        _ if text.is_empty() || !text.iter().all(printable) => None,
        Some(b'{' | b'[') => Some("JSON"),
        Some(b'<') => Some("XML or HTML"),
        _ => Some("text"),
    }
}

/// What is wrong with a file that should be a catalog and is not.
pub(super) fn not_a_catalog(head: &[u8]) -> String {
    const NEITHER: &str = "it is neither Parquet nor Arrow IPC";
    match looks_like(head) {
        Some(found @ ("gzip" | "zstd" | "lz4" | "snappy frames" | "bzip2" | "xz" | "zip")) => {
            format!("{NEITHER} but compressed as a whole ({found}): decompress it first")
        }
        Some(found) => format!("{NEITHER} but looks like {found}"),
        None => NEITHER.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, looks_like, not_a_catalog};

    #[test]
    fn content_is_told_by_the_first_bytes() {
        let of = |bytes: &[u8]| Content::of(bytes).unwrap().0;
        assert_eq!(of(b""), Content::Empty);
        assert_eq!(of(b"PAR1"), Content::Parquet);
        assert_eq!(of(b"PARE...."), Content::Parquet);
        assert_eq!(of(b"ARROW1\0\0"), Content::Arrow);
        assert_eq!(of(b"\xff\xff\xff\xff\x10\0\0\0"), Content::Arrow);
        for foreign in [&b"PAR"[..], b"PAR2", b"ARROW2", b"\xff\xff\xff", b"a,b"] {
            assert_eq!(of(foreign), Content::Foreign);
        }
    }

    #[test]
    fn common_formats_are_named() {
        assert_eq!(looks_like(b"\x1f\x8b\x08"), Some("gzip"));
        assert_eq!(looks_like(b"{\"a\": 1}"), Some("JSON"));
        assert_eq!(looks_like(b"\xef\xbb\xbfa,b\r\n"), Some("text"));
        assert_eq!(looks_like(b"\xff\xfea\0"), Some("UTF-16 text"));
        assert_eq!(looks_like(b"\0\x01\x02"), None);
        assert_eq!(looks_like(b""), None);
        assert!(not_a_catalog(b"\x1f\x8b").ends_with("(gzip): decompress it first"));
    }
}
