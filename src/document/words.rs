//! How a document's content is called where a help speaks of it.

use super::Fault;
use crate::diagnostic::Code;

/// How a document's content is called where a help speaks of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    /// One of what it holds.
    pub(crate) one: &'static str,
    /// Several of them.
    pub(crate) many: &'static str,
    /// What may be written at the root.
    pub(crate) roots: &'static str,
}

impl Words {
    /// The same fault, with what to do about it in these words.
    pub(super) fn mend(&self, fault: Box<Fault>) -> Box<Fault> {
        match fault.code {
            Code::Syntax if fault.is_empty => fault.with_help(format!("write {}", self.roots)),
            Code::TooDeep => fault.with_help(format!("no {} needs such nesting", self.one)),
            Code::ManyDocuments => fault.with_help(format!(
                "write the {} as one list, or each into its own file",
                self.many
            )),
            _ => fault,
        }
    }
}
