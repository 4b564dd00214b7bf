//! The door by which documents come in.

use super::PipelineError;
use crate::catalog::{
    Looks, PathError, Selection, expand, fingerprint, is_of_machine, system_reason,
};
use crate::compliance::{self, ComplianceFramework, check_rules};
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::document::{self, Format, decode};
use crate::framework::{self, Framework, Limits};
use crate::output::InputRecord;
use ahash::RandomState;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How documents are called in folders.
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
    /// How many files the paths stood for, those that cannot be read too.
    pub files: usize,
}

impl Documents {
    /// Whether a finding forbids the use of the frameworks.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Frameworks that were not read from files.
    pub fn of(frameworks: Vec<Framework>) -> Self {
        Documents {
            diagnostics: found_together(&frameworks, Vec::new()),
            frameworks,
            inputs: Vec::new(),
            files: 0,
        }
    }
}

/// Compliance documents, read and checked.
#[derive(Debug, Default)]
pub struct ComplianceDocuments {
    /// The compliance frameworks without an error, in the order of the documents.
    pub frameworks: Vec<ComplianceFramework>,
    /// All findings, in the order of the documents, then those about several.
    pub diagnostics: Vec<Diagnostic>,
    /// The files read.
    pub inputs: Vec<InputRecord>,
    /// How many files the paths stood for, those that cannot be read too.
    pub files: usize,
}

impl ComplianceDocuments {
    /// Whether a finding forbids the use of the compliance frameworks.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The compliance frameworks, and the files that they stand in.
    ///
    /// # Errors
    ///
    /// When the documents have errors: then some frameworks are missing.
    pub fn sound(self) -> Result<(Vec<ComplianceFramework>, Vec<InputRecord>), PipelineError> {
        match self.has_errors() {
            true => Err(PipelineError::Compliance(self.diagnostics)),
            false => Ok((self.frameworks, self.inputs)),
        }
    }

