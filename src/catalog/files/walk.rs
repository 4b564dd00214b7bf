//! Paths to files: folders are walked, and what is passed over there is noted.

use super::selection::{
    Expanded, PassedOver, Reason, Selection, is_hidden, is_marker, is_set_aside,
};
use crate::catalog::looks::looks_of;
use crate::catalog::paths::{PathError, unreadable};
use crate::catalog::table_format::TableFormat;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::hash::Hash;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// Largest manifest of a run that is looked into, in bytes.
const LARGEST_MANIFEST: u64 = 64 << 20;

/// Where files are found: wherever the program may, or below one folder.
pub(super) trait Tree {
    /// A folder that is known to be one.
    type Folder;
    /// By what a file is known again.
    type Key: Eq + Hash;

    /// What is at a path, links followed.
    fn look(&self, path: &Path) -> Result<There<Self::Folder, Self::Key>, PathError>;

    /// All names in a folder, hidden ones too, sorted.
    fn names(&self, folder: &Self::Folder) -> io::Result<Vec<OsString>>;

    /// Whether a name in a folder is a link.
    fn is_link(&self, folder: &Self::Folder, name: &OsString) -> bool;

    /// Opens a file.
    fn open(&self, path: &Path) -> io::Result<File>;

    /// The path of a name in a folder.
    fn inner(&self, folder: &Path, name: &OsString) -> PathBuf {
        folder.join(name)
    }

    /// The folders above a path, each with the name in it that leads to the path.
    fn above(&self, path: &Path) -> Vec<(PathBuf, OsString)>;
}

/// Something that is there: a file or a folder.
pub(super) enum There<F, K> {
    File(K),
    Folder(F),
}

/// Collects files.
pub(super) struct Walk<'w, T: Tree> {
    tree: &'w T,
    selection: &'w Selection<'w>,
    /// A file given twice is one file.
    seen: HashSet<T::Key>,
    found: Expanded,
    /// Files met, those met before too.
    met: usize,
    /// The table formats of folders above what was given.
    tables: HashMap<PathBuf, Option<TableFormat>>,
    /// Folders, and whether they hold results.
    runs: HashMap<PathBuf, bool>,
    /// The path that is walked, as it was given.
    given: PathBuf,
}

impl<'w, T: Tree> Walk<'w, T> {
    pub(super) fn new(tree: &'w T, selection: &'w Selection<'w>) -> Self {
        Walk {
            tree,
            selection,
            seen: HashSet::new(),
            found: Expanded::default(),
            met: 0,
            tables: HashMap::new(),
            runs: HashMap::new(),
            given: PathBuf::new(),
        }
    }

    /// Takes what one given path stands for: `paths` is itself, or what a glob matches.
    pub(super) fn take_given(
        &mut self,
        given: &Path,
        paths: impl IntoIterator<Item = Result<PathBuf, PathError>>,
    ) -> Result<(), PathError> {
        self.given = given.to_owned();
        let before = self.met;
        for path in paths {
            let path = path?;
            if self.selection.is_of_tables() {
                self.check_above(&path)?;
            }
            let there = self.tree.look(&path)?;
            // What a glob finds was not named by anybody.
            let parent = path.parent().filter(|_| path != given);
            match parent.filter(|_| matches!(there, There::File(_))) {
                Some(folder) if self.is_run(folder) => {}
                _ => self.take(&path, there)?,
            }
        }
        match self.met == before {
            true => Err(no_files(given, self.selection, &self.found)),
            false => Ok(()),
        }
    }

    pub(super) fn finish(self) -> Expanded {
        self.found
    }

    fn take(&mut self, path: &Path, there: There<T::Folder, T::Key>) -> Result<(), PathError> {
        match there {
            There::Folder(folder) => self.take_folder(path, &folder),
            There::File(key) => {
                self.met += 1;
                if self.seen.insert(key) {
                    self.found.files.push(path.to_owned());
                }
                Ok(())
            }
        }
    }

