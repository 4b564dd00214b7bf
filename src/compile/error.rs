//! Why frameworks cannot be compiled.

use crate::diagnostic::Diagnostic;
use std::error::Error;
use std::fmt;

/// Frameworks that cannot be compiled, and everything that is wrong with them.
///
/// Shown as the first diagnostic and the number of further ones;
/// [`CompileError::diagnostics`] has all of them.
///
/// ```
/// use classmark::compile::{CompileError, Options, Program};
/// use classmark::framework::Framework;
///
/// fn rules(frameworks: &[Framework]) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
///     Ok(Program::compile(frameworks, Options::default())?.rule_count())
/// }
/// assert_eq!(rules(&[])?, 0);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileError {
    diagnostics: Vec<Diagnostic>,
}

impl CompileError {
    /// An error with these diagnostics, of which there is at least one.
    pub(super) fn new(diagnostics: Vec<Diagnostic>) -> Self {
        CompileError { diagnostics }
    }

    /// Everything that is wrong, in the order of the frameworks.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The diagnostics themselves.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.diagnostics.first() else {
            return f.write_str("the frameworks cannot be compiled");
        };
        write!(f, "{}: {}", first.code, first.message)?;
        match self.diagnostics.len() {
            1 => Ok(()),
            2 => f.write_str(" (and 1 more error)"),
            all => write!(f, " (and {} more errors)", all - 1),
        }
    }
}

impl Error for CompileError {}
