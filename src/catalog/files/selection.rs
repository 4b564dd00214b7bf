//! Which files of a folder are inputs, and what is passed over there.

use crate::catalog::looks::Looks;
use crate::diagnostic::{Code, Diagnostic, Source, quoted};
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

/// Endings of files that are compressed or say by what their pages are compressed.
const COMPRESSED: [&str; 17] = [
    "gz",
    "gzip",
    "snappy",
    "sz",
    "zst",
    "zstd",
    "lz4",
    "lz4raw",
    "lzo",
    "br",
    "brotli",
    "bz2",
    "xz",
    "zip",
    "deflate",
    "uncompressed",
    "none",
];
/// Endings of copies that were set aside and of files that are not finished.
const SET_ASIDE: [&str; 6] = ["bak", "old", "orig", "tmp", "temp", "swp"];
/// Names that a message lists.
const MOST_NAMES: usize = 5;

/// Which files of a folder are inputs of one kind.
///
/// ```
/// use classmark::catalog::{Files, Selection};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("a.json"), "{}")?;
/// std::fs::write(folder.path().join("notes.md"), "")?;
/// let found = Files::default().expand(&[folder.path().into()], &Selection::endings(&["json"]))?;
/// assert_eq!(found.files, [folder.path().join("a.json")]);
/// assert_eq!(found.passed_over[0].count, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Selection<'s> {
    endings: &'s [&'s str],
    by: By,
}

/// By what files of a folder are selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// Their endings; names without an ending are selected, too.
    Ending,
    /// The same, and Parquet whatever its ending.
    EndingOrParquet,
    /// Their content: Parquet and Arrow IPC, whatever they are called.
    Content,
}

impl<'s> Selection<'s> {
    /// Files with one of these endings, or without any.
    pub const fn endings(endings: &'s [&'s str]) -> Self {
        let by = By::Ending;
        Selection { endings, by }
    }

    /// Files with one of these endings, without any, or whose content is Parquet.
    pub(in crate::catalog) const fn endings_or_parquet(endings: &'s [&'s str]) -> Self {
        let by = By::EndingOrParquet;
        Selection { endings, by }
    }

    /// Files whose content is Parquet or Arrow IPC. A file that has one of these
    /// endings is selected whatever its content is: opening it then reports what is wrong.
    pub(in crate::catalog) const fn content(endings: &'s [&'s str]) -> Self {
        let by = By::Content;
        Selection { endings, by }
    }

    /// Whether the files are tables: then folders of table formats are refused.
    pub(super) fn is_of_tables(&self) -> bool {
        self.by != By::Ending
    }

    /// What files of a folder are looked for, for messages.
    pub(super) fn wanted(&self) -> String {
        match self.by {
            By::Content => "Parquet and Arrow IPC, whatever the ending".to_owned(),
            _ => listed(self.endings, "and"),
        }
    }

    /// Whether a file of this name needs no look at its content.
    pub(super) fn takes_name(&self, name: &OsStr) -> bool {
        let name = name.to_string_lossy();
        match self.by {
            By::Content => self.has_ending(last_but_compression(&name)),
            _ => !name.contains('.') || self.has_ending(ending(&name)),
        }
    }

    fn has_ending(&self, found: Option<&str>) -> bool {
        found.is_some_and(|found| self.endings.iter().any(|e| found.eq_ignore_ascii_case(e)))
    }

    /// Whether names alone decide.
    pub(super) fn is_by_name(&self) -> bool {
        self.by == By::Ending
    }

    /// Whether a file with this content is taken; else why it is passed over.
    pub(super) fn takes_content(&self, looks: Looks) -> Result<(), Reason> {
        match (looks, self.by) {
            (Looks::Parquet | Looks::EncryptedParquet, _) => Ok(()),
            (Looks::ArrowFile | Looks::ArrowStream, By::Content) => Ok(()),
            (Looks::Empty, By::Content) => Err(Reason::Empty),
            (_, By::Content) => Err(Reason::ForeignContent(looks)),
            _ => Err(Reason::OtherEnding),
        }
    }
}

/// Whether a name is one that writers of tables leave as a mark, or a checksum:
/// nobody expects it to be read.
pub(super) fn is_marker(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    ending(&name).is_some_and(|ending| ending.eq_ignore_ascii_case("crc"))
}

