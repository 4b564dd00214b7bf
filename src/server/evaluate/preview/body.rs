//! What is to be tried: a change, and perhaps a small catalog beside it.

use crate::diagnostic::{Code, quoted};
use crate::framework::{Format, Framework};
use crate::pipeline::CatalogRequest;
use crate::server::answer::{DiagnosticRecord, Refusal};
use crate::server::call::Call;
use crate::server::evaluate::refusal::refused;
use crate::server::evaluate::request::LIMITS;
use crate::server::frameworks::{Document, merged};
use crate::store::{FrameworkDocument, StoredFramework};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The fields of a body that brings a catalog. No framework has such fields.
const CHANGES: &str = "changes";
const CATALOG: &str = "catalog";

/// What is to be tried.
pub(super) struct Asked {
    changes: Document,
    /// Whether the change stands under `changes`.
    wrapped: bool,
    pub(super) catalog: Option<CatalogRequest>,
}

impl Asked {
    /// What a call asks for.
    ///
    /// # Errors
    ///
    /// As for a change of a framework; 400 and 413 over the catalog.
    pub(super) async fn of(call: &mut Call) -> Result<Self, Refusal> {
        let document = Document::of(call).await?;
        let fields: Option<BTreeMap<String, Box<RawValue>>> = match document.format() {
            Format::Json => serde_json::from_slice(document.bytes()).ok(),
            Format::Yaml => None,
        };
        match fields {
            Some(fields) if fields.contains_key(CHANGES) || fields.contains_key(CATALOG) => {
                Asked::wrapped(&fields)
            }
            // Whatever it is, it is told of as a change.
            _ => Ok(Asked {
                changes: document,
                wrapped: false,
                catalog: None,
            }),
        }
    }

    fn wrapped(fields: &BTreeMap<String, Box<RawValue>>) -> Result<Self, Refusal> {
        let known = |name: &str| name == CHANGES || name == CATALOG;
        if let Some(name) = fields.keys().find(|name| !known(name)) {
            let message = format!("unknown field {}", quoted(name));
            let help = "the fields here are `changes` and `catalog`";
            let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            return Err(fault(Code::UnknownField, message, pointer, help));
        }
        let Some(changes) = fields.get(CHANGES) else {
            let message = "field `changes` is missing".to_owned();
            return Err(fault(
                Code::MissingField,
                message,
                String::new(),
                "add `changes`",
            ));
        };
        let catalog = fields.get(CATALOG).map(|catalog| {
            let catalog = catalog.get().as_bytes();
            let read = CatalogRequest::of_json("catalog", catalog, &LIMITS);
            read.map_err(|error| below(CATALOG, refused(&error)))
        });
        Ok(Asked {
            changes: Document::new(changes.get().to_owned(), Format::Json),
            wrapped: true,
            catalog: catalog.transpose()?,
        })
    }

    /// The framework that comes of the change.
    pub(super) fn merged(
        &self,
        current: &StoredFramework,
    ) -> Result<(Framework, FrameworkDocument), Refusal> {
        let merged = merged(current, &self.changes);
        merged.map_err(|refusal| match self.wrapped {
            true => below(CHANGES, refusal),
            false => refusal,
        })
    }
}

/// A refusal whose places lie below a field.
fn below(field: &str, mut refusal: Refusal) -> Refusal {
    for finding in &mut refusal.diagnostics {
        finding.pointer = format!("/{field}{}", finding.pointer);
    }
    refusal
}

fn fault(code: Code, message: String, pointer: String, help: &str) -> Refusal {
    Refusal::bad(message.clone()).with([DiagnosticRecord {
        code: code.as_str().to_owned(),
        message,
        pointer,
        help: Some(help.to_owned()),
    }])
}
