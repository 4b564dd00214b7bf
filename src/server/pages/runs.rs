//! Runs: which there were, and what they came to.

use super::brief::Brief;
use super::changed;
use super::compliance::write_link;
use super::link::Segment;
use super::markup::Markup;
use super::page::Page;
use super::sentence_of;
use super::time::{Time, WhenAndWho, minute};
use super::visit::Visit;
use crate::output::rollup::report::badge::Badge;
use crate::output::rollup::report::escaped::{Escaped, Name};
use crate::output::rollup::report::numbers::{Grouped, length};
use crate::rollup::Status;
use crate::server::access::Permission;
use crate::server::answer::Refusal;
use crate::server::app::{App, aside};
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use crate::store::{Run, RunState};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// Runs on a page.
const PAGE: u32 = 50;
/// Frameworks of a kind that are listed; the rest is counted.
const MOST_LISTED: usize = 100;
/// Characters of a request; the rest is for programs.
const MOST_REQUEST: usize = 2_000;
/// Things that were wrong or questionable; the rest is counted.
const MOST_FINDINGS: usize = 50;

/// A page of runs, newest first.
pub(super) async fn list(app: Arc<App>, call: Call) -> Outcome {
    let visit = Visit::through(&app, &call);
    let before = call.asked("before")?;
    let runs = app.stored(move |store| store.runs(before.as_deref(), PAGE + 1));
    let runs = runs.await?;
    let mut main = Markup::default();
    writeln!(main, "<section>");
    write_list(&mut main, &runs, PAGE as usize, &visit);
    if let Some(last) = runs
        .get(PAGE as usize - 1)
        .filter(|_| runs.len() > PAGE as usize)
    {
        writeln!(
            main,
            "<p><a href=\"/view/runs?before={}\" rel=\"next\">Earlier runs</a></p>",
            Segment(&last.id)
        );
    }
    writeln!(main, "</section>");
    let mut lede = Markup::default();
    write!(
        lede,
        "Catalogs below the server\u{2019}s folder of files, tagged by the rules that were stored when the run started."
    );
    Ok(Page::new("Runs", main)
        .lede(lede)
        .answer(StatusCode::OK, &visit))
}

/// A table, or what to do if there is nothing to be in it.
pub(super) fn write_list(main: &mut Markup, runs: &[Run], most: usize, visit: &Visit) {
    if runs.is_empty() {
        writeln!(
            main,
            "<p>There are no runs. One is started like this, on a server that was started with <code>--files-root</code>:</p>"
        );
        writeln!(
            main,
            "<pre tabindex=\"0\"><code>curl {}-H \"Content-Type: application/json\" --data &#39;{{&quot;columns&quot;: [&quot;catalog.parquet&quot;], &quot;report&quot;: true}}&#39; {}/runs</code></pre>",
            visit.authorization(),
            Escaped(&visit.base)
        );
        return;
    }
    write!(
        main,
        "<div class=\"wide\" role=\"group\" aria-label=\"Runs\" tabindex=\"0\"><table class=\"stacks runs\">\n<thead>\n<tr><th scope=\"col\">Run</th><th scope=\"col\">State</th><th scope=\"col\">Asked for by</th><th scope=\"col\">Ended</th></tr>\n</thead>\n<tbody>\n"
    );
    for run in runs.iter().take(most) {
        write!(
            main,
            "<tr><th scope=\"row\"><a href=\"/view/runs/{}\">{}</a></th>",
            Segment(&run.id),
            Time(run.created.at)
        );
        write!(
            main,
            "<td>{}</td><td data-of=\"Asked for by\">{}</td><td data-of=\"Ended\">",
            State(run.state),
            Brief(&run.created.by.name)
        );
        if let Some(ended) = run.ended_at {
            write!(main, "{}", Time(ended));
        }
        writeln!(main, "</td></tr>");
    }
    write!(main, "</tbody>\n</table></div>\n");
}

