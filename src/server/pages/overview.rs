//! The first page: what is in force, and what was found last.

use super::changed;
use super::compliance::{list as list_compliance, resting_on, write_list as write_compliance};
use super::frameworks::{Listed, list, write_list};
use super::last_run::last_run;
use super::markup::Markup;
use super::page::Page;
use super::runs::write_list as write_runs;
use super::visit::Visit;
use crate::output::rollup::report::escaped::Escaped;
use crate::output::rollup::report::numbers::{Grouped, counted};
use crate::server::access::Permission;
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use axum::http::StatusCode;
use std::sync::Arc;

/// Frameworks on this page; the rest are in their list.
const FRAMEWORKS: u64 = 12;
/// The same of runs.
const RUNS: u32 = 5;
/// The same of compliance frameworks.
const COMPLIANCE: u64 = 12;

/// What there is for whoever looks.
pub(super) async fn show(app: Arc<App>, call: Call) -> Outcome {
    let visit = Visit::through(&app, &call);
    let mut main = Markup::default();
    if visit.may(Permission::Governance) {
        let listed = app.stored(|store| list(store, None, 0, FRAMEWORKS)).await?;
        write_frameworks(&mut main, &listed, &visit);
    }
    if visit.may(Permission::RulesRead) {
        let listed = app.stored(|store| list_compliance(store, 0, COMPLIANCE));
        let listed = listed.await?;
        let last = last_run(&app).await?;
        write!(
            main,
            "<section>\n<h2>Compliance</h2>\n<p>{}</p>\n",
            resting_on(last.as_ref(), &visit)
        );
        if let Some(last) = &last {
            changed::write(&mut main, &last.changes, &visit);
        }
        write_compliance(&mut main, &listed, last.as_ref(), &visit);
        if listed.all > COMPLIANCE {
            writeln!(
                main,
                "<p><a href=\"/view/compliance\">All compliance frameworks</a></p>"
            );
        }
        writeln!(main, "</section>");
    }
    if visit.may(Permission::Governance) {
        let runs = app.stored(|store| store.runs(None, RUNS)).await?;
        write!(main, "<section>\n<h2>Last runs</h2>\n");
        write_runs(&mut main, &runs, RUNS as usize, &visit);
        writeln!(main, "</section>");
    }
    if main.is_empty() {
        write!(
            main,
            "<section>\n<p>Your token shows nothing here. What it is good for stands in the tokens file, under <code>permissions</code>: <code>{}</code> shows frameworks and runs, <code>{}</code> what compliance frameworks come to.</p>\n</section>\n",
            Permission::Governance,
            Permission::RulesRead
        );
    }
    let mut lede = Markup::default();
    write!(
        lede,
        "Which rules are in force, who changed them, and what they found."
    );
    let page = Page::new("Overview", main).lede(lede);
    Ok(page.answer(StatusCode::OK, &visit))
}

fn write_frameworks(main: &mut Markup, listed: &Listed, visit: &Visit) {
    let all = counted(listed.all, "framework", "frameworks");
    write!(main, "<section>\n<h2>Frameworks</h2>\n");
    if listed.all > 0 {
        writeln!(main, "<p>{all}, {} active.</p>", Grouped(listed.active));
    }
    if listed.all > 0 && listed.active == 0 {
        writeln!(
            main,
            "<p>No framework is active, so no rule is evaluated. One is switched on like this, with the id that its page tells:</p>"
        );
        writeln!(
            main,
            "<pre tabindex=\"0\"><code>curl -X PUT {}-H &quot;Content-Type: application/json&quot; --data &#39;{{&quot;active&quot;: true}}&#39; {}/frameworks/ID</code></pre>",
            visit.authorization(),
            Escaped(&visit.base)
        );
    }
    write_list(main, listed, visit);
    if listed.all > FRAMEWORKS {
        writeln!(
            main,
            "<p><a href=\"/view/frameworks\">All frameworks</a></p>"
        );
    }
    writeln!(main, "</section>");
}
