//! The door by which framework documents come in.

use super::PipelineError;
use crate::catalog::{expand, fingerprint};
use crate::diagnostic::{Code, Diagnostic};
use crate::framework::{Format, Framework, Limits, check_together, decode, parse};
use crate::output::InputRecord;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How framework documents are called in folders.
const EXTENSIONS: [&str; 3] = ["json", "yaml", "yml"];

/// Framework documents, read and checked.
#[derive(Debug, Default)]
pub struct Documents {
    /// The frameworks without an error, in the order of the documents.
    pub frameworks: Vec<Framework>,
    /// All findings, in the order of the documents, then those about several.
    pub diagnostics: Vec<Diagnostic>,
    /// The files read.
    pub inputs: Vec<InputRecord>,
}

impl Documents {
    /// Whether a finding forbids the use of the frameworks.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Reads and checks all documents that `paths` stand for.
///
/// What is wrong inside a document is a finding; also a file that cannot be
/// read is one, so that the others are still looked at.
///
/// # Errors
///
/// A path that stands for no file.
pub fn load_frameworks(paths: &[PathBuf], limits: &Limits) -> Result<Documents, PipelineError> {
    let mut documents = Documents::default();
    for path in expand(paths, &EXTENSIONS)? {
        let name = path.display().to_string();
        match load(&path, &name, limits) {
            Ok(bytes) => documents.add(&name, &bytes, limits),
            Err(finding) => documents.diagnostics.push(finding),
        }
    }
    documents
        .diagnostics
        .extend(check_together(&documents.frameworks));
    Ok(documents)
}

/// A document's bytes; of one over the limit only as many as show that it is.
fn load(path: &Path, name: &str, limits: &Limits) -> Result<Vec<u8>, Diagnostic> {
    let unreadable = |error: std::io::Error| {
        let name = crate::diagnostic::quoted(name);
        Diagnostic::error(Code::BrokenFile, format!("{name} cannot be read: {error}"))
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    let most = (limits.max_bytes as u64).saturating_add(1);
    file.take(most)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}

impl Documents {
    fn add(&mut self, name: &str, bytes: &[u8], limits: &Limits) {
        let source = match decode(name, bytes, limits) {
            Ok(source) => source,
            Err(finding) => return self.diagnostics.push(finding),
        };
        let parsed = parse(&source, Format::of_name(name, source.text()), limits);
        self.frameworks.extend(parsed.frameworks);
        self.diagnostics.extend(parsed.diagnostics);
        self.inputs.push(InputRecord {
            role: "frameworks",
            path: name.to_owned(),
            bytes: bytes.len() as u64,
            rows: None,
            fingerprint: fingerprint(bytes).unwrap_or_default(),
        });
    }

    /// Frameworks that were not read from files.
    pub fn of(frameworks: Vec<Framework>) -> Self {
        Documents {
            diagnostics: check_together(&frameworks),
            frameworks,
            inputs: Vec::new(),
        }
    }
}