/// How far a run is, as a word with a shape.
struct State(RunState);

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            RunState::Queued => "<b class=\"no_data\">Waits</b>",
            RunState::Running => "<b class=\"no_data\">Under way</b>",
            RunState::Done => "<b class=\"pass\">Done</b>",
            RunState::Failed => "<b class=\"fail\">Failed</b>",
            RunState::Cancelled => "<b class=\"muted\">Cancelled</b>",
        })
    }
}

/// As much as is shown of what programs are told of a run.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Told {
    request: Value,
    progress: Option<Progress>,
    results_kept: Option<bool>,
    reason: Option<String>,
    diagnostics: Vec<Finding>,
    warnings: Vec<Finding>,
    frameworks: Vec<Framework>,
    compliance: Vec<Compliance>,
    results: Vec<File>,
}

#[derive(Debug, Deserialize)]
struct Progress {
    phase: String,
    done: u64,
    total: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Finding {
    message: String,
    help: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Framework {
    id: String,
    short_name: String,
    active: bool,
}

#[derive(Debug, Deserialize)]
struct Compliance {
    handle: String,
    version: String,
    name: String,
    status: String,
}

#[derive(Debug, Deserialize)]
struct File {
    name: String,
    rows: u64,
    bytes: u64,
}

/// One run.
pub(super) async fn show(app: Arc<App>, call: Call) -> Outcome {
    let visit = Visit::through(&app, &call);
    let (runs, id) = (Arc::clone(&app.runs), call.part("id").to_owned());
    let store = Arc::clone(&app.store);
    let reads_compliance = visit.may(Permission::RulesRead);
    let found = aside(move || {
        let run = store.run(&id)?;
        let changes = runs.changes_since(&run)?;
        Ok::<_, Refusal>((runs.told(run.clone(), reads_compliance), run, changes))
    });
    let (told, run, changes) = found.await??;
    let told: Told = serde_json::from_value(told).unwrap_or_default();
    let mut main = Markup::default();
    changed::write(&mut main, &changes, &visit);
    write_facts(&mut main, &run, &told);
    write_findings(&mut main, "What is questionable", &told.warnings);
    write_compliance(&mut main, &told.compliance);
    write_results(&mut main, &run, &told);
    write_frameworks(&mut main, &told.frameworks);
    let page =
        Page::new(&format!("Run of {}", minute(run.created.at)), main).within("/view/runs", "Runs");
    Ok(page.answer(StatusCode::OK, &visit))
}

fn write_facts(main: &mut Markup, run: &Run, told: &Told) {
    write!(main, "<section>\n<h2>How far it is</h2>\n");
    if let Some(reason) = &told.reason {
        write!(
            main,
            "<div class=\"notice\">\n<p>{}</p>\n",
            sentence_of(reason)
        );
        write_items(main, &told.diagnostics);
        writeln!(main, "</div>");
    }
    write!(
        main,
        "<dl class=\"facts\">\n<div><dt>State</dt><dd>{}",
        State(run.state)
    );
    if let Some(Progress { phase, done, total }) = &told.progress {
        write!(main, " {}: {}", Escaped(phase), Grouped(*done));
        if let Some(total) = total {
            write!(main, " of {}", Grouped(*total));
        }
    }
    write!(
        main,
        "</dd></div>\n<div><dt>Asked for</dt><dd>{}</dd></div>\n",
        WhenAndWho(&run.created)
    );
    for (what, at) in [("Started", run.started_at), ("Ended", run.ended_at)] {
        if let Some(at) = at {
            writeln!(main, "<div><dt>{what}</dt><dd>{}</dd></div>", Time(at));
        }
    }
    let request = told.request.to_string();
    let shown: String = request.chars().take(MOST_REQUEST).collect();
    let cut = if shown.len() < request.len() {
        "…"
    } else {
        ""
    };
    writeln!(
        main,
        "<div><dt>Request</dt><dd><code>{}{cut}</code></dd></div>",
        Escaped(&shown)
    );
    write!(
        main,
        "<div><dt>Id</dt><dd><code>{}</code></dd></div>\n</dl>\n</section>\n",
        Escaped(&run.id)
    );
}

fn write_findings(main: &mut Markup, what: &str, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    write!(main, "<section>\n<h2>{what}</h2>\n");
    write_items(main, findings);
    writeln!(main, "</section>");
}

fn write_items(main: &mut Markup, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    writeln!(main, "<ul>");
    for finding in findings.iter().take(MOST_FINDINGS) {
        write!(main, "<li>{}", sentence_of(&finding.message));
        if let Some(help) = &finding.help {
            write!(main, " {}", sentence_of(help));
        }
        writeln!(main, "</li>");
    }
    writeln!(main, "</ul>");
    write_more(main, length(findings).saturating_sub(MOST_FINDINGS as u64));
}

fn write_more(main: &mut Markup, more: u64) {
    if more > 0 {
        writeln!(main, "<p class=\"quiet\">And {} more.</p>", Grouped(more));
    }
}

fn write_compliance(main: &mut Markup, all: &[Compliance]) {
    if all.is_empty() {
        return;
    }
    write!(
        main,
        "<section>\n<h2>Compliance</h2>\n<ul class=\"named\">\n"
    );
    for Compliance {
        handle,
        version,
        name,
        status,
    } in all.iter().take(MOST_LISTED)
    {
        let known = Status::ALL
            .into_iter()
            .find(|known| known.as_str() == status);
        let badge = Badge::from(known.unwrap_or(Status::Unknown));
        write!(main, "<li>{badge} ");
        write_link(main, handle, version, name);
        writeln!(main, "</li>");
    }
    writeln!(main, "</ul>");
    write_more(main, length(all).saturating_sub(MOST_LISTED as u64));
    writeln!(main, "</section>");
}

fn write_results(main: &mut Markup, run: &Run, told: &Told) {
    if told.results.is_empty() {
        return;
    }
    write!(main, "<section>\n<h2>Results</h2>\n");
    if told.results_kept != Some(true) {
        writeln!(
            main,
            "<p>The files are no longer kept: newer runs have taken their place.</p>"
        );
    }
    write!(
        main,
        "<div class=\"wide\" role=\"group\" aria-label=\"Results\" tabindex=\"0\"><table>\n<thead>\n<tr><th scope=\"col\">File</th><th scope=\"col\" class=\"n\">Rows</th><th scope=\"col\" class=\"n\">Bytes</th></tr>\n</thead>\n<tbody>\n"
    );
    for File { name, rows, bytes } in &told.results {
        write!(main, "<tr><th scope=\"row\">");
        match told.results_kept {
            Some(true) => write!(
                main,
                "<a href=\"/view/runs/{}/results/{}\">{}</a>",
                Segment(&run.id),
                Segment(name),
                Name(name)
            ),
            _ => write!(main, "{}", Name(name)),
        }
        writeln!(
            main,
            "</th><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            Grouped(*rows),
            Grouped(*bytes)
        );
    }
    write!(main, "</tbody>\n</table></div>\n</section>\n");
}

fn write_frameworks(main: &mut Markup, all: &[Framework]) {
    if all.is_empty() {
        return;
    }
    write!(
        main,
        "<section>\n<h2>Frameworks</h2>\n<p>As they were when the run started.</p>\n<ul class=\"named\">\n"
    );
    for Framework {
        id,
        short_name,
        active,
    } in all.iter().take(MOST_LISTED)
    {
        let active = super::framework::State(*active);
        writeln!(
            main,
            "<li>{active} <a href=\"/view/frameworks/{}\">{}</a></li>",
            Segment(id),
            Brief(short_name)
        );
    }
    writeln!(main, "</ul>");
    write_more(main, length(all).saturating_sub(MOST_LISTED as u64));
    writeln!(main, "</section>");
}
