//! The versions of a framework: which there are, and what each changed.

use super::brief::Brief;
use super::difference;
use super::markup::Markup;
use super::page::Page;
use super::time::Time;
use super::visit::Visit;
use crate::output::rollup::report::escaped::Escaped;
use crate::server::answer::Refusal;
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use crate::server::frameworks::parsed;
use crate::store::{Resource, Store, StoreError, StoredFramework};
use axum::http::StatusCode;
use std::sync::Arc;

/// Characters of the framework's name above its versions.
const MOST_NAME: usize = 500;
/// Versions on a page.
const PAGE: u32 = 20;

/// The versions before one, newest first.
pub(super) async fn show(app: Arc<App>, call: Call) -> Outcome {
    let visit = Visit::through(&app, &call);
    let before = number_asked(&call, "before")?.unwrap_or(i64::MAX);
    let id = call.part("id").to_owned();
    let page = app.ask(move |store| {
        let current = store.framework(&id)?;
        // One more, to tell what the last one on the page changed.
        let versions = store.framework_versions_before(&id, before, PAGE + 1)?;
        listed(&current, &versions)
    });
    Ok(page.await??.answer(StatusCode::OK, &visit))
}

fn listed(current: &StoredFramework, versions: &[StoredFramework]) -> Result<Page, Refusal> {
    let mut main = Markup::default();
    writeln!(main, "<section>");
    write_table(&mut main, versions, PAGE as usize);
    let last = versions.get(PAGE as usize - 1);
    if let Some(last) = last.filter(|_| versions.len() > PAGE as usize) {
        writeln!(
            main,
            "<p><a href=\"/view/frameworks/{}/versions?before={}\" rel=\"next\">Earlier versions</a></p>",
            Escaped(&current.id),
            last.number
        );
    }
    write!(
        main,
        "</section>\n<section>\n<h2>Compare two versions</h2>\n"
    );
    let before = (current.number - 1).max(1);
    write_chooser(&mut main, &current.id, before, current.number);
    writeln!(main, "</section>");
    let name = parsed(current)?.name;
    let brief: String = name.chars().take(MOST_NAME).collect();
    let page = Page::new(&format!("Versions of {brief}"), main);
    Ok(page.within(format!("/view/frameworks/{}", current.id), brief))
}

/// At most `most` versions, newest first. One more than is shown tells what the
/// last one changed.
pub(super) fn write_table(main: &mut Markup, versions: &[StoredFramework], most: usize) {
    if versions.is_empty() {
        writeln!(main, "<p>There are no earlier versions.</p>");
        return;
    }
    write!(
        main,
        "<div class=\"wide\" role=\"group\" aria-label=\"Versions\" tabindex=\"0\"><table class=\"stacks versions\">\n<thead>\n<tr><th scope=\"col\">Version</th><th scope=\"col\">When</th><th scope=\"col\">Who</th><th scope=\"col\">What changed</th></tr>\n</thead>\n<tbody>\n"
    );
    // Two at a time: a framework can be large.
    let mut newer = versions.first().and_then(|newest| parsed(newest).ok());
    for (at, version) in versions.iter().take(most).enumerate() {
        let (id, number) = (Escaped(&version.id), version.number);
        write!(
            main,
            "<tr><th scope=\"row\"><a href=\"/view/frameworks/{id}?version={number}\">{number}</a></th>"
        );
        write!(main, "<td>{}</td>", Time(version.changed.at));
        write!(main, "<td>{}</td><td>", Brief(&version.changed.by.name));
        match versions.get(at + 1) {
            Some(earlier) => {
                let older = parsed(earlier).ok();
                let changed = match (&older, &newer) {
                    (Some(older), Some(newer)) => difference::between(older, newer),
                    _ => "Cannot be read".into(),
                };
                newer = older;
                let from = earlier.number;
                write!(
                    main,
                    "<a href=\"/view/frameworks/{id}/difference?from={from}&amp;to={number}\">{changed}</a>"
                );
            }
            None => write!(main, "First version"),
        }
        writeln!(main, "</td></tr>");
    }
    write!(main, "</tbody>\n</table></div>\n");
}

/// A form that asks for two versions.
pub(super) fn write_chooser(main: &mut Markup, id: &str, from: i64, to: i64) {
    let id = Escaped(id);
    writeln!(
        main,
        "<form action=\"/view/frameworks/{id}/difference\" class=\"inline\">"
    );
    for (label, name, value) in [("Before", "from", from), ("After", "to", to)] {
        writeln!(
            main,
            "<label>{label}, version <input type=\"number\" name=\"{name}\" min=\"1\" value=\"{value}\" required></label>"
        );
    }
    write!(main, "<button>Compare</button>\n</form>\n");
}

/// The number of a version in the query.
///
/// # Errors
///
/// 400 if it is no number of a version.
pub(super) fn number_asked(call: &Call, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = call.asked(name)? else {
        return Ok(None);
    };
    let number = text.parse::<i64>().ok().filter(|number| *number >= 1);
    let wrong = || Refusal::bad(format!("`{name}` is the number of a version, from 1 on"));
    number.map(Some).ok_or_else(wrong)
}

/// A framework as it is, or as it was in the version of this number.
///
/// # Errors
///
/// 404.
pub(super) fn version_of(
    store: &Store,
    id: &str,
    number: Option<i64>,
) -> Result<StoredFramework, StoreError> {
    let Some(number) = number else {
        return store.framework(id);
    };
    let found = store.framework_versions_before(id, number.saturating_add(1), 1)?;
    let found = found.into_iter().find(|version| version.number == number);
    found.ok_or(StoreError::NotFound(Resource::Version))
}
