//! Files to overrides, whatever their format.

use super::row::FIELDS;
use super::{Override, Overrides, csv, json, parquet};
use crate::catalog::error::{CatalogError, is_of_machine, system_reason};
use crate::catalog::file::calmly;
use crate::catalog::files::{Files, Selection};
use crate::catalog::fingerprint::fingerprint;
use crate::catalog::looks::{Looks, looks_of};
use crate::catalog::paths::PathError;
use crate::diagnostic::{Code, Diagnostic, Nearest, Source, quoted};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How files of overrides are called in folders.
pub const OVERRIDE_EXTENSIONS: [&str; 6] = ["parquet", "pq", "csv", "json", "ndjson", "jsonl"];

/// Larger documents of text are refused.
const MOST_BYTES: u64 = 1 << 26;
/// More findings about one file are counted and not told one by one.
const MOST_FINDINGS: usize = 10_000;

/// Overrides out of files.
#[derive(Debug, Default)]
pub struct OverrideFiles {
    /// Those of sound rows, in the order of files and rows; none is judged yet.
    pub overrides: Overrides,
    /// Everything that is wrong or questionable. With an error among them,
    /// the overrides are not all that were meant.
    pub findings: Vec<Diagnostic>,
    /// The files that could be read.
    pub files: Vec<OverrideFile>,
}

/// A file of overrides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Its rows, sound or not.
    pub rows: u64,
    /// Its [`fingerprint`].
    pub fingerprint: String,
}

/// Reads all overrides that `paths` stand for: Parquet, CSV and JSON, told
/// apart by their extensions.
///
/// A row has a `data_source_id`, `column_name`, `tag_name` and `action`
/// (`reject`), and may have a `tag_source`, `reason`, `owner` and `expires`.
/// What is wrong with a file or a row is a finding, so that the others are
/// still looked at.
///
/// # Errors
///
/// A path that stands for no file.
pub fn read_overrides(paths: &[PathBuf], files: &Files) -> Result<OverrideFiles, PathError> {
    let mut all = OverrideFiles::default();
    let selection = Selection::endings_or_parquet(&OVERRIDE_EXTENSIONS);
    let expanded = match files.expand(paths, &selection) {
        Err(error @ PathError::TableFormat(..)) => {
            all.findings.extend(error.diagnostic());
            return Ok(all);
        }
        expanded => expanded?,
    };
    all.findings.extend(expanded.warnings());
    for path in expanded.files {
        let mut found = Found::default();
        let file = read(&path, files, &mut found)?;
        all.files
            .extend(file.map(|(bytes, fingerprint)| OverrideFile {
                path: path.clone(),
                bytes,
                rows: found.rows,
                fingerprint,
            }));
        found.finish(&path);
        all.findings.append(&mut found.findings);
        for given in found.overrides {
            all.insert(given);
        }
    }
    Ok(all)
}

impl OverrideFiles {
    /// Adds an override; that it repeats another one is worth a warning.
    fn insert(&mut self, given: Override) {
        let place = given.place.clone();
        let tag = given.tag.to_string();
        let (id, column) = (given.data_source_id.clone(), given.column_name.clone());
        // Asked for before the other one may take its place.
        let known = self.overrides.known(&given).and_then(|o| o.place.clone());
        let Some(number) = self.overrides.insert(given) else {
            return;
        };
        let (tag, column, id) = (quoted(&tag), quoted(&column), quoted(&id));
        let counts = self.overrides.all().get(number);
        let until = match counts.and_then(|counts| counts.expires) {
            Some(day) => format!("until {day}"),
            None => "without end".to_owned(),
        };
        let first = known.map_or_else(String::new, |place| format!(", first at {place}"));
        let message = format!("{tag} is rejected twice on column {column} of {id}{first}");
        let finding = Diagnostic::warning(Code::DuplicateOverride, message)
            .with_help(format!("the one that lasts longer counts: it acts {until}"));
        self.findings.push(match place {
            Some(place) => place.finding(finding, None),
            None => finding,
        });
    }
}

