//! What a version changed, for people.

mod compared;
mod told;

use super::markup::Markup;
use super::page::Page;
use super::time::WhenAndWho;
use super::versions::{number_asked, version_of};
use super::visit::Visit;
use crate::framework::Framework;
use crate::output::rollup::report::escaped::Escaped;
use crate::server::answer::Refusal;
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use crate::server::frameworks::parsed;
use crate::store::StoredFramework;
use axum::http::StatusCode;
use compared::Difference;
use std::sync::Arc;

/// Two versions of a framework and what is different.
pub(super) async fn show(app: Arc<App>, call: Call) -> Outcome {
    let visit = Visit::through(&app, &call);
    let from = number_asked(&call, "from")?;
    let to = number_asked(&call, "to")?;
    let id = call.part("id").to_owned();
    let page = app.ask(move |store| {
        let to = version_of(store, &id, to)?;
        // Nothing said: what its version changed.
        let from = from.unwrap_or_else(|| (to.number - 1).max(1));
        whole(&version_of(store, &id, Some(from))?, &to)
    });
    Ok(page.await??.answer(StatusCode::OK, &visit))
}

fn whole(old: &StoredFramework, new: &StoredFramework) -> Result<Page, Refusal> {
    let (before, after) = (parsed(old)?, parsed(new)?);
    let mut main = Markup::default();
    write_pair(&mut main, old, new);
    told::write(&mut main, &Difference::between(&before, &after));
    write_chooser(&mut main, old, new);
    let link = format!("/view/frameworks/{}", new.id);
    let title = format!("{}: version {} → {}", after.name, old.number, new.number);
    Ok(Page::new(&title, main).within(link, &*after.name))
}

/// What one version changed, in a line.
pub(super) fn between(before: &Framework, after: &Framework) -> String {
    told::summary(&Difference::between(before, after))
}

fn write_pair(main: &mut Markup, old: &StoredFramework, new: &StoredFramework) {
    write!(
        main,
        "<section>\n<h2>What is compared</h2>\n<dl class=\"facts\">\n"
    );
    for (what, version) in [("Before", old), ("After", new)] {
        writeln!(
            main,
            "<div><dt>{what}</dt><dd><a href=\"/view/frameworks/{0}?version={1}\">Version {1}</a>, {2}</dd></div>",
            Escaped(&version.id),
            version.number,
            WhenAndWho(&version.changed)
        );
    }
    write!(main, "</dl>\n</section>\n");
}

/// Any two versions can be compared.
fn write_chooser(main: &mut Markup, old: &StoredFramework, new: &StoredFramework) {
    write!(main, "<section>\n<h2>Other versions</h2>\n");
    super::versions::write_chooser(main, &new.id, old.number, new.number);
    writeln!(main, "</section>");
}