/// Whether names of this kind are of copies or unfinished files, whatever they hold.
pub(super) fn is_set_aside(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let known = |ending: &str| SET_ASIDE.iter().any(|e| ending.eq_ignore_ascii_case(e));
    name.ends_with('~') || ending(&name).is_some_and(known)
}

/// Whether a name is hidden; those of the form `key=value` are so only for files.
pub(super) fn is_hidden(name: &OsStr, is_folder: impl FnOnce() -> bool) -> bool {
    let bytes = name.as_encoded_bytes();
    let hidden = matches!(bytes.first(), Some(b'_' | b'.'));
    let keyed = || bytes.iter().position(|byte| *byte == b'=') > Some(0);
    hidden && !(keyed() && is_folder())
}

fn ending(name: &str) -> Option<&str> {
    let (stem, ending) = name.rsplit_once('.')?;
    (!stem.is_empty()).then_some(ending)
}

/// The last ending that is not about compression.
fn last_but_compression(name: &str) -> Option<&str> {
    let mut rest = name;
    loop {
        let (stem, ending) = rest.rsplit_once('.').filter(|(stem, _)| !stem.is_empty())?;
        if !COMPRESSED.iter().any(|c| ending.eq_ignore_ascii_case(c)) {
            return Some(ending);
        }
        rest = stem;
    }
}

/// `` `.a`, `.b` and `.c` ``.
fn listed(endings: &[&str], and: &str) -> String {
    let quoted: Vec<String> = endings.iter().map(|e| format!("`.{e}`")).collect();
    match quoted.as_slice() {
        [others @ .., last] if !others.is_empty() => {
            format!("{} {and} {last}", others.join(", "))
        }
        _ => quoted.concat(),
    }
}

/// The files that paths stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The files, in order, none twice.
    pub files: Vec<PathBuf>,
    /// What lies in the folders and is not read, by the path given and the reason.
    pub passed_over: Vec<PassedOver>,
}

impl Expanded {
    /// A warning for each path and reason.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        self.passed_over.iter().map(PassedOver::warning).collect()
    }
}

/// What lies in a folder and is not read, for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// The folder or glob, as it was given.
    pub given: PathBuf,
    /// How many files, folders or links there are.
    pub count: u64,
    /// The first of them, each with what it looks like, where that is known.
    names: Vec<(PathBuf, Option<Looks>)>,
    reason: Reason,
}

/// Why something in a folder is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// Neither Parquet nor Arrow IPC, but it may look like something else.
    ForeignContent(Looks),
    /// Of another ending than those wanted.
    OtherEnding,
    /// A file without a byte, and without an ending that promises some.
    Empty,
    /// A copy that was set aside, or a file that is not finished.
    SetAside,
    /// A link that leads nowhere.
    DeadLink,
    /// A link to a folder.
    FolderLink,
    /// A folder of results.
    Results,
}

impl Reason {
    fn same_kind(self, other: Reason) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

impl PassedOver {
    /// Counts something passed over below the path `given`.
    pub(super) fn note(all: &mut Vec<Self>, given: &Path, path: &Path, reason: Reason) {
        let seen = match reason {
            Reason::ForeignContent(looks) => Some(looks).filter(|looks| *looks != Looks::Unknown),
            _ => None,
        };
        let known = all
            .iter_mut()
            .find(|one| one.given == given && one.reason.same_kind(reason));
        let below = path.strip_prefix(given).unwrap_or(path);
        let name = match below.as_os_str().is_empty() {
            true => path.to_owned(),
            false => below.to_owned(),
        };
        match known {
            Some(one) => {
                one.count += 1;
                if one.names.len() < MOST_NAMES {
                    one.names.push((name, seen));
                }
            }
            None => all.push(PassedOver {
                given: given.to_owned(),
                count: 1,
                names: vec![(name, seen)],
                reason,
            }),
        }
    }

    /// The warning about it.
    pub fn warning(&self) -> Diagnostic {
        let given = self.given.display().to_string();
        let warning = Diagnostic::warning(Code::PassedOver, format!("passed over {self}"));
        Diagnostic {
            source: Some(Source::new(given, "")),
            ..match self.help() {
                Some(help) => warning.with_help(help),
                None => warning,
            }
        }
    }

