//! What a file looks like by its first bytes, to say so where it was given for
//! something else.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// So much of a file is looked at.
const HEAD: u64 = 4096;

/// What a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of formats say it all")]
pub enum Looks {
    Empty,
    Parquet,
    EncryptedParquet,
    ArrowFile,
    ArrowStream,
    FeatherV1,
    Gzip,
    Zstandard,
    Lz4,
    Snappy,
    Bzip2,
    Xz,
    Zip,
    Excel,
    Avro,
    Orc,
    Sqlite,
    DuckDb,
    Json,
    Xml,
    Html,
    Yaml,
    Csv,
    Pdf,
    Utf16,
    /// Text of no kind that is known here.
    Text,
    Unknown,
}

/// What the bytes that a format begins with say.
const MAGIC: [(&[u8], Looks); 22] = [
    (b"PAR1", Looks::Parquet),
    (b"PARE", Looks::EncryptedParquet),
    (b"ARROW1", Looks::ArrowFile),
    (&[0xff, 0xff, 0xff, 0xff], Looks::ArrowStream),
    (b"FEA1", Looks::FeatherV1),
    (&[0x1f, 0x8b], Looks::Gzip),
    (&[0x28, 0xb5, 0x2f, 0xfd], Looks::Zstandard),
    (&[0x04, 0x22, 0x4d, 0x18], Looks::Lz4),
    (b"\xff\x06\x00\x00sNaPpY", Looks::Snappy),
    (b"BZh", Looks::Bzip2),
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], Looks::Xz),
    (b"PK\x03\x04", Looks::Zip),
    (b"PK\x05\x06", Looks::Zip),
    (
        &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1],
        Looks::Excel,
    ),
    (b"Obj\x01", Looks::Avro),
    (b"ORC", Looks::Orc),
    (b"SQLite format 3\0", Looks::Sqlite),
    (b"%PDF-", Looks::Pdf),
    (b"\xff\xfe", Looks::Utf16),
    (b"\xfe\xff", Looks::Utf16),
    (b"<?xml", Looks::Xml),
    (b"<!DOCTYPE", Looks::Html),
];

/// What an open file looks like; it is read from its beginning.
///
/// # Errors
///
/// When it cannot be read.
pub fn looks_of(file: &mut File) -> io::Result<Looks> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.take(HEAD).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(Looks::of(&head))
}

impl Looks {
    /// What a file looks like that begins with these bytes.
    pub fn of(head: &[u8]) -> Self {
        if head.is_empty() {
            return Looks::Empty;
        }
        let known = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
        match known {
            Some((_, Looks::Zip)) if contains(head, b"[Content_Types].xml") => Looks::Excel,
            Some((_, Looks::Zip)) if contains(head, b"xl/") => Looks::Excel,
            Some((_, looks)) => *looks,
            None if head.get(8..12) == Some(b"DUCK") => Looks::DuckDb,
            None => of_text(head),
        }
    }

    /// Whether it is the format of a catalog.
    pub fn is_catalog(self) -> bool {
        matches!(
            self,
            Looks::Parquet | Looks::EncryptedParquet | Looks::ArrowFile | Looks::ArrowStream
        )
    }

    /// What to do with such a file where a catalog is wanted.
    pub fn help_for_catalog(self) -> Option<&'static str> {
        Some(match self {
            Looks::Json | Looks::Yaml => {
                "frameworks are given with `--frameworks`, overrides with `--overrides`, compliance \
                 documents with `--compliance`; a catalog is written as Parquet or Arrow IPC"
            }
            Looks::Gzip
            | Looks::Zstandard
            | Looks::Lz4
            | Looks::Snappy
            | Looks::Bzip2
            | Looks::Xz
            | Looks::Zip => "unpack it first",
            Looks::Csv => {
                "write the catalog as Parquet or Arrow IPC; overrides in CSV are given with \
                 `--overrides`"
            }
            Looks::FeatherV1 => "write it again as Feather version 2 (Arrow IPC) or as Parquet",
            Looks::Excel
            | Looks::Avro
            | Looks::Orc
            | Looks::Sqlite
            | Looks::DuckDb
            | Looks::Xml
            | Looks::Html
            | Looks::Utf16
            | Looks::Text => "write the catalog as Parquet or Arrow IPC",
            Looks::Parquet => "write or copy it again",
            _ => return None,
        })
    }
}

