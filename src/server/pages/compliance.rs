//! Compliance frameworks: what they ask for, and what the last run came to.

use super::brief::Brief;
use super::changed;
use super::frameworks::{page_asked, write_pages};
use super::last_run::{Judged, LastRun, last_run};
use super::link::Segment;
use super::markup::Markup;
use super::outline::outline;
use super::page::Page;
use super::rules::Rules;
use super::time::{Time, WhenAndWho};
use super::visit::Visit;
use crate::compliance::{ComplianceFramework, Control};
use crate::output::rollup::report::escaped::{Escaped, Name};
use crate::output::rollup::report::numbers::{Grouped, counted, length};
use crate::server::access::Permission;
use crate::server::answer::Refusal;
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::custom_frameworks::model_of;
use crate::server::endpoint::Outcome;
use crate::server::json_api::LONGEST_NAME;
use crate::store::{Store, StoreError, StoredCustomFramework};
use axum::http::StatusCode;
use std::sync::Arc;

/// Compliance frameworks on a page.
const PAGE: u64 = 50;
/// Bytes of the two names in a link to a compliance framework: as many as the longest
/// names take. Older programs stored longer ones.
const MOST_LINK: usize = 2 * 12 * LONGEST_NAME + 1;
/// Rules that controls of one name on its page.
const MOST_RULES: usize = 2_000;

/// A compliance framework in a list.
pub(super) struct Entry {
    /// Without its requirements: they are counted.
    stored: StoredCustomFramework,
    requirements: u64,
    controls: u64,
}

/// Some of the compliance frameworks, and how many there are.
pub(super) struct Listed {
    entries: Vec<Entry>,
    pub(super) all: u64,
}

/// Compliance frameworks behind the first `skip`, by handle.
pub(super) fn list(store: &Store, skip: u64, most: u64) -> Result<Listed, StoreError> {
    let all = store.count_custom_frameworks()?;
    let mut entries = Vec::new();
    store.visit_custom_frameworks((skip, most), |mut stored| {
        let (requirements, controls) = outline(&stored);
        stored.document.requirements = String::new();
        entries.push(Entry {
            stored,
            requirements,
            controls,
        });
    })?;
    Ok(Listed { entries, all })
}

/// A page of the list.
pub(super) async fn show_list(app: Arc<App>, call: Call) -> Outcome {
    let visit = Visit::through(&app, &call);
    let page = page_asked(&call)?;
    let skip = (page - 1).saturating_mul(PAGE);
    let listed = app.stored(move |store| list(store, skip, PAGE)).await?;
    let last = last_run(&app).await?;
    let mut main = Markup::default();
    if let Some(last) = &last {
        changed::write(&mut main, &last.changes, &visit);
    }
    writeln!(main, "<section>");
    write_list(&mut main, &listed, last.as_ref(), &visit);
    if listed.all > PAGE || page > 1 {
        let count = counted(listed.all, "compliance framework", "compliance frameworks");
        let pages = listed.all.div_ceil(PAGE);
        write_pages(&mut main, "/view/compliance?", page, pages, &count);
    }
    writeln!(main, "</section>");
    let page = Page::new("Compliance", main).lede(resting_on(last.as_ref(), &visit));
    Ok(page.answer(StatusCode::OK, &visit))
}

/// What statuses rest on.
pub(super) fn resting_on(last: Option<&LastRun>, visit: &Visit) -> Markup {
    let mut text = Markup::default();
    let Some(last) = last else {
        write!(text, "No run is done yet, so nothing is judged.");
        return text;
    };
    match &last.as_of {
        Some(day) => write!(
            text,
            "As of {}, by the run of {}.",
            Escaped(day),
            Time(last.began)
        ),
        None => write!(
            text,
            "The run of {} judged nothing: no compliance framework was stored when it started.",
            Time(last.began)
        ),
    }
    if last.report && visit.may(Permission::Governance) {
        write!(
            text,
            " <a href=\"/view/runs/{}/results/report.html\">Its report</a>",
            Segment(&last.id)
        );
    }
    text
}

