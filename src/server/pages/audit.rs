//! The audit log, latest first.

use super::markup::Markup;
use super::page::Page;
use super::time::Time;
use super::visit::Visit;
use crate::output::rollup::report::escaped::{Escaped, Name};
use crate::server::answer::Refusal;
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use crate::store::{Action, AuditEntry, Resource};
use axum::http::StatusCode;
use std::sync::Arc;

/// Entries on a page.
const PAGE: u32 = 100;

/// What was written before a place in the log.
pub(super) async fn show(app: Arc<App>, call: Call) -> Outcome {
    let visit = Visit::through(&app, &call);
    let before = match call.asked("before")? {
        None => i64::MAX,
        Some(text) => {
            let place = text.parse::<i64>().ok().filter(|place| *place >= 1);
            place.ok_or_else(|| Refusal::bad("`before` is a place in the log, from 1 on"))?
        }
    };
    let found = app.stored(move |store| {
        let end = before.min(store.last_change()?.saturating_add(1));
        let after = (end - 1 - i64::from(PAGE)).max(0);
        let mut found = store.audit(after, PAGE)?;
        found.retain(|entry| entry.seq < end);
        found.reverse();
        Ok((found, after))
    });
    let (entries, after) = found.await?;
    let mut main = Markup::default();
    write!(main, "<section>\n");
    write_entries(&mut main, &entries);
    if after > 0 {
        write!(
            main,
            "<p><a href=\"/view/audit?before={}\" rel=\"next\">Earlier</a></p>\n",
            after + 1
        );
    }
    write!(main, "</section>\n");
    let mut lede = Markup::default();
    write!(
        lede,
        "Everything that was written, latest first. Nothing is ever taken out."
    );
    Ok(Page::new("Audit log", main)
        .lede(lede)
        .answer(StatusCode::OK, &visit))
}

fn write_entries(main: &mut Markup, entries: &[AuditEntry]) {
    if entries.is_empty() {
        write!(main, "<p>Nothing has been written yet.</p>\n");
        return;
    }
    write!(
        main,
        "<div class=\"wide\" role=\"group\" aria-label=\"Changes\" tabindex=\"0\"><table class=\"stacks audit\">\n<thead>\n<tr><th scope=\"col\" class=\"n\">Place</th><th scope=\"col\">When</th><th scope=\"col\">Who</th><th scope=\"col\">What</th></tr>\n</thead>\n<tbody>\n"
    );
    for entry in entries {
        write!(
            main,
            "<tr><td class=\"n\" data-of=\"Place\">{}</td><td>{}</td>",
            entry.seq,
            Time(entry.at)
        );
        write!(
            main,
            "<td>{}</td><td>{} the {} ",
            Name(&entry.by.name),
            done(entry.action),
            entry.resource
        );
        match entry.resource {
            Resource::Framework => write!(
                main,
                "<a href=\"/view/frameworks/{0}\"><code>{0}</code></a>",
                Escaped(&entry.id)
            ),
            _ => write!(main, "<code>{}</code>", Name(&entry.id)),
        }
        if let Some(version) = &entry.version {
            write!(main, ", version <code>{}</code>", Name(version));
        }
        write!(main, "</td></tr>\n");
    }
    write!(main, "</tbody>\n</table></div>\n");
}

/// What somebody did, as a sentence has it.
fn done(action: Action) -> &'static str {
    match action {
        Action::Create => "made",
        Action::Clone => "cloned, and so made,",
        Action::Update => "changed",
        Action::Activate => "switched on",
        Action::Deactivate => "switched off",
        Action::Delete => "deleted",
        Action::Start => "started",
        Action::Finish => "finished",
        Action::Fail => "saw the failure of",
    }
}
