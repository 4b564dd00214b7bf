//! `classmark generate`: a synthetic catalog and frameworks.

use crate::arguments::{Format, GenerateArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{counted, print};
use crate::render::{escaped, json};
use crate::signals;
use classmark::catalog::{PathError, remote};
use classmark::output::Staging;
use classmark::synth::{GeneratedFile, Spec, SynthError, write_catalog_while, write_frameworks};
use serde::Serialize;
use std::fmt::Write;
use std::fs::File;
use std::path::Path;

/// What was written, as JSON.
#[derive(Serialize)]
struct Generated {
    out: String,
    seed: u64,
    files: Vec<FileRecord>,
}

#[derive(Serialize)]
struct FileRecord {
    name: String,
    #[serde(flatten)]
    holds: Holds,
    bytes: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Holds {
    Rows(u64),
    Rules(u64),
}

/// Writes catalog and frameworks, all or nothing.
pub(crate) fn run(asked: &GenerateArguments) -> Result<Exit, Failure> {
    let spec = asked.spec();
    spec.columns()?;
    if let Some(what) = remote(&asked.out).filter(|_| !asked.out.exists()) {
        let error = PathError::Remote(asked.out.clone(), what);
        return Err(Failure::Pipeline(error.into()));
    }
    let staging = Staging::begin(&asked.out, false)?;
    let files = write(&spec, staging.path()).map_err(|e| in_out(e, &staging, &asked.out))?;
    staging.commit()?;
    let generated = Generated {
        out: asked.out.display().to_string(),
        seed: spec.seed,
        files,
    };
    let text = match asked.format {
        Format::Human => in_words(&generated),
        Format::Json => json(&generated),
    };
    print(text.as_bytes())?;
    Ok(Exit::Done)
}

/// The error as one about the folder where people look for the files.
fn in_out(error: SynthError, staging: &Staging, out: &Path) -> SynthError {
    match error {
        SynthError::Io { path, source } => SynthError::Io {
            path: match path.strip_prefix(staging.path()) {
                Ok(name) => out.join(name),
                Err(_) => path,
            },
            source,
        },
        other => other,
    }
}

fn write(spec: &Spec, folder: &Path) -> Result<Vec<FileRecord>, SynthError> {
    let frameworks = folder.join("frameworks");
    let catalog = write_catalog_while(spec, folder, &|| signals::received().is_none())?;
    let documents = write_frameworks(spec, &frameworks)?;
    for path in catalog.iter().chain(&documents).map(|file| &file.path) {
        sync(path)?;
    }
    if !documents.is_empty() {
        sync(&frameworks)?;
    }
    let rows = catalog.iter().map(|file| record(file, folder, Holds::Rows));
    let rules = documents
        .iter()
        .map(|file| record(file, folder, Holds::Rules));
    Ok(rows.chain(rules).collect())
}

/// Forces a file or the names in a folder to the disk.
fn sync(path: &Path) -> Result<(), SynthError> {
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.map_err(|source| SynthError::Io {
        path: path.to_owned(),
        source,
    })
}

fn record(file: &GeneratedFile, folder: &Path, holds: fn(u64) -> Holds) -> FileRecord {
    let name = file.path.strip_prefix(folder).unwrap_or(&file.path);
    FileRecord {
        name: name.display().to_string(),
        holds: holds(file.rows),
        bytes: file.bytes,
    }
}

fn in_words(generated: &Generated) -> String {
    let files = counted(generated.files.len() as u64, "file");
    let mut text = format!("wrote {files} into {}\n", escaped(&generated.out));
    let longest = generated.files.iter().map(|file| file.name.len()).max();
    let width = longest.unwrap_or(0);
    for file in &generated.files {
        let holds = match file.holds {
            Holds::Rows(rows) => counted(rows, "row"),
            Holds::Rules(rules) => counted(rules, "rule"),
        };
        // Writing into a string does not fail.
        let _ = writeln!(
            text,
            "  {:<width$}  {holds}, {} bytes",
            file.name, file.bytes
        );
    }
    text
}