/// A table, or what to do if there is nothing to be in it.
pub(super) fn write_list(
    main: &mut Markup,
    listed: &Listed,
    last: Option<&LastRun>,
    visit: &Visit,
) {
    if listed.all == 0 {
        writeln!(
            main,
            "<p>There are no compliance frameworks. One comes in like this:</p>"
        );
        writeln!(
            main,
            "<pre tabindex=\"0\"><code>curl {}-H \"Content-Type: application/json\" --data @custom.json {}/api/v2/cloud_security_management/custom_frameworks</code></pre>",
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
        "<div class=\"wide\" role=\"group\" aria-label=\"Compliance frameworks\" tabindex=\"0\"><table class=\"stacks frameworks\">\n<thead>\n<tr><th scope=\"col\">Framework</th><th scope=\"col\">Last run</th><th scope=\"col\">Findings</th><th scope=\"col\" class=\"n\">Requirements</th><th scope=\"col\" class=\"n\">Controls</th><th scope=\"col\">Last change</th></tr>\n</thead>\n<tbody>\n"
    );
    for entry in &listed.entries {
        write_entry(main, entry, last);
    }
    write!(main, "</tbody>\n</table></div>\n");
}

fn write_entry(main: &mut Markup, entry: &Entry, last: Option<&LastRun>) {
    let document = &entry.stored.document;
    let (handle, version) = (&document.handle, &document.version);
    write!(main, "<tr><th scope=\"row\">");
    write_link(main, handle, version, &document.name);
    write!(
        main,
        " <br><span class=\"quiet\">{}, version {}</span></th>",
        Brief(handle),
        Brief(version)
    );
    match last.and_then(|last| last.of(handle, version)) {
        Some(judged) => write!(
            main,
            "<td>{}</td><td>{}</td>",
            judged.badge(),
            judged.findings()
        ),
        None => write!(main, "<td class=\"quiet\">Not judged yet</td><td></td>"),
    }
    write!(
        main,
        "<td class=\"n\" data-of=\"Requirements\">{}</td><td class=\"n\" data-of=\"Controls\">{}</td>",
        Grouped(entry.requirements),
        Grouped(entry.controls)
    );
    let changed = &entry.stored.changed;
    writeln!(
        main,
        "<td>{} <br><span class=\"quiet\">by {}</span></td></tr>",
        Time(changed.at),
        Brief(&changed.by.name)
    );
}

/// The name of a compliance framework, with a link to its page unless that is too long.
pub(super) fn write_link(main: &mut Markup, handle: &str, version: &str, name: &str) {
    let link = format!("{}/{}", Segment(handle), Segment(version));
    let name = Brief(name);
    match link.len() <= MOST_LINK {
        true => write!(main, "<a href=\"/view/compliance/{link}\">{name}</a>"),
        false => write!(main, "{name}"),
    }
}

/// One of them, with all that it asks for.
pub(super) async fn show(app: Arc<App>, call: Call) -> Outcome {
    let visit = Visit::through(&app, &call);
    let (handle, version) = (
        call.part("handle").to_owned(),
        call.part("version").to_owned(),
    );
    let governs = visit.may(Permission::Governance);
    let last = last_run(&app).await?;
    let page = app.ask(move |store| {
        let stored = store.custom_framework(&handle, &version)?;
        let read = model_of(&stored)?;
        let rules = match governs {
            true => Some(Rules::find(store, rule_ids(&read))?),
            false => None,
        };
        let whole = Whole {
            stored: &stored,
            read: &read,
            last: last.as_ref(),
            rules: rules.as_ref(),
        };
        let page = Page::new(&read.name, whole.told(&visit));
        let page = page.within("/view/compliance", "Compliance");
        let page = page.described(read.description.as_deref().unwrap_or(""));
        Ok::<_, Refusal>(page.answer(StatusCode::OK, &visit))
    });
    page.await?
}

/// All that there is to tell of one.
struct Whole<'w> {
    stored: &'w StoredCustomFramework,
    read: &'w ComplianceFramework,
    last: Option<&'w LastRun>,
    /// Its rules, for those who may see them.
    rules: Option<&'w Rules>,
}

