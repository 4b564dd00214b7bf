//! `report.html`: what it says, that it stays what it is whatever names come in,
//! and how large it gets. `tests/browser` looks at it as browsers do.

pub(crate) mod markup;
#[path = "../../../examples/sample_report/samples.rs"]
mod samples;

use classmark::output::write_report;
use classmark::rollup::{Ratio, Scores, Status};
use markup::{Element, parse};
use proptest::prelude::*;
use samples::Made;
use std::collections::BTreeSet;
use std::io::{self, Write};

fn page(made: &Made) -> String {
    let mut page = Vec::new();
    write_report(&mut page, &made.rollup, &made.basis, &made.examples).unwrap();
    String::from_utf8(page).unwrap()
}

/// The page without style, script and version.
fn body(page: &str) -> String {
    let from = page.find("<body").unwrap();
    let to = page.find("<script>").unwrap();
    page[from..to].replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

/// The part of the page from one anchor to the end of its element's line or section.
fn from<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    let at = page.find(start).unwrap_or_else(|| panic!("no {start}"));
    let rest = &page[at..];
    &rest[..rest.find(end).unwrap()]
}

#[test]
fn a_small_page_is_as_it_was() {
    insta::assert_snapshot!(body(&page(&samples::tiny())));
}

#[test]
fn every_page_is_well_formed_and_its_links_lead_somewhere() {
    for (name, made) in samples::all() {
        let elements = parse(&page(&made)).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let ids: Vec<&str> = elements.iter().filter_map(|e| e.value("id")).collect();
        let distinct: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len(), "{name} has an id twice");
        for href in elements.iter().filter_map(|e| e.value("href")) {
            let known = href
                .strip_prefix('#')
                .is_some_and(|id| distinct.contains(id));
            assert!(known || href == "data:,", "{name}: {href} leads nowhere");
        }
    }
}

#[test]
fn headings_do_not_skip_a_level() {
    for (name, made) in samples::all() {
        let elements = parse(&page(&made)).unwrap();
        let levels: Vec<u32> = elements.iter().filter_map(Element::heading).collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
        assert!(levels.windows(2).all(|two| two[1] <= two[0] + 1), "{name}");
    }
}

#[test]
fn nothing_is_asked_of_the_network() {
    for (name, made) in samples::all() {
        let page = page(&made);
        let elements = parse(&page).unwrap();
        for element in &elements {
            assert!(element.value("src").is_none(), "{name}: {element:?}");
            assert!(element.value("style").is_none(), "{name}: {element:?}");
        }
        let page = page
            .replace("http://www.w3.org/2000/svg", "")
            .replace("http-equiv", "");
        assert!(!page.contains("http"), "{name}");
        assert!(!page.contains("@import"), "{name}");
        assert!(
            page.split("url(")
                .skip(1)
                .all(|rest| rest.starts_with("\"data:")),
            "{name}"
        );
    }
}

#[test]
fn names_make_no_elements_and_no_attributes() {
    let shape = |made: &Made| -> BTreeSet<String> {
        let elements = parse(&page(made)).unwrap();
        elements.iter().map(Element::shape).collect()
    };
    let known = shape(&samples::small());
    let strange: Vec<String> = shape(&samples::hostile())
        .difference(&known)
        .cloned()
        .collect();
    assert_eq!(strange, Vec::<String>::new());
    let page = page(&samples::hostile());
    assert!(page.contains("&lt;script&gt;document.title=&#39;gone&#39;&lt;/script&gt;"));
    assert!(page.contains(r"\u{202e}txt.exe\u{202c}"));
    assert!(!page.contains(['\u{202e}', '\u{7}', '\u{1b}', '\0']));
}

#[test]
fn the_same_gives_the_same_bytes() {
    assert!(page(&samples::small()) == page(&samples::small()));
}

#[test]
fn without_anything_to_look_at_there_is_no_score() {
    let mut made = samples::tiny();
    made.rollup.frameworks[0].head.scores = Scores::default();
    let page = page(&made);
    let scores = from(&page, "<dl class=\"scores\">", "</dl>");
    assert_eq!(scores.matches("<strong>no score</strong>").count(), 3);
    assert!(!scores.contains('%'), "{scores}");

    made.rollup.frameworks[0].head.scores.controls = Ratio {
        numerator: 12,
        denominator: 16,
    };
    let page = self::page(&made);
    assert!(page.contains("<strong>12 of 16</strong> controls pass (75.0\u{202f}%)"));
}

#[test]
fn every_status_is_told_by_its_own_word() {
    let page = page(&samples::small());
    for (control, badge) in [
        ("Contact data is marked", "<b class=\"fail\">Fail</b>"),
        ("Patient numbers are marked", "<b class=\"pass\">Pass</b>"),
        ("Staff badges are marked", "<b class=\"muted\">Muted</b>"),
        ("Cards are marked", "<b class=\"no_data\">No data</b>"),
        (
            "Record numbers stand beside no genome",
            "<b class=\"unknown\">Unknown</b>",
        ),
    ] {
        let summary = format!("<summary>{badge} <bdi>{control}</bdi>");
        assert!(page.contains(&summary), "{summary}");
    }
}