impl fmt::Display for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Looks::Empty => "an empty file",
            Looks::Parquet => "a Parquet file",
            Looks::EncryptedParquet => "an encrypted Parquet file",
            Looks::ArrowFile => "an Arrow IPC file",
            Looks::ArrowStream => "an Arrow IPC stream",
            Looks::FeatherV1 => "a Feather file of version 1",
            Looks::Gzip => "a gzip file",
            Looks::Zstandard => "a Zstandard file",
            Looks::Lz4 => "an LZ4 file",
            Looks::Snappy => "a Snappy file",
            Looks::Bzip2 => "a bzip2 file",
            Looks::Xz => "an xz file",
            Looks::Zip => "a zip file",
            Looks::Excel => "an Excel workbook",
            Looks::Avro => "an Avro file",
            Looks::Orc => "an ORC file",
            Looks::Sqlite => "an SQLite database",
            Looks::DuckDb => "a DuckDB database",
            Looks::Json => "a JSON document",
            Looks::Xml => "an XML document",
            Looks::Html => "an HTML page",
            Looks::Yaml => "a YAML document",
            Looks::Csv => "a CSV file",
            Looks::Pdf => "a PDF document",
            Looks::Utf16 => "text in UTF-16",
            Looks::Text => "a text file",
            Looks::Unknown => "no file that is known here",
        })
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// What text looks like, by its first lines.
fn of_text(head: &[u8]) -> Looks {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    // A character may be cut in two where the head ends.
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return Looks::Unknown,
    };
    if text.contains(|c: char| c.is_control() && !c.is_whitespace()) {
        return Looks::Unknown;
    }
    let lines = text.lines().map(str::trim_end);
    let mut lines = lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let Some(first) = lines.next() else {
        return Looks::Text;
    };
    let begins = first.trim_start();
    if begins.starts_with(['{', '[']) {
        return Looks::Json;
    }
    if begins.starts_with("<html") || begins.starts_with("<HTML") {
        return Looks::Html;
    }
    let is_key = |line: &str| {
        let key = line.split_once(':').map(|(key, _)| key.trim());
        key.is_some_and(|key| !key.is_empty() && !key.contains([',', ';', '\t']))
    };
    if first == "---" || begins.starts_with("- ") || is_key(first) {
        return Looks::Yaml;
    }
    let second = lines.next();
    let is_csv = [',', ';', '\t', '|'].into_iter().any(|mark| {
        let fields = first.matches(mark).count();
        let second = second.map(|line| line.matches(mark).count());
        fields > 0 && second.is_none_or(|second| second >= fields)
    });
    match is_csv {
        true => Looks::Csv,
        false => Looks::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::Looks;

    #[test]
    fn files_are_known_by_how_they_begin() {
        let cases: [(&[u8], Looks); 14] = [
            (b"", Looks::Empty),
            (b"PAR1xxxx", Looks::Parquet),
            (b"PARExxxx", Looks::EncryptedParquet),
            (b"\x1f\x8b\x08", Looks::Gzip),
            (b"PK\x03\x04....xl/workbook.xml", Looks::Excel),
            (b"PK\x03\x04....a.parquet", Looks::Zip),
            (b"Obj\x01avro.schema", Looks::Avro),
            (b"\xef\xbb\xbf{\"a\": 1}", Looks::Json),
            (b"# c\n\n[1]", Looks::Json),
            (b"name: x\nrules: []\n", Looks::Yaml),
            (b"data_source_id,column_name\na,b\n", Looks::Csv),
            (b"a;b;c\n1;2;3\n", Looks::Csv),
            (b"hello world\n", Looks::Text),
            (&[0, 1, 2, 3], Looks::Unknown),
        ];
        for (head, looks) in cases {
            assert_eq!(
                Looks::of(head),
                looks,
                "{:?}",
                String::from_utf8_lossy(head)
            );
        }
    }
}