/// What has been found in a file so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    overrides: Vec<Override>,
    findings: Vec<Diagnostic>,
    rows: u64,
    untold: u64,
}

impl Found {
    /// Something is wrong, and not with one row.
    pub(super) fn fault(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// A row, which gives an override or has findings.
    pub(super) fn row(&mut self, check: impl FnOnce(&mut Vec<Diagnostic>) -> Option<Override>) {
        self.rows += 1;
        let before = self.findings.len();
        self.overrides.extend(check(&mut self.findings));
        if before >= MOST_FINDINGS {
            self.untold += (self.findings.len() - before) as u64;
            self.findings.truncate(before);
        }
    }

    fn finish(&mut self, path: &Path) {
        if self.untold > 0 {
            let name = path.display().to_string();
            let message = format!(
                "{} has {} more faults in its rows",
                quoted(&name),
                self.untold
            );
            self.fault(Diagnostic::error(Code::BadRow, message));
        }
    }
}

/// The formats that overrides come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Parquet,
    Csv,
    Json,
    JsonLines,
}

impl Format {
    /// What the name of a file says.
    fn of_name(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "parquet" | "pq" => Format::Parquet,
            "csv" => Format::Csv,
            "json" => Format::Json,
            "ndjson" | "jsonl" => Format::JsonLines,
            _ => return None,
        })
    }
}

