//! One framework: what it is, its rules as sentences, its tags, who changed it.

use super::markup::Markup;
use super::page::{Page, keep_safe};
use super::sentence::{Marked, Sentence};
use super::time::WhenAndWho;
use super::versions::{number_asked, version_of, write_chooser, write_table};
use super::visit::Visit;
use crate::framework::{DeclaredTag, Framework, Rule};
use crate::output::rollup::report::escaped::{Escaped, Name, Prose};
use crate::output::rollup::report::numbers::{Grouped, length};
use crate::output::rollup::report::words::level_name;
use crate::server::answer::{Refusal, of_type};
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use crate::server::frameworks::parsed;
use crate::store::StoredFramework;
use axum::http::StatusCode;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Versions on this page; the rest have one of their own.
const VERSIONS: u32 = 8;
/// Tags on this page; the rest are counted.
const TAGS: usize = 300;

/// The framework as it is, or was.
pub(super) async fn show(app: Arc<App>, call: Call) -> Outcome {
    let visit = Visit::through(&app, &call);
    let number = number_asked(&call, "version")?;
    let id = call.part("id").to_owned();
    let page = app.ask(move |store| {
        let shown = version_of(store, &id, number)?;
        let versions = store.framework_versions_before(&id, i64::MAX, VERSIONS + 1)?;
        whole(&shown, &versions)
    });
    Ok(page.await??.answer(StatusCode::OK, &visit))
}

fn whole(shown: &StoredFramework, versions: &[StoredFramework]) -> Result<Page, Refusal> {
    let read = parsed(shown)?;
    let newest = versions
        .first()
        .map_or(shown.number, |newest| newest.number);
    let mut main = Markup::default();
    write_facts(&mut main, shown, newest);
    write_rules(&mut main, &read.rules);
    write_tags(&mut main, &read);
    write_versions(&mut main, shown, versions);
    let page = Page::new(&read.name, main).within("/view/frameworks", "Frameworks");
    Ok(page.described(&read.description))
}

/// The framework's text.
pub(super) async fn text(app: Arc<App>, call: Call) -> Outcome {
    let number = number_asked(&call, "version")?;
    let id = call.part("id").to_owned();
    let found = app
        .stored(move |store| version_of(store, &id, number))
        .await?;
    let mut response = of_type(StatusCode::OK, "application/json", found.text);
    keep_safe(&mut response);
    Ok(response)
}

fn write_facts(main: &mut Markup, shown: &StoredFramework, newest: i64) {
    let (id, number) = (Escaped(&shown.id), shown.number);
    write!(main, "<section>\n<h2>What it is</h2>\n");
    if number != newest {
        writeln!(
            main,
            "<p class=\"notice\">This is version {number} as it was. <a href=\"/view/frameworks/{id}\">Version {newest} is the current one.</a> <a href=\"/view/frameworks/{id}/difference?from={number}&amp;to={newest}\">What has changed since</a></p>"
        );
    }
    write!(
        main,
        "<dl class=\"facts\">\n<div><dt>State</dt><dd>{}</dd></div>\n",
        State(shown.active)
    );
    writeln!(
        main,
        "<div><dt>Short name</dt><dd>{}</dd></div>",
        Name(&shown.short_name)
    );
    if shown.system {
        writeln!(
            main,
            "<div><dt>Comes with</dt><dd>classmark. It can be switched on and off and cloned, not edited.</dd></div>"
        );
    }
    writeln!(
        main,
        "<div><dt>Made</dt><dd>{}</dd></div>",
        WhenAndWho(&shown.created)
    );
    writeln!(
        main,
        "<div><dt>Version</dt><dd>{number}, {}</dd></div>",
        WhenAndWho(&shown.changed)
    );
    writeln!(
        main,
        "<div><dt>For programs</dt><dd>Id <code>{id}</code>, version <code>{}</code>, <a href=\"/view/frameworks/{id}/json?version={number}\">JSON</a></dd></div>",
        Escaped(&shown.version)
    );
    write!(main, "</dl>\n</section>\n");
}

/// Whether a framework's rules are evaluated, as a word with a shape.
#[derive(Debug, Clone, Copy)]
pub(super) struct State(pub(super) bool);

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            true => "<b class=\"pass\">Active</b>",
            false => "<b class=\"no_data\">Inactive</b>",
        })
    }
}

fn write_rules(main: &mut Markup, rules: &[Rule]) {
    write!(
        main,
        "<section id=\"rules\">\n<h2>Rules <small>{}</small></h2>\n",
        Grouped(length(rules))
    );
    if rules.is_empty() {
        writeln!(main, "<p>It has no rules, so it finds nothing.</p>");
    }
    for (at, rule) in (1..).zip(rules) {
        write!(
            main,
            "<article class=\"rule\" id=\"r{at}\">\n<h3>{} <code>{}</code></h3>\n",
            Name(&rule.name),
            Name(&rule.id)
        );
        write!(main, "<p>{}</p>\n</article>\n", Sentence(rule));
    }
    writeln!(main, "</section>");
}

fn write_tags(main: &mut Markup, read: &Framework) {
    let mut given: BTreeMap<_, u64> = BTreeMap::new();
    for rule in &read.rules {
        *given.entry(&rule.classification_tag).or_default() += 1;
    }
    write!(
        main,
        "<section>\n<h2>Tags <small>{}</small></h2>\n",
        Grouped(length(&read.tags))
    );
    if read.tags.is_empty() {
        write!(main, "<p>It declares no tags.</p>\n</section>\n");
        return;
    }
    write!(
        main,
        "<div class=\"wide\" role=\"group\" aria-label=\"Tags\" tabindex=\"0\"><table>\n<thead>\n<tr><th scope=\"col\">Tag</th><th scope=\"col\">Sensitivity</th><th scope=\"col\" class=\"n\">Rules</th><th scope=\"col\">Meaning</th></tr>\n</thead>\n<tbody>\n"
    );
    for declared in read.tags.iter().take(TAGS) {
        let rules = given.get(&declared.tag).copied().unwrap_or(0);
        write!(
            main,
            "<tr><th scope=\"row\">{}</th><td>{}</td>",
            Marked(&declared.tag),
            level_name(declared.sensitivity)
        );
        write!(main, "<td class=\"n\">{}</td>", Grouped(rules));
        writeln!(
            main,
            "<td class=\"prose\" dir=\"auto\">{}</td></tr>",
            Prose(described(declared))
        );
    }
    write!(main, "</tbody>\n</table></div>\n");
    let more = length(&read.tags).saturating_sub(TAGS as u64);
    if more > 0 {
        writeln!(
            main,
            "<p class=\"quiet\">And {} more, in the JSON.</p>",
            Grouped(more)
        );
    }
    writeln!(main, "</section>");
}

fn described(declared: &DeclaredTag) -> &str {
    declared.description.as_deref().unwrap_or("")
}

fn write_versions(main: &mut Markup, shown: &StoredFramework, versions: &[StoredFramework]) {
    write!(main, "<section>\n<h2>Versions</h2>\n");
    write_table(main, versions, VERSIONS as usize);
    let id = Escaped(&shown.id);
    if versions.len() > VERSIONS as usize {
        writeln!(
            main,
            "<p><a href=\"/view/frameworks/{id}/versions\">All versions</a></p>"
        );
    }
    if let Some(newest) = versions.first().filter(|newest| newest.number > 1) {
        write_chooser(main, &shown.id, newest.number - 1, newest.number);
    }
    writeln!(main, "</section>");
}
