//! A part of a page that is being written.

use std::fmt::{self, Write};

/// A part of a page. `write!` into it does not fail, so there is nothing to ask.
#[derive(Debug, Clone, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// What `write!` calls.
    pub(super) fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) {
        // Writing into a string does not fail.
        let _ = self.0.write_fmt(arguments);
    }

    /// Whether nothing has been written.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of it.
    pub(super) fn into_text(self) -> String {
        self.0
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