#[test]
fn what_was_not_evaluated_is_told_and_never_passes() {
    let made = samples::small();
    let page = page(&made);
    let gaps = from(&page, "<section id=\"gaps\">", "</section>");
    assert!(gaps.contains("1 rule id that no framework knows"));
    assert!(gaps.contains("demo-base/medcal-record-number"));
    assert!(gaps.contains("1 rule of inactive frameworks"));
    assert!(gaps.contains("research/genome"));
    assert!(gaps.contains("Record numbers stand beside no genome"));
    let requirements = made.rollup.frameworks.iter().flat_map(|f| &f.requirements);
    let rules = requirements
        .flat_map(|r| &r.controls)
        .flat_map(|c| &c.rules);
    let mut looked_at = 0;
    for rule in rules.filter(|rule| rule.head.rules.evaluated == 0) {
        assert_eq!(rule.head.status, Status::Unknown);
        let detail = from(
            &page,
            &format!("</b> <bdi>{}</bdi></h3>", rule.id),
            "</section>",
        );
        assert!(detail.contains("ot evaluated"), "{detail}");
        assert!(!detail.contains("\"pass\""), "{detail}");
        looked_at += 1;
    }
    assert_eq!(looked_at, 3);
}

#[test]
fn a_rule_is_told_once_however_many_controls_name_it() {
    let page = page(&samples::small());
    let id = "demo-base/medical-record-number";
    assert_eq!(page.matches(&format!("<bdi>{id}</bdi></h3>")).count(), 1);
    let number = from(
        &page,
        "<section id=\"rules\">",
        &format!("<bdi>{id}</bdi></h3>"),
    );
    let number = number.matches("class=\"rule\"").count();
    let links = page
        .matches(&format!("<a href=\"#r{number}\">{id}</a>"))
        .count();
    assert_eq!(links, 3);
}

#[test]
fn an_override_without_a_reason_is_named_aloud() {
    let page = page(&samples::small());
    let overrides = from(&page, "<section id=\"overrides\">", "</section>");
    assert_eq!(overrides.matches("No reason given").count(), 2);
    assert!(overrides.contains("2 of 3 overrides give no reason."));
    assert!(overrides.contains("1 other had expired by 2026-11-21"));
    assert!(overrides.contains("a.meier"));
    assert!(overrides.contains("rejects nothing that is there"));
}

#[test]
fn of_many_overrides_some_are_listed_and_the_rest_is_counted() {
    let page = page(&samples::large());
    let overrides = from(&page, "<section id=\"overrides\">", "</section>");
    assert_eq!(overrides.matches("<tr>").count(), 201);
    assert!(overrides.contains("1\u{202f}034 more are not listed here"));
    assert!(overrides.contains("overrides.parquet"));
}

#[test]
fn two_thousand_controls_are_a_page_still() {
    let made = samples::large();
    let page = page(&made);
    assert_eq!(page.matches("<details id=").count(), 2000);
    assert!(page.matches("class=\"rule\"").count() > 1000);
    assert!(page.len() < 4 << 20, "{} bytes", page.len());
}

/// Takes some bytes, then no more.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        if taken == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_page_that_cannot_be_written_whole_is_an_error() {
    let made = samples::tiny();
    let whole = page(&made).len();
    for (room, fits) in [
        (0, false),
        (whole / 2, false),
        (whole - 1, false),
        (whole, true),
    ] {
        let written = write_report(&mut Full(room), &made.rollup, &made.basis, &made.examples);
        assert_eq!(written.is_ok(), fits, "{room} of {whole} bytes");
    }
}

proptest! {
    #[test]
    fn any_name_leaves_the_page_as_it_is(names in prop::array::uniform12(any::<String>())) {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = names;
        let mut made = samples::tiny();
        let plain: Vec<String> = parse(&page(&made)).unwrap().iter().map(Element::shape).collect();
        let framework = &mut made.rollup.frameworks[0];
        (framework.name, framework.version, framework.handle) = (a, b, c);
        let requirement = &mut framework.requirements[0];
        requirement.name = d;
        requirement.controls[0].name = e;
        let known = requirement.controls[0].rules[0].known.as_mut().unwrap();
        (known.name, known.framework) = (f, g);
        made.basis.overrides[0].column_name = h;
        made.basis.inputs[0].path = i;
        made.examples.worst[0].data_source_id = j;
        made.examples.samples[0].columns[0].column_name = k;
        made.basis.frameworks[0].name = l;
        let elements = parse(&page(&made)).map_err(TestCaseError::fail)?;
        let shapes: Vec<String> = elements.iter().map(Element::shape).collect();
        prop_assert_eq!(plain, shapes);
    }
}
