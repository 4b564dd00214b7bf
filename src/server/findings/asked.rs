//! Which rules a client asks for.

use crate::server::answer::Refusal;
use crate::server::call::Call;

/// Which rules a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// Milliseconds since 1970.
    pub(super) to: i64,
    pub(super) framework: Option<String>,
    pub(super) version: Option<String>,
    /// Whether rules that have found nothing are told, too.
    pub(super) without_findings: bool,
    /// Whether a framework of Datadog's own is asked for, of which there is none.
    pub(super) standard: bool,
}

impl Asked {
    /// What the query of a call says.
    ///
    /// # Errors
    ///
    /// 400.
    pub(super) fn of(call: &Call) -> Result<Self, Refusal> {
        let to = call.asked("to")?;
        let to = to.ok_or_else(|| {
            let message = "`to` is missing: give milliseconds since 1970, as `1795219200000`";
            Refusal::bad(message).in_query("to")
        })?;
        let to = to.parse().map_err(|_| {
            let message =
                "`to` is a whole number: give milliseconds since 1970, as `1795219200000`";
            Refusal::bad(message).in_query("to")
        })?;
        // What it does is told where the parameter is.
        flag(call, "query_findings_without_framework_version")?;
        if filled(call, "query")?.is_some() {
            let message =
                "`query` has to be empty: findings are filtered by `framework` and `version`";
            return Err(Refusal::bad(message).in_query("query"));
        }
        Ok(Asked {
            to,
            framework: filled(call, "framework")?,
            version: filled(call, "version")?,
            without_findings: flag(call, "include_rules_without_findings")?.unwrap_or_default(),
            standard: flag(call, "is_custom")? == Some(false),
        })
    }
}

/// A text; an empty one asks for nothing.
fn filled(call: &Call, name: &str) -> Result<Option<String>, Refusal> {
    Ok(call.asked(name)?.filter(|text| !text.is_empty()))
}

fn flag(call: &Call, name: &str) -> Result<Option<bool>, Refusal> {
    match filled(call, name)?.as_deref() {
        None => Ok(None),
        // Some clients write them as Python does.
        Some("true" | "True") => Ok(Some(true)),
        Some("false" | "False") => Ok(Some(false)),
        Some(_) => {
            let message = format!("`{name}` is `true` or `false`");
            Err(Refusal::bad(message).in_query(name))
        }
    }
}
