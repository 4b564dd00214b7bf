//! A tag that is recorded, rejected and given by no rule has a row, and does not
//! count as on its column: when tagging, and when the run's files are counted again.

use crate::corpus::{Journey, read_assignments};
use classmark::compliance::{ComplianceFramework, Control, Requirement, RuleReference};
use classmark::framework::{DeclaredTag, Framework, Rule};
use classmark::pipeline::{Documents, RecountOptions, RollupOptions, Silent, rollup, tag};
use classmark::reference::{Rejection, Row};
use classmark::rollup::Rollup;
use classmark::tag::{Tag, TagMatch};
use std::fs;
use std::path::Path;

/// `Low` is given for `t`; `High` is given for what no column has.
fn framework() -> Framework {
    let rule = |id: &str, gives: &str, wants: &str| Rule {
        has_own_id: true,
        id: id.into(),
        name: id.into(),
        classification_tag: Tag::curated(gives),
        column_tags: vec![Tag::curated(wants)],
        neighbor_column_tags: Vec::new(),
        table_tags: Vec::new(),
        origin: None,
    };
    let declared = |name: &str, sensitivity| DeclaredTag {
        tag: Tag::curated(name),
        sensitivity: Some(sensitivity),
        description: None,
        origin: None,
    };
    Framework {
        id: None,
        version: None,
        short_name: "f".into(),
        name: "f".into(),
        description: String::new(),
        active: true,
        tags: vec![declared("Low", 0), declared("High", 2)],
        rules: vec![rule("f/low", "Low", "t"), rule("f/high", "High", "nowhere")],
        origin: None,
    }
}

fn asked() -> RollupOptions {
    let rules = vec![RuleReference {
        id: "f/low".into(),
        origin: None,
    }];
    let controls = vec![Control {
        name: "c".into(),
        rules,
    }];
    RollupOptions {
        frameworks: vec![ComplianceFramework {
            handle: "h".into(),
            version: "1".into(),
            name: "n".into(),
            description: None,
            icon_url: None,
            requirements: vec![Requirement {
                name: "q".into(),
                controls,
            }],
            origin: None,
        }],
        report: true,
        ..RollupOptions::default()
    }
}

#[track_caller]
fn holds(rollup: &Rollup, out: &Path) {
    // One column is as sensitive as `High` makes it, the one that rejects it is not.
    let columns = &rollup.frameworks[0].head.columns;
    let by_level = [Some(2), Some(1), Some(0), None].map(|level| columns.get(level));
    assert_eq!(by_level, [1, 0, 1, 0]);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    let section = page.split("<section id=\"sensitivity\">").nth(1).unwrap();
    let section = section.split("</section>").next().unwrap();
    for level in ["high (2)", "low (0)"] {
        let row = format!("{level}</th><td class=\"n\">1</td>");
        assert!(section.contains(&row), "{row} in {section}");
    }
}

#[test]
fn a_rejected_stale_tag_makes_no_column_sensitive() {
    let row = |source: &str, column: &str, tags: &[&str]| Row {
        data_source: source.into(),
        column: column.into(),
        column_tags: tags.iter().map(|tag| Tag::curated(*tag)).collect(),
        table_tags: Vec::new(),
    };
    let orders = [
        // Data sources in one piece each, and one that is not.
        vec![
            row("1", "a", &["High", "t"]),
            row("1", "b", &["High", "t"]),
            row("2", "a", &[]),
        ],
        vec![
            row("1", "a", &["t"]),
            row("1", "b", &["t", "High"]),
            row("2", "a", &[]),
            row("1", "a", &["High"]),
        ],
    ];
    let rejected = [Rejection {
        data_source: "1".into(),
        column: "a".into(),
        tag: Tag::curated("High"),
    }];
    for (rows, matching) in orders
        .iter()
        .flat_map(|rows| [(rows, TagMatch::Exact), (rows, TagMatch::Hierarchical)])
    {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Journey::new(2, 8192).options(folder.path(), rows, &rejected, matching);
        options.rollup = Some(asked());
        let summary = tag(&Documents::of(vec![framework()]), &options, &Silent).unwrap();
        let found = read_assignments(&options.out.join("assignments.parquet"));
        let found: Vec<_> = found
            .iter()
            .map(|a| (&*a.column, &*a.tag.name, a.state, a.recorded, a.rules.len()))
            .collect();
        assert_eq!(
            found,
            [
                ("a", "High", "stale", true, 0),
                ("a", "Low", "new", false, 1),
                ("b", "High", "stale", true, 0),
                ("b", "Low", "new", false, 1),
            ]
        );
        assert!(summary.overrides.iter().all(|of| of.matched));
        holds(&summary.rollup.unwrap(), &options.out);
        let again = RecountOptions {
            run: options.out,
            rollup: asked(),
            as_of: None,
            out: Some(folder.path().join("again")),
            force: false,
            threads: options.threads,
        };
        let again = rollup(&again, &Silent).unwrap().rollup;
        holds(&again, &folder.path().join("again"));
    }
}
