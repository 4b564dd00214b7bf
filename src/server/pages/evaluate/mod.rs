//! A small catalog, typed in, and what the rules that are in force say of it.

mod lines;
mod result;

use super::form::{Form, form};
use super::markup::Markup;
use super::page::Page;
use super::sentence_of;
use super::visit::Visit;
use crate::output::rollup::report::escaped::{Escaped, Prose};
use crate::output::rollup::report::numbers::{Grouped, length};
use crate::server::answer::{DiagnosticRecord, Refusal};
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use crate::server::evaluate::typed;
use crate::tag::TagMatch;
use axum::http::StatusCode;
use lines::Typed;
use std::sync::Arc;

/// Bytes of the form.
const MOST: usize = 1 << 20;
/// Lines of a catalog; programs send more.
const MOST_LINES: usize = 2_000;
/// Findings that are told; the rest is counted.
const MOST_FINDINGS: usize = 50;

/// What the form begins with.
const EXAMPLE: &str = "\
# A column a line: SOURCE.COLUMN: TAG, TAG
# The tags of a data source itself: SOURCE.*: TAG
crm.customers.*: Customer
crm.customers.full_name: Person Name
crm.customers.email: Email, Customer Email (from collibra-prod)
crm.customers.id:
";

/// The form.
pub(super) async fn show(app: Arc<App>, call: Call) -> Outcome {
    let visit = Visit::through(&app, &call);
    let mut main = Markup::default();
    write_form(&mut main, EXAMPLE, false, false);
    Ok(page(main).answer(StatusCode::OK, &visit))
}

/// The form, and what its catalog comes to.
pub(super) async fn answer(app: Arc<App>, mut call: Call) -> Outcome {
    let visit = Visit::through(&app, &call);
    let form = form(&mut call, MOST).await?;
    let hierarchical = form.field("match") == "hierarchical";
    let (read, lines) = catalog(&form);
    let outcome = match read {
        Ok(body) => {
            let matching = hierarchical.then_some(TagMatch::Hierarchical);
            typed(&app, body, matching, result::told).await
        }
        Err(refusal) => Err(refusal),
    };
    let (status, mut main, headers) = match outcome {
        Ok(result) => (StatusCode::OK, result, Vec::new()),
        Err(refusal) if refusal.status.is_client_error() => {
            let faults = told(&refusal, lines.as_ref());
            (refusal.status, faults, refusal.headers)
        }
        Err(refusal) => return Err(refusal),
    };
    let wrong = status != StatusCode::OK;
    write_form(&mut main, form.field("catalog"), hierarchical, wrong);
    let mut response = page(main).answer(status, &visit);
    response.headers_mut().extend(headers);
    Ok(response)
}

fn page(main: Markup) -> Page {
    let mut lede = Markup::default();
    write!(
        lede,
        "What the active frameworks say of a small catalog. Nothing of it is kept."
    );
    Page::new("Evaluate", main).lede(lede)
}

/// What programs would send, and the lines that it came from if it was lines.
fn catalog(form: &Form) -> (Result<Vec<u8>, Refusal>, Option<Typed>) {
    let text = form.field("catalog");
    if text.trim_start().starts_with(['{', '[']) {
        return (Ok(text.as_bytes().to_vec()), None);
    }
    if text.lines().nth(MOST_LINES).is_some() {
        let message = format!("this page takes {MOST_LINES} lines: `POST /evaluate` takes more");
        return (
            Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message)),
            None,
        );
    }
    match lines::read(text) {
        Ok(typed) => (Ok(typed.json().to_string().into_bytes()), Some(typed)),
        Err(wrong) => {
            let told = wrong.into_iter().map(|wrong| DiagnosticRecord {
                code: "syntax".into(),
                message: format!("line {}: {}", wrong.line, wrong.message),
                pointer: String::new(),
                help: None,
            });
            (
                Err(Refusal::bad("the catalog cannot be read").with(told)),
                None,
            )
        }
    }
}

fn write_form(main: &mut Markup, text: &str, hierarchical: bool, wrong: bool) {
    let invalid = match wrong {
        true => " aria-invalid=\"true\" aria-describedby=\"wrong\"",
        false => "",
    };
    let checked = if hierarchical { " checked" } else { "" };
    write!(
        main,
        "<section>\n<h2>Catalog</h2>\n<form method=\"post\" action=\"/view/evaluate\" class=\"stacked whole\">\n"
    );
    writeln!(
        main,
        "<label for=\"catalog\">A column a line, or the JSON that <code>POST /evaluate</code> takes</label>"
    );
    // The first line end after the start of the element is not part of the text.
    write!(
        main,
        "<textarea id=\"catalog\" name=\"catalog\" rows=\"14\" spellcheck=\"false\" required{invalid}>\n{}</textarea>\n",
        Prose(text)
    );
    writeln!(
        main,
        "<label class=\"check\"><input type=\"checkbox\" name=\"match\" value=\"hierarchical\"{checked}> A tag also counts as those above it: <code>PII.Email</code> as <code>PII</code></label>"
    );
    write!(main, "<button>Evaluate</button>\n</form>\n</section>\n");
}

/// What is wrong, each with its place.
fn told(refusal: &Refusal, typed: Option<&Typed>) -> Markup {
    let mut main = Markup::default();
    write!(
        main,
        "<section>\n<h2>Not evaluated</h2>\n<div class=\"notice\" id=\"wrong\" role=\"alert\">\n"
    );
    if refusal.diagnostics.is_empty() {
        let message = refusal
            .message
            .as_deref()
            .unwrap_or("the catalog cannot be evaluated");
        writeln!(main, "<p>{}</p>", sentence_of(message));
    }
    writeln!(main, "<ul>");
    for fault in refusal.diagnostics.iter().take(MOST_FINDINGS) {
        let line = typed.and_then(|typed| typed.line(&fault.pointer));
        write!(main, "<li>");
        match (line, fault.pointer.as_str()) {
            (Some(line), _) => write!(main, "Line {line}: "),
            (None, "") => {}
            (None, pointer) => write!(main, "<code>{}</code>: ", Escaped(pointer)),
        }
        write!(main, "{}", sentence_of(&fault.message));
        if let Some(help) = &fault.help {
            write!(main, " {}", sentence_of(help));
        }
        writeln!(main, "</li>");
    }
    writeln!(main, "</ul>");
    let more = length(&refusal.diagnostics).saturating_sub(MOST_FINDINGS as u64);
    if more > 0 {
        writeln!(main, "<p>And {} more.</p>", Grouped(more));
    }
    write!(main, "</div>\n</section>\n");
    main
}