/// Reads a file; its size and fingerprint, if it could be read.
///
/// # Errors
///
/// When the machine fails: then nothing is wrong with the file.
fn read(path: &Path, files: &Files, found: &mut Found) -> Result<Option<(u64, String)>, PathError> {
    let name = path.display().to_string();
    let looks = files.open(path).and_then(|mut file| looks_of(&mut file));
    let format = match (Format::of_name(path), looks) {
        (_, Err(error)) => Err(error),
        (format, Ok(looks)) => {
            if let Some(finding) = foreign(&name, format, looks) {
                found.fault(finding);
                return Ok(None);
            }
            let parquet = (looks == Looks::Parquet).then_some(Format::Parquet);
            Ok(format.or(parquet))
        }
    };
    let done = match format {
        Ok(Some(Format::Parquet)) => read_table(path, files, found),
        Ok(Some(format)) => read_text((path, &name), files, format, found),
        Ok(None) => {
            let message = format!("{} is of no format that is known here", quoted(&name));
            let finding = Diagnostic::error(Code::BrokenFile, message);
            let help =
                "give it the ending `.parquet`, `.csv`, `.json` or `.ndjson` that it deserves";
            found.fault(finding.in_file(name).with_help(help));
            return Ok(None);
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(done) => Ok(done),
        Err(error) if is_of_machine(&error) => Err(PathError::Unreadable(path.to_owned(), error)),
        Err(error) => {
            let message = format!("cannot read {}: {}", quoted(&name), system_reason(&error));
            found.fault(Diagnostic::error(Code::BrokenFile, message).in_file(name));
            Ok(None)
        }
    }
}

/// What is said of a file whose content is not what its name says.
fn foreign(name: &str, format: Option<Format>, looks: Looks) -> Option<Diagnostic> {
    let is_foreign = match (format, looks) {
        (_, Looks::Unknown | Looks::Utf16 | Looks::Text | Looks::Empty) => false,
        (Some(Format::Parquet) | None, Looks::Parquet | Looks::EncryptedParquet) => false,
        (Some(Format::Parquet), _) => true,
        // Text of one kind may look like text of another.
        (_, Looks::Csv | Looks::Json | Looks::Yaml) => false,
        _ => true,
    };
    if !is_foreign {
        return None;
    }
    let message = format!(
        "{} looks like {looks}, and cannot be read as overrides",
        quoted(name)
    );
    let help = match looks {
        Looks::ArrowFile | Looks::ArrowStream => {
            "write the overrides as Parquet, CSV or JSON; a catalog is given with `--columns`"
        }
        _ => "overrides are read from Parquet, CSV, JSON and NDJSON, told apart by their endings",
    };
    Some(
        Diagnostic::error(Code::BrokenFile, message)
            .in_file(name)
            .with_help(help),
    )
}

fn read_table(path: &Path, files: &Files, found: &mut Found) -> io::Result<Option<(u64, String)>> {
    let bytes = files.open(path)?.metadata()?.len();
    match calmly(path, || parquet::read(path, files, found)) {
        Ok(()) => Ok(Some((bytes, fingerprint(files.open(path)?)?))),
        Err(CatalogError::Unreadable { error, .. }) => Err(error),
        Err(error) => {
            let code = match error {
                CatalogError::Schema { .. } => Code::BadSchema,
                _ => Code::BrokenFile,
            };
            let finding = Diagnostic::error(code, error.to_string());
            let finding = finding.in_file(path.display().to_string());
            found.fault(match error.help() {
                Some(help) => finding.with_help(help),
                None => finding,
            });
            Ok(None)
        }
    }
}

fn read_text(
    (path, name): (&Path, &str),
    files: &Files,
    format: Format,
    found: &mut Found,
) -> io::Result<Option<(u64, String)>> {
    let mut bytes = Vec::new();
    // Of one over the limit only as many bytes as show that it is.
    files
        .open(path)?
        .take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        let message = format!("{} is larger than {} MiB", quoted(name), MOST_BYTES >> 20);
        let finding = Diagnostic::error(Code::TooLarge, message);
        found.fault(finding.with_help("give so many overrides as Parquet"));
        return Ok(None);
    }
    let (size, hash) = (bytes.len() as u64, fingerprint(&bytes[..])?);
    let help = match format {
        Format::Csv => "save it as UTF-8, in Excel as `CSV UTF-8 (comma delimited)`",
        _ => "save it as UTF-8",
    };
    if is_utf16(&bytes) {
        let message = format!("{} is UTF-16 and not UTF-8", quoted(name));
        found.fault(Diagnostic::error(Code::NotUtf8, message).with_help(help));
        return Ok(None);
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let message = format!("{} is not UTF-8 from byte {at} on", quoted(name));
            found.fault(Diagnostic::error(Code::NotUtf8, message).with_help(help));
            return Ok(None);
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if text.trim().is_empty() {
        // An export that failed looks like this, too.
        let (code, help) = match format {
            Format::Csv => (
                Code::EmptyInput,
                "a file without overrides has the names of the columns",
            ),
            _ => (Code::Syntax, "a file without overrides is `[]`"),
        };
        let finding = Diagnostic::error(code, "the document is empty");
        let finding = finding.at(&Source::new(name, text), 0..0, "");
        found.fault(finding.with_help(help));
        return Ok(None);
    }
    let source = Source::new(name, text);
    match format {
        Format::Csv => csv::read(&source, found),
        Format::JsonLines => json::read_lines(&source, found),
        Format::Json | Format::Parquet => json::read(&source, found),
    }
    Ok(Some((size, hash)))
}

/// Whether a text is in UTF-16, by its mark or by the zero bytes of its first letters.
fn is_utf16(bytes: &[u8]) -> bool {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [a, 0, b, 0, ..] | [0, a, 0, b, ..] => *a != 0 && *b != 0,
        _ => false,
    }
}

/// What to write instead of a name that no field has.
pub(super) fn nearest_field(written: &str) -> String {
    let names = FIELDS.iter().map(|(name, _)| *name);
    match Nearest::new().find(written, names.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => {
            let all: Vec<String> = names.map(|name| format!("`{name}`")).collect();
            format!("known are {}", all.join(", "))
        }
    }
}

/// How many bytes of a document come before a part of it.
pub(super) fn offset(document: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(document.as_ptr() as usize)
}
