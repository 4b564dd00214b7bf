//! That the rules are no longer those that a run was done by.

use super::brief::Brief;
use super::markup::Markup;
use super::visit::Visit;
use crate::output::rollup::report::numbers::{Grouped, length};
use crate::server::access::Permission;
use crate::server::runs::RuleChange;

/// Changes that are told one by one; the rest is counted.
const MOST: usize = 20;

/// Says that the rules have changed since a run, and which frameworks have, as far as
/// whoever looks may know of them.
pub(super) fn write(main: &mut Markup, changes: &[RuleChange], visit: &Visit) {
    if changes.is_empty() {
        return;
    }
    let may_know = |change: &&RuleChange| match change.is_compliance {
        true => visit.may(Permission::RulesRead),
        false => visit.may(Permission::Governance),
    };
    let known: Vec<&RuleChange> = changes.iter().filter(may_know).collect();
    let all_are_hidden = known.is_empty();
    // A change in compliance frameworks says nothing to those who see none of them.
    if all_are_hidden && !visit.may(Permission::RulesRead) {
        return;
    }
    writeln!(
        main,
        "<div class=\"notice\">\n<p>The rules have changed since this run.</p>"
    );
    if !all_are_hidden {
        writeln!(main, "<ul>");
        for change in known.iter().take(MOST) {
            write_change(main, change);
        }
        writeln!(main, "</ul>");
    }
    let more = length(&known).saturating_sub(MOST as u64);
    if more > 0 {
        writeln!(main, "<p>And {} more.</p>", Grouped(more));
    }
    writeln!(main, "</div>");
}

fn write_change(main: &mut Markup, change: &RuleChange) {
    let kind = match change.is_compliance {
        true => "Compliance framework",
        false => "Framework",
    };
    write!(main, "<li>{kind} {}: ", Brief(&change.name));
    match (&change.then, &change.now) {
        (Some(then), Some(now)) if then == now => {
            write!(main, "version {} has been edited", Brief(now));
        }
        (Some(then), Some(now)) => {
            write!(
                main,
                "version {} then, version {} now",
                Brief(then),
                Brief(now)
            );
        }
        (Some(then), None) => write!(main, "version {} then, deleted now", Brief(then)),
        (None, Some(now)) => write!(main, "not there then, version {} now", Brief(now)),
        (None, None) => {}
    }
    writeln!(main, "</li>");
}
