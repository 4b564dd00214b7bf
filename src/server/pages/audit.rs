//! The audit log, latest first.

use super::brief::Brief;
use super::link::Segment;
use super::markup::Markup;
use super::page::Page;
use super::time::Time;
use super::visit::Visit;
use crate::output::rollup::report::escaped::Escaped;
use crate::server::answer::Refusal;
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use crate::store::{Action, AuditEntry, Resource, Store};
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
        let told = found.into_iter().map(|entry| told(store, entry));
        Ok((told.collect::<Vec<_>>(), after))
    });
    let (entries, after) = found.await?;
    let mut main = Markup::default();
    writeln!(main, "<section>");
    write_entries(&mut main, &entries);
    if after > 0 {
        writeln!(
            main,
            "<p><a href=\"/view/audit?before={}\" rel=\"next\">Earlier</a></p>",
            after + 1
        );
    }
    writeln!(main, "</section>");
    let mut lede = Markup::default();
    write!(
        lede,
        "Everything that was written, latest first. Nothing is ever taken out."
    );
    Ok(Page::new("Audit log", main)
        .lede(lede)
        .answer(StatusCode::OK, &visit))
}

/// A change, and the version of a framework that came of it, if that can be seen.
struct Told {
    entry: AuditEntry,
    framework: Option<(String, i64)>,
}

fn told(store: &Store, entry: AuditEntry) -> Told {
    let version = entry.version.as_deref();
    let version = version.filter(|_| entry.resource == Resource::Framework);
    let found = version.and_then(|version| store.version_head(&entry.id, version).ok()?);
    // The page of a framework that has been deleted is gone.
    let found = found.filter(|head| !head.is_deleted);
    Told {
        framework: found.map(|head| (head.short_name, head.number)),
        entry,
    }
}

fn write_entries(main: &mut Markup, entries: &[Told]) {
    if entries.is_empty() {
        writeln!(main, "<p>Nothing has been written yet.</p>");
        return;
    }
    write!(
        main,
        "<div class=\"wide\" role=\"group\" aria-label=\"Changes\" tabindex=\"0\"><table class=\"stacks audit\">\n<thead>\n<tr><th scope=\"col\" class=\"n\">Place</th><th scope=\"col\">When</th><th scope=\"col\">Who</th><th scope=\"col\">What</th></tr>\n</thead>\n<tbody>\n"
    );
    for Told { entry, framework } in entries {
        write!(
            main,
            "<tr><td class=\"n\" data-of=\"Place\">{}</td><td>{}</td>",
            entry.seq,
            Time(entry.at)
        );
        write!(
            main,
            "<td>{}</td><td>{} the {} ",
            Brief(&entry.by.name),
            done(entry.action),
            entry.resource
        );
        write_subject(main, entry, framework.as_ref());
        writeln!(main, "</td></tr>");
    }
    write!(main, "</tbody>\n</table></div>\n");
}

fn write_subject(main: &mut Markup, entry: &AuditEntry, framework: Option<&(String, i64)>) {
    if let Some((name, number)) = framework {
        let (id, name) = (Escaped(&entry.id), Brief(name));
        write!(
            main,
            "<a href=\"/view/frameworks/{id}?version={number}\">{name}</a>, version {number}"
        );
        return;
    }
    match entry.resource {
        Resource::Run => {
            let (link, id) = (Segment(&entry.id), Brief(&entry.id));
            write!(main, "<a href=\"/view/runs/{link}\"><code>{id}</code></a>");
        }
        _ => write!(main, "<code>{}</code>", Brief(&entry.id)),
    }
    if let Some(version) = &entry.version {
        write!(main, ", version <code>{}</code>", Brief(version));
    }
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
        Action::Cancel => "cancelled",
    }
}