    /// Compliance frameworks that were not read from files.
    pub fn of(frameworks: Vec<ComplianceFramework>) -> Self {
        ComplianceDocuments {
            diagnostics: compliance::check_together(&frameworks),
            frameworks,
            inputs: Vec::new(),
            files: 0,
        }
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
    let loaded = load_all(paths, "frameworks", &limits.document(), |source, format| {
        let parsed = framework::parse(source, format, limits);
        (parsed.frameworks, parsed.diagnostics)
    })?;
    let diagnostics = found_together(&loaded.frameworks, loaded.diagnostics);
    Ok(Documents {
        frameworks: loaded.frameworks,
        diagnostics,
        inputs: loaded.inputs,
        files: loaded.files,
    })
}

/// The diagnostics of single documents and, behind them, those of all frameworks
/// together.
fn found_together(frameworks: &[Framework], mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.extend(framework::check_together(frameworks));
    // Where a document has errors, what is active in it is not known.
    if !found.iter().any(Diagnostic::is_error) {
        found.extend(framework::check_active(frameworks));
    }
    found
}

/// Reads and checks all compliance documents that `paths` stand for, as
/// [`load_frameworks`] does its own.
///
/// # Errors
///
/// A path that stands for no file.
///
/// ```
/// use classmark::compliance::Limits;
/// use classmark::pipeline::load_compliance;
///
/// let folder = "fixtures/demo/compliance".into();
/// let documents = load_compliance(&[folder], &Limits::default())?;
/// assert_eq!(documents.frameworks[0].handle, "larkfield-privacy");
/// # Ok::<(), classmark::pipeline::PipelineError>(())
/// ```
pub fn load_compliance(
    paths: &[PathBuf],
    limits: &compliance::Limits,
) -> Result<ComplianceDocuments, PipelineError> {
    let loaded = load_all(paths, "compliance", limits, |source, format| {
        let parsed = compliance::parse(source, format, limits);
        (parsed.frameworks, parsed.diagnostics)
    })?;
    let mut diagnostics = loaded.diagnostics;
    diagnostics.extend(compliance::check_together(&loaded.frameworks));
    Ok(ComplianceDocuments {
        frameworks: loaded.frameworks,
        diagnostics,
        inputs: loaded.inputs,
        files: loaded.files,
    })
}

/// The rule ids of compliance frameworks that no framework has, or only
/// inactive ones: warnings, for their controls will be `unknown`.
///
/// Among frameworks with errors nothing is said: what those that had to be left
/// out know, nobody can tell.
pub fn check_rules_known(
    compliance: &ComplianceDocuments,
    documents: &Documents,
) -> Vec<Diagnostic> {
    if documents.has_errors() {
        return Vec::new();
    }
    let rules = || {
        documents.frameworks.iter().flat_map(|framework| {
            let active = framework.active;
            framework
                .rules
                .iter()
                .map(move |rule| (rule.id.as_str(), active))
        })
    };
    let mut evaluated: HashMap<&str, bool, RandomState> = HashMap::default();
    for (id, active) in rules() {
        *evaluated.entry(id).or_default() |= active;
    }
    check_rules(
        &compliance.frameworks,
        |id| evaluated.get(id).copied(),
        rules().map(|(id, _)| id),
    )
}

/// What all documents of one kind hold together.
struct Loaded<T> {
    frameworks: Vec<T>,
    diagnostics: Vec<Diagnostic>,
    inputs: Vec<InputRecord>,
    files: usize,
}

/// Reads all documents that `paths` stand for; `parse` tells what one holds.
fn load_all<T>(
    paths: &[PathBuf],
    role: &'static str,
    limits: &document::Limits,
    parse: impl Fn(&Arc<Source>, Format) -> (Vec<T>, Vec<Diagnostic>),
) -> Result<Loaded<T>, PipelineError> {
    let expanded = expand(paths, &Selection::endings(&EXTENSIONS))?;
    let diagnostics = expanded.warnings();
    let files = expanded.files;
    let mut loaded = Loaded {
        frameworks: Vec::new(),
        diagnostics,
        inputs: Vec::new(),
        files: files.len(),
    };
    for path in files {
        let name = path.display().to_string();
        let decoded = load(&path, &name, (role, limits))?
            .and_then(|bytes| Ok((decode(&name, &bytes, limits)?, bytes)));
        let (source, bytes) = match decoded {
            Ok(decoded) => decoded,
            Err(finding) => {
                loaded.diagnostics.push(finding);
                continue;
            }
        };
        let (frameworks, diagnostics) = parse(&source, Format::of_name(&name, source.text()));
        loaded.frameworks.extend(frameworks);
        loaded.diagnostics.extend(diagnostics);
        loaded.inputs.push(InputRecord {
            role,
            path: name,
            bytes: bytes.len() as u64,
            rows: None,
            fingerprint: fingerprint(&*bytes).unwrap_or_default(),
        });
    }
    Ok(loaded)
}

/// A document's bytes; of one over the limit only as many as show that it is.
///
/// # Errors
///
/// When the machine fails: then nothing is wrong with the document.
fn load(
    path: &Path,
    name: &str,
    (role, limits): (&str, &document::Limits),
) -> Result<Result<Vec<u8>, Diagnostic>, PipelineError> {
    let read = || {
        let mut bytes = Vec::new();
        let most = (limits.max_bytes as u64).saturating_add(1);
        File::open(path)?.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match read() {
        Ok(bytes) => Ok(match foreign(name, role, &bytes) {
            Some(finding) => Err(finding),
            None => Ok(bytes),
        }),
        Err(error) if is_of_machine(&error) => {
            Err(PathError::Unreadable(path.to_owned(), error).into())
        }
        Err(error) => {
            let reason = system_reason(&error);
            let message = format!("cannot read {}: {reason}", crate::diagnostic::quoted(name));
            Ok(Err(
                Diagnostic::error(Code::BrokenFile, message).in_file(name)
            ))
        }
    }
}

/// The error for a file that looks like something other than a document.
fn foreign(name: &str, role: &str, bytes: &[u8]) -> Option<Diagnostic> {
    let looks = Looks::of(bytes.get(..4096).unwrap_or(bytes));
    let ends_in = |ending: &str| name.to_ascii_lowercase().ends_with(ending);
    match looks {
        Looks::Empty | Looks::Json | Looks::Yaml | Looks::Text | Looks::Utf16 | Looks::Unknown => {
            return None;
        }
        // Much of YAML looks like it.
        Looks::Csv if !ends_in(".csv") && !ends_in(".tsv") => return None,
        _ => {}
    }
    let file = crate::diagnostic::quoted(name);
    let message = format!("{file} looks like {looks}, and is no JSON or YAML document");
    let help = match looks {
        looks if looks.is_catalog() => {
            "a catalog is given with `--columns`, and its data sources with `--sources`".to_owned()
        }
        Looks::Csv => "overrides are given with `--overrides`".to_owned(),
        _ => format!("give `--{role}` JSON or YAML documents"),
    };
    Some(
        Diagnostic::error(Code::Syntax, message)
            .in_file(name)
            .with_help(help),
    )
}
