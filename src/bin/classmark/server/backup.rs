//! `classmark store backup`: a copy of a store, taken while others write.

use super::arguments::{StoreArguments, StoreCommand};
use super::told;
use crate::arguments::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::print;
use crate::render::{escaped, json};
use classmark::pipeline::Blame;
use classmark::store::{OpenError, backup};
use serde::Serialize;

#[derive(Serialize)]
struct CopyRecord {
    copy: String,
}

/// Looks after a store.
pub(crate) fn run(asked: &StoreArguments) -> Result<Exit, Failure> {
    let StoreCommand::Backup(asked) = &asked.command;
    backup(&asked.store, &asked.copy).map_err(|error| {
        let blame = match &error {
            OpenError::Exists(_) | OpenError::Missing(_) => Blame::Usage,
            OpenError::Foreign(_)
            | OpenError::Broken { .. }
            | OpenError::Newer { .. }
            | OpenError::Elsewhere { .. }
            | OpenError::SeveralNames(_) => Blame::Input,
            _ => Blame::Output,
        };
        told(blame, &error)
    })?;
    let copy = asked.copy.display().to_string();
    let text = match asked.format {
        Format::Human => format!("the copy is whole: {}\n", escaped(&copy)),
        Format::Json => json(&CopyRecord { copy }),
    };
    print(text.as_bytes())?;
    Ok(Exit::Done)
}
