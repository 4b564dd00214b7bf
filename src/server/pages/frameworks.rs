//! The list of frameworks.

use super::brief::Brief;
use super::framework::State;
use super::markup::Markup;
use super::outline::Outline;
use super::page::Page;
use super::time::Time;
use super::visit::Visit;
use crate::output::rollup::report::escaped::Escaped;
use crate::output::rollup::report::numbers::{Grouped, counted};
use crate::server::answer::Refusal;
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use crate::store::{Store, StoreError, StoredFramework};
use axum::http::StatusCode;
use std::fmt::Display;
use std::sync::Arc;

/// Frameworks on a page.
const PAGE: u64 = 50;

/// A framework in a list.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its text is in the outline.
    stored: StoredFramework,
    outline: Outline,
}

/// Some of the frameworks, and how many there are.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) entries: Vec<Entry>,
    pub(super) all: u64,
    pub(super) active: u64,
}

/// Frameworks that are active, or not, or either; those behind the first `skip`.
pub(super) fn list(
    store: &Store,
    active: Option<bool>,
    skip: u64,
    most: u64,
) -> Result<Listed, StoreError> {
    let (all, active_ones) = store.count_frameworks(active)?;
    let mut entries = Vec::new();
    store.visit_frameworks(active, (skip, most), |mut stored| {
        let outline = Outline::of(&stored);
        stored.text = String::new();
        entries.push(Entry { stored, outline });
    })?;
    Ok(Listed {
        entries,
        all,
        active: active_ones,
    })
}

/// A page of the list.
pub(super) async fn show(app: Arc<App>, call: Call) -> Outcome {
    let visit = Visit::through(&app, &call);
    let active = match call.asked("active")?.as_deref() {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(Refusal::bad("`active` is `true` or `false`")),
    };
    let page = page_asked(&call)?;
    let skip = (page - 1).saturating_mul(PAGE);
    let listed = app
        .stored(move |store| list(store, active, skip, PAGE))
        .await?;
    let mut main = Markup::default();
    writeln!(main, "<section>");
    write_filter(&mut main, active);
    write_list(&mut main, &listed, &visit);
    let filter = active.map_or(String::new(), |active| format!("active={active}&amp;"));
    let frameworks = counted(listed.all, "framework", "frameworks");
    let list = format!("/view/frameworks?{filter}");
    write_pages(
        &mut main,
        &list,
        page,
        listed.all.div_ceil(PAGE),
        &frameworks,
    );
    writeln!(main, "</section>");
    Ok(Page::new("Frameworks", main).answer(StatusCode::OK, &visit))
}

/// The page of a list in the query, from 1.
///
/// # Errors
///
/// 400 if it is no page.
pub(super) fn page_asked(call: &Call) -> Result<u64, Refusal> {
    let Some(text) = call.asked("page")? else {
        return Ok(1);
    };
    let page = text.parse::<u64>().ok().filter(|page| *page >= 1);
    page.ok_or_else(|| Refusal::bad("`page` is the number of a page, from 1 on"))
}

fn write_filter(main: &mut Markup, active: Option<bool>) {
    writeln!(main, "<ul class=\"choices\" aria-label=\"Which\">");
    for (value, link, name) in [
        (None, "/view/frameworks", "All"),
        (Some(true), "/view/frameworks?active=true", "Active"),
        (Some(false), "/view/frameworks?active=false", "Inactive"),
    ] {
        let here = if value == active {
            " aria-current=\"true\""
        } else {
            ""
        };
        writeln!(main, "<li><a href=\"{link}\"{here}>{name}</a></li>");
    }
    writeln!(main, "</ul>");
}

/// A table, or what to do if there is nothing to be in it.
pub(super) fn write_list(main: &mut Markup, listed: &Listed, visit: &Visit) {
    if listed.all == 0 {
        writeln!(
            main,
            "<p>There are no such frameworks. A framework comes in like this:</p>"
        );
        writeln!(
            main,
            "<pre tabindex=\"0\"><code>curl {}-H \"Content-Type: application/json\" --data @framework.json {}/frameworks</code></pre>",
            visit.authorization(),
            Escaped(&visit.base)
        );
        return;
    }
    if listed.entries.is_empty() {
        writeln!(main, "<p>The list ends before this page.</p>");
        return;
    }
    write!(
        main,
        "<div class=\"wide\" role=\"group\" aria-label=\"Frameworks\" tabindex=\"0\"><table class=\"stacks frameworks\">\n<thead>\n<tr><th scope=\"col\">Framework</th><th scope=\"col\">State</th><th scope=\"col\" class=\"n\">Rules</th><th scope=\"col\" class=\"n\">Version</th><th scope=\"col\">Last change</th></tr>\n</thead>\n<tbody>\n"
    );
    for Entry { stored, outline } in &listed.entries {
        let name = if outline.name.is_empty() {
            &stored.short_name
        } else {
            &outline.name
        };
        let id = Escaped(&stored.id);
        write!(
            main,
            "<tr><th scope=\"row\"><a href=\"/view/frameworks/{id}\">{}</a> <br><span class=\"quiet\">{}",
            Brief(name),
            Brief(&stored.short_name)
        );
        write!(
            main,
            "{}</span></th>",
            if stored.system {
                ", comes with classmark"
            } else {
                ""
            }
        );
        write!(
            main,
            "<td>{}</td><td class=\"n\" data-of=\"Rules\">{}</td>",
            State(stored.active),
            Grouped(outline.rules())
        );
        write!(
            main,
            "<td class=\"n\" data-of=\"Version\">{}</td>",
            stored.number
        );
        writeln!(
            main,
            "<td>{} <br><span class=\"quiet\">by {}</span></td></tr>",
            Time(stored.changed.at),
            Brief(&stored.changed.by.name)
        );
    }
    write!(main, "</tbody>\n</table></div>\n");
}

/// Which page of a list this is, and links to those beside it. `list` is the address of
/// the list, up to where `page=` follows; `counted` says how much there is in all.
pub(super) fn write_pages(
    main: &mut Markup,
    list: &str,
    page: u64,
    pages: u64,
    counted: &impl Display,
) {
    let pages = pages.max(1);
    write!(
        main,
        "<p class=\"pages\">Page {page} of {pages}, {counted}."
    );
    if page > 1 {
        let before = (page - 1).min(pages);
        write!(
            main,
            " <a href=\"{list}page={before}\" rel=\"prev\">Previous page</a>"
        );
    }
    if page < pages {
        let next = page + 1;
        write!(
            main,
            " <a href=\"{list}page={next}\" rel=\"next\">Next page</a>"
        );
    }
    writeln!(main, "</p>");
}
