//! A small catalog, typed in.

use super::{browse, filled, framework, rule, send_form, stored, text};
use crate::report::markup;
use crate::server::{Answer, Running, tokens};
use classmark::server::{Access, Permission};
use serde_json::json;

fn typed(server: &Running, catalog: &str, hierarchical: bool) -> Answer {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("catalog", catalog);
    if hierarchical {
        form.append_pair("match", "hierarchical");
    }
    let page = send_form(server, "/view/evaluate", &[], &form.finish());
    markup::parse(page.text()).unwrap_or_else(|wrong| panic!("{wrong}: {}", page.text()));
    page
}

fn crm() -> Running {
    filled(Access::Open, |store| {
        let mut mail = rule("Mail of customers", &["Email"]);
        mail["tableTags"] = json!([{"name": "Customer", "source": "collibra"}]);
        stored(
            store,
            &[framework("crm", &json!([mail, rule("Phone", &["Phone"])]))],
        );
    })
}

#[test]
fn the_form_shows_how_and_its_example_is_fine() {
    let server = crm();
    let page = browse(&server, "/view/evaluate");
    assert_eq!(page.status, 200);
    let area = page.text().split("<textarea").nth(1).unwrap();
    let example = area
        .split_once(">\n")
        .unwrap()
        .1
        .split("</textarea>")
        .next()
        .unwrap();
    assert!(example.contains("crm.customers.email: Email"));
    let page = typed(&server, example, false);
    assert_eq!(page.status, 200, "{}", text(&page));
}

#[test]
fn columns_get_tags_and_are_told_why() {
    let server = crm();
    let catalog = "crm.customers.*: Customer (from collibra)\ncrm.customers.email: Email\ncrm.customers.mail: Email, PII.Email\ncrm.customers.id:";
    let page = typed(&server, catalog, false);
    assert_eq!(page.status, 200);
    let told = text(&page);
    for part in [
        "Rules of 1 active framework say something of 2 of 3 columns.",
        "crm.customers.email high PII.Email high Not yet crm/mail-of-customers",
        "crm.customers.mail high PII.Email high Recorded crm/mail-of-customers",
        "crm.customers.id not rated No rule says anything of it.",
        "A column gets PII.Email if it has the tag Email and its data source has Customer (from collibra).",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    // What was typed is still there.
    assert!(
        page.text()
            .contains("crm.customers.mail: Email, PII.Email\n")
    );
}

#[test]
fn json_does_as_well_and_tags_below_one_count_if_wanted() {
    let server = crm();
    let catalog =
        json!({"data_sources": [{"id": 7, "columns": [{"name": "a", "tags": ["Phone.Mobile"]}]}]});
    let exact = text(&typed(&server, &catalog.to_string(), false));
    assert!(
        exact.contains("7.a not rated No rule says anything of it."),
        "{exact}"
    );
    let below = text(&typed(&server, &catalog.to_string(), true));
    assert!(
        below.contains("7.a high PII.Email high Not yet crm/phone"),
        "{below}"
    );
}

#[test]
fn what_is_wrong_is_told_by_its_place() {
    let server = crm();
    let page = typed(&server, "a.b: C\nnothing\n", false);
    assert_eq!(page.status, 400);
    assert!(
        text(&page).contains("Line 2: `nothing` has no colon"),
        "{}",
        text(&page)
    );
    let long = format!("a.b: C\na.c: {}", "x".repeat(501));
    let page = typed(&server, &long, false);
    if page.status == 400 {
        assert!(text(&page).contains("Line 2: "), "{}", text(&page));
    }
    let page = typed(
        &server,
        r#"{"data_sources": [{"id": "a", "columns": [{"nam": "b"}]}]}"#,
        false,
    );
    assert_eq!(page.status, 400);
    let told = text(&page);
    assert!(told.contains("/data_sources/0/columns/0"), "{told}");
    assert!(page.text().contains("aria-describedby=\"wrong\""));
    let page = typed(&server, "{", false);
    assert_eq!(page.status, 400, "{}", text(&page));
    let page = typed(&server, &"a.b: C\n".repeat(2_001), false);
    assert_eq!(page.status, 413);
    assert!(
        text(&page).contains("This page takes 2000 lines"),
        "{}",
        text(&page)
    );
    let page = typed(&server, "", false);
    assert!(page.status < 500, "{}", text(&page));
}

#[test]
fn names_in_catalogs_are_only_names() {
    let server = crm();
    let nasty = "<script>alert(1)</script>\u{202e}";
    for catalog in [
        format!("a{nasty}.b{nasty}: Email{nasty}, Phone"),
        format!("</textarea>{nasty}"),
        json!({"data_sources": [{"id": nasty, nasty: 1}]}).to_string(),
    ] {
        let page = typed(&server, &catalog, false);
        assert!(!page.text().contains("<script"), "{catalog}");
        assert!(!page.text().contains('\u{202e}'), "{catalog}");
    }
}

#[test]
fn it_takes_the_permission_and_a_form_of_ours() {
    let (access, secrets) = tokens(&[&[Permission::RulesRead], &[Permission::Governance]]);
    let server = filled(access, |_| {});
    for (secret, status) in secrets.iter().zip([403, 200]) {
        let bearer = ("authorization", &*format!("Bearer {secret}"));
        let page = send_form(&server, "/view/evaluate", &[bearer], "catalog=a.b%3A+C");
        assert_eq!(page.status, status);
        let other = ("sec-fetch-site", "cross-site");
        let page = send_form(
            &server,
            "/view/evaluate",
            &[bearer, other],
            "catalog=a.b%3A+C",
        );
        assert_eq!(page.status, 403);
    }
    assert_eq!(
        send_form(&server, "/view/evaluate", &[], "catalog=a").status,
        401
    );
}