    fn help(&self) -> Option<&'static str> {
        match self.reason {
            Reason::ForeignContent(_) | Reason::Empty => Some(
                "only Parquet and Arrow IPC are read; check that nothing of the catalog is missing",
            ),
            Reason::OtherEnding => Some("name a file outright to read it whatever its ending is"),
            Reason::SetAside => Some("name a file outright to read it, or give it another name"),
            Reason::DeadLink => Some("restore what it leads to, or remove it"),
            Reason::FolderLink => {
                Some("links to folders are not followed: name the folder itself to read it")
            }
            Reason::Results => None,
        }
    }
}

/// `` 2 files in `mix` that are neither Parquet nor Arrow IPC: `notes.md`, … ``.
impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = self.count == 1;
        let what = match (self.reason, one) {
            (Reason::DeadLink | Reason::FolderLink, true) => "link",
            (Reason::DeadLink | Reason::FolderLink, false) => "links",
            (Reason::Results, true) => "folder",
            (Reason::Results, false) => "folders",
            (_, true) => "file",
            (_, false) => "files",
        };
        let why = match (self.reason, one) {
            (Reason::ForeignContent(_), true) => "is neither Parquet nor Arrow IPC",
            (Reason::ForeignContent(_), false) => "are neither Parquet nor Arrow IPC",
            (Reason::OtherEnding, true) => "has another ending than those read",
            (Reason::OtherEnding, false) => "have other endings than those read",
            (Reason::Empty, true) => "is empty",
            (Reason::Empty, false) => "are empty",
            (Reason::SetAside, true) => "is a backup or unfinished by its name",
            (Reason::SetAside, false) => "are backups or unfinished by their names",
            (Reason::DeadLink, true) => "leads nowhere",
            (Reason::DeadLink, false) => "lead nowhere",
            (Reason::FolderLink, true) => "leads to a folder",
            (Reason::FolderLink, false) => "lead to folders",
            (Reason::Results, true) => "holds results of classmark",
            (Reason::Results, false) => "hold results of classmark",
        };
        let given = self.given.display().to_string();
        write!(
            f,
            "{} {what} in {} that {why}: ",
            self.count,
            quoted(&given)
        )?;
        for (place, (name, seen)) in self.names.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            let name = name.display().to_string();
            write!(f, "{comma}{}", quoted(&name))?;
            if let Some(seen) = seen {
                write!(f, " ({seen})")?;
            }
        }
        match self.count - self.names.len() as u64 {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CATALOG: Selection<'_> = Selection::content(&["parquet", "pq", "feather"]);

    #[test]
    fn endings_that_promise_a_catalog() {
        for name in [
            "a.parquet",
            "a.PARQUET",
            "a.snappy.parquet",
            "a.parquet.gz",
            "a.parquet.gzip",
            "a.parquet.snappy.gz",
            "a.pq",
            "a.feather",
        ] {
            assert!(CATALOG.takes_name(name.as_ref()), "{name}");
        }
        for name in [
            "a",
            "a.gz",
            "parquet",
            ".parquet",
            "a.parquet.md5",
            "a.parquet.bak",
            "a.parquetx",
            "a.",
        ] {
            assert!(!CATALOG.takes_name(name.as_ref()), "{name}");
        }
    }

    #[test]
    fn names_that_are_hidden() {
        for (name, file, folder) in [
            ("_SUCCESS", true, true),
            (".git", true, true),
            ("_date=2026-01-01", true, false),
            (".x=1", true, false),
            ("_=", true, false),
            ("a=1", false, false),
            ("", false, false),
        ] {
            let hidden = |is_folder| is_hidden(name.as_ref(), || is_folder);
            assert_eq!((hidden(false), hidden(true)), (file, folder), "{name}");
        }
        assert!(is_marker("a.parquet.crc".as_ref()) && !is_marker("crc".as_ref()));
        assert!(is_set_aside("a.parquet~".as_ref()) && is_set_aside("a.BAK".as_ref()));
    }

    #[test]
    fn a_warning_names_a_few_and_counts_the_rest() {
        let mut all = Vec::new();
        let given = Path::new("mix");
        for number in 0..7 {
            let path = given.join(format!("{number}.md"));
            PassedOver::note(&mut all, given, &path, Reason::ForeignContent(Looks::Text));
        }
        PassedOver::note(&mut all, given, &given.join("x"), Reason::Empty);
        let said: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "7 files in `mix` that are neither Parquet nor Arrow IPC: `0.md` (a text file), \
                 `1.md` (a text file), `2.md` (a text file), `3.md` (a text file), `4.md` (a text file) and 2 more",
                "1 file in `mix` that is empty: `x`",
            ]
        );
    }
}
