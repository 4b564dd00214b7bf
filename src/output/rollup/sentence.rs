//! Why a node has its status, in a sentence. Says numbers only, no names.

use super::Basis;
use crate::rollup::{Head, Rollup, Status};

/// What stands behind a status.
pub(super) fn reason(head: &Head) -> String {
    let (found, rules) = (head.findings, head.rules);
    let muted = match found.muted {
        0 => String::new(),
        muted => format!(" Findings muted by overrides, and not counted: {muted}."),
    };
    let left_out = match rules.referenced.saturating_sub(rules.evaluated) {
        0 => String::new(),
        rules => format!(" Rules that were not evaluated: {rules}."),
    };
    match head.status {
        Status::Fail => format!(
            "Findings that fail, for the catalog does not record the classification tag on the \
             column: {} of {}.{muted}{left_out}",
            found.fail,
            found.pass + found.fail
        ),
        Status::Unknown if rules.referenced == 0 => "Undecided, for there are no rules: nothing \
             was evaluated, and somebody has to assess it by hand."
            .to_owned(),
        Status::Unknown if rules.evaluated == rules.referenced => format!(
            "Undecided, for a control has no rules: somebody has to assess it by hand. Rules that \
             were evaluated: {0} of {0}. Findings that pass: {1}.{muted}",
            rules.referenced, found.pass
        ),
        Status::Unknown => format!(
            "Undecided, for what was not evaluated is no pass. Rules that are known: {1} of {0}; \
             evaluated: {2} of {0}. Findings that pass: {3}.{muted}",
            rules.referenced, rules.known, rules.evaluated, found.pass
        ),
        Status::Pass => format!(
            "All findings pass, for the catalog records the classification tag on the column: \
             {0} of {0}.{muted}",
            found.pass
        ),
        Status::Muted => format!(
            "Nothing is left to judge: overrides mute all findings, {}.",
            found.muted
        ),
        Status::NoData => format!(
            "Nothing to judge: nothing was found. Rules that were evaluated: {} of {}.",
            rules.evaluated, rules.referenced
        ),
    }
}

/// What the scores rest on.
pub(super) fn coverage(rollup: &Rollup, basis: &Basis) -> String {
    let seen = &rollup.coverage;
    format!(
        "What this rests on: rules evaluated: {} of {}; columns seen: {}; data sources: {}; \
         input files: {}; overrides in force on {}: {}; overrides expired: {}.",
        seen.rules.evaluated,
        seen.rules.referenced,
        seen.columns,
        seen.data_sources,
        basis.inputs.len(),
        basis.as_of,
        seen.overrides,
        basis.expired,
    )
}