impl Whole<'_> {
    fn told(&self, visit: &Visit) -> Markup {
        let (read, last) = (self.read, self.last);
        let judged = last.and_then(|last| last.of(&read.handle, &read.version));
        let mut main = Markup::default();
        if let Some(last) = last {
            changed::write(&mut main, &last.changes, visit);
        }
        write!(main, "<section>\n<h2>Last run</h2>\n");
        match judged {
            Some(judged) => judged.write(&mut main),
            None => writeln!(
                main,
                "<p>No run has judged it yet. A run judges the compliance frameworks that are stored when it starts.</p>"
            ),
        }
        let changed = last.is_some_and(|last| last.began < self.stored.changed.at);
        if judged.is_some() && changed {
            writeln!(
                main,
                "<p class=\"notice\">It has changed since that run.</p>"
            );
        }
        writeln!(main, "<p>{}</p>", resting_on(last, visit));
        self.write_facts(&mut main);
        self.write_requirements(&mut main, judged);
        main
    }

    fn write_facts(&self, main: &mut Markup) {
        let (handle, version) = (Name(&self.read.handle), Name(&self.read.version));
        write!(
            main,
            "<dl class=\"facts\">\n<div><dt>Handle</dt><dd>{handle}, version {version}</dd></div>\n"
        );
        write!(
            main,
            "<div><dt>Made</dt><dd>{}</dd></div>\n<div><dt>Changed</dt><dd>{}</dd></div>\n</dl>\n</section>\n",
            WhenAndWho(&self.stored.created),
            WhenAndWho(&self.stored.changed)
        );
    }

    fn write_requirements(&self, main: &mut Markup, judged: Option<&Judged>) {
        let mut room = MOST_RULES;
        for requirement in &self.read.requirements {
            if room == 0 {
                writeln!(
                    main,
                    "<p class=\"notice\">There is more than this page shows. Programs get all of it.</p>"
                );
                return;
            }
            let judged = judged.and_then(|judged| judged.child(&requirement.name));
            write!(main, "<section>\n<h2>{}</h2>\n", Name(&requirement.name));
            if let Some(judged) = judged {
                judged.write(main);
            }
            let count = counted(length(&requirement.controls), "control", "controls");
            writeln!(main, "<p class=\"quiet\">{count}</p>");
            for control in &requirement.controls {
                let judged = judged.and_then(|judged| judged.child(&control.name));
                self.write_control(main, control, judged, &mut room);
            }
            writeln!(main, "</section>");
        }
    }

    /// A control takes some of the page's room, and one without rules some, too.
    fn write_control(
        &self,
        main: &mut Markup,
        control: &Control,
        judged: Option<&Judged>,
        room: &mut usize,
    ) {
        if *room == 0 {
            return;
        }
        write!(main, "<article class=\"rule\">\n<h3>");
        if let Some(judged) = judged {
            write!(main, "{} ", judged.badge());
        }
        writeln!(main, "{}</h3>", Name(&control.name));
        if let Some(judged) = judged {
            writeln!(main, "<p class=\"quiet\">{}</p>", judged.findings());
        }
        if control.rules.is_empty() {
            writeln!(
                main,
                "<p>No rules: it is unknown in every run, and somebody has to assess it by hand.</p>"
            );
        }
        writeln!(main, "<ul class=\"named\">");
        for rule in control.rules.iter().take(*room) {
            write!(main, "<li>");
            match self.rules {
                Some(rules) => rules.write(main, &rule.id),
                None => write!(main, "<code>{}</code>", Name(&rule.id)),
            }
            writeln!(main, "</li>");
        }
        write!(main, "</ul>\n</article>\n");
        *room = room.saturating_sub(control.rules.len().max(1));
    }
}

fn rule_ids(read: &ComplianceFramework) -> Vec<String> {
    let controls = read
        .requirements
        .iter()
        .flat_map(|requirement| &requirement.controls);
    let rules = controls.flat_map(|control| &control.rules);
    let rules = rules.map(|rule| rule.id.clone());
    rules.take(MOST_RULES).collect()
}
