//! Runs that are taken away, and what killed runs left behind.

use super::contents::is_ours;
use super::error::{CommitError, Step};
use super::leftovers;
use super::place::Place;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Takes the run at `out` away, and what killed runs into `out` left beside it.
///
/// The run loses its name first, so that half of it never looks like a whole one.
/// Something else than a run of ours is left as it is.
///
/// ```
/// use classmark::output::{Staging, discard};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// let out = dir.path().join("run");
/// std::fs::create_dir(&out)?;
/// std::fs::write(out.join("manifest.json"), r#"{"tool": {"name": "classmark"}}"#)?;
/// discard(&out)?;
/// assert!(!out.exists());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`CommitError::Failed`] when the system does not let it go.
pub fn discard(out: &Path) -> Result<(), CommitError> {
    let place = Place::resolve(out)?;
    leftovers::clear(&place);
    if !is_ours(out) {
        return Ok(());
    }
    let gone = leftovers::nameless(&place);
    fs::rename(out, &gone).map_err(CommitError::failed(Step::Rename, out))?;
    fs::remove_dir_all(&gone).map_err(CommitError::failed(Step::Remove, out))
}

/// The names of runs that something in `folder` belongs to: runs, and what killed
/// ones left behind; sorted, each once. A folder that is not there has none.
///
/// # Errors
///
/// [`CommitError::Failed`] when the folder cannot be read.
pub fn traces(folder: &Path) -> Result<Vec<String>, CommitError> {
    let failed = |error| CommitError::failed(Step::Read, folder)(error);
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        names.extend(leftovers::owner(&name).and_then(|name| name.to_str().map(str::to_owned)));
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}