    fn take_folder(&mut self, path: &Path, folder: &T::Folder) -> Result<(), PathError> {
        if self.selection.is_of_tables()
            && let Some(format) = self.format_of(path)
        {
            return Err(PathError::TableFormat(path.to_owned(), format));
        }
        let names = self.tree.names(folder).map_err(|e| unreadable(path, e))?;
        if names.iter().any(|name| name == "manifest.json") && self.is_run(path) {
            return Ok(());
        }
        for name in names {
            let inner = self.tree.inner(path, &name);
            let is_folder = || matches!(self.tree.look(&inner), Ok(There::Folder(_)));
            if is_hidden(&name, is_folder) || is_marker(&name) {
                continue;
            }
            let linked = self.tree.is_link(folder, &name);
            match self.tree.look(&inner) {
                Ok(There::Folder(_)) if linked => self.pass_over(&inner, Reason::FolderLink),
                Ok(There::Folder(folder)) => self.take(&inner, There::Folder(folder))?,
                Ok(file) => match self.judge(&inner, &name)? {
                    Ok(()) => self.take(&inner, file)?,
                    Err(reason) => self.pass_over(&inner, reason),
                },
                // One that leads out is an error: nobody may look what it leads to.
                Err(error) if linked && !matches!(error, PathError::Outside(_)) => {
                    self.pass_over(&inner, Reason::DeadLink);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether a file in a folder is taken; else why it is passed over.
    fn judge(&self, path: &Path, name: &OsString) -> Result<Result<(), Reason>, PathError> {
        let selection = self.selection;
        if selection.takes_name(name) {
            return Ok(Ok(()));
        }
        if selection.is_by_name() {
            return Ok(Err(Reason::OtherEnding));
        }
        if is_set_aside(name) {
            return Ok(Err(Reason::SetAside));
        }
        let looks = self
            .tree
            .open(path)
            .and_then(|mut file| looks_of(&mut file));
        Ok(selection.takes_content(looks.map_err(|e| unreadable(path, e))?))
    }

    fn pass_over(&mut self, path: &Path, reason: Reason) {
        PassedOver::note(&mut self.found.passed_over, &self.given, path, reason);
    }

    /// Refuses what lies in a table.
    fn check_above(&mut self, path: &Path) -> Result<(), PathError> {
        let is_folder = matches!(self.tree.look(path), Ok(There::Folder(_)));
        for (place, (folder, child)) in self.tree.above(path).into_iter().enumerate() {
            let format = match self.tables.get(&folder) {
                Some(known) => *known,
                None => {
                    let format = self.format_of(&folder);
                    self.tables.insert(folder.clone(), format);
                    format
                }
            };
            let is_file_in = place == 0 && !is_folder;
            if let Some(format) = format
                && (is_file_in || format.has_files_in(&child))
            {
                return Err(PathError::TableFormat(folder, format));
            }
        }
        Ok(())
    }

    fn format_of(&self, folder: &Path) -> Option<TableFormat> {
        let look = |name: &str| self.tree.look(&folder.join(name));
        TableFormat::of(
            |name| matches!(look(name), Ok(There::Folder(_))),
            |name| match look(name) {
                Ok(There::Folder(found)) => self.tree.names(&found).unwrap_or_default(),
                _ => Vec::new(),
            },
        )
    }

    /// Whether a folder holds results of ours; the first time, that is noted for
    /// the path given.
    fn is_run(&mut self, folder: &Path) -> bool {
        let known = self.runs.get(folder).copied();
        let is_run = known.unwrap_or_else(|| self.has_manifest(folder));
        if is_run && known.is_none() {
            self.pass_over(folder, Reason::Results);
        }
        self.runs.insert(folder.to_owned(), is_run);
        is_run
    }

    /// Whether a folder has a manifest of ours.
    fn has_manifest(&self, folder: &Path) -> bool {
        #[derive(Deserialize)]
        struct Manifest {
            tool: Tool,
        }
        #[derive(Deserialize)]
        struct Tool {
            name: String,
        }
        let path = folder.join("manifest.json");
        if !matches!(self.tree.look(&path), Ok(There::File(_))) {
            return false;
        }
        let Ok(file) = self.tree.open(&path) else {
            return false;
        };
        let read = BufReader::new(file.take(LARGEST_MANIFEST));
        serde_json::from_reader::<_, Manifest>(read)
            .is_ok_and(|manifest| manifest.tool.name == "classmark")
    }
}

fn no_files(path: &Path, selection: &Selection<'_>, found: &Expanded) -> PathError {
    let mut wanted = selection.wanted();
    for passed in found.passed_over.iter().filter(|one| one.given == path) {
        wanted.push_str(&format!("; passed over {passed}"));
    }
    PathError::NoFiles(path.to_owned(), wanted)
}

/// The folders that a path leads through, innermost first, each with the name
/// in it that comes next.
pub(super) fn above(path: &Path) -> Vec<(PathBuf, OsString)> {
    let names = path.ancestors().map(|part| part.file_name());
    let folders = path.ancestors().skip(1);
    let of = |(folder, name): (&Path, Option<&OsStr>)| {
        let folder = match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        };
        Some((folder.to_owned(), name?.to_owned()))
    };
    folders.zip(names).filter_map(of).collect()
}
