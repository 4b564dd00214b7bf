//! More guards than a node of the engine holds, and guards that hold late.

use crate::corpus::{Job, engines};
use classmark::framework::{DeclaredTag, Framework, Rule};
use classmark::reference::{self, Assignment, Row};
use classmark::tag::{Tag, TagMatch};

const RULES: usize = 150;

/// Rules on one column tag that each ask for other neighbours, every fifth for
/// a table tag, too; some ask for what others give, some for nothing else.
fn rule(number: usize) -> Rule {
    let given = |n: usize| Tag::curated(format!("given {n}"));
    let mut neighbor_column_tags = vec![Tag::curated(format!("near {number}"))];
    if number % 7 == 3 {
        neighbor_column_tags.push(given(number - 3));
    }
    let column_tags = match number % 11 {
        4 => Vec::new(),
        5 => vec![Tag::curated("a"), given(number - 1)],
        _ => vec![Tag::curated("a")],
    };
    Rule {
        has_own_id: true,
        id: format!("f/{number}"),
        name: number.to_string(),
        classification_tag: given(number),
        column_tags,
        neighbor_column_tags,
        table_tags: match number % 5 {
            0 => vec![Tag::curated(format!("table {}", number % 3))],
            _ => Vec::new(),
        },
        origin: None,
    }
}

fn framework() -> Framework {
    let rules: Vec<Rule> = (0..RULES).map(rule).collect();
    let declared = |rule: &Rule| DeclaredTag {
        tag: rule.classification_tag.clone(),
        sensitivity: None,
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
        tags: rules.iter().map(declared).collect(),
        rules,
        origin: None,
    }
}

/// Three columns a data source: with `a`, with neighbours for the rules, with
/// nothing. The later a data source comes, the more neighbours occur in it.
fn rows() -> Vec<Row> {
    let row = |source: usize, column: &str, tags: Vec<Tag>| Row {
        data_source: format!("s{source:02}"),
        column: column.into(),
        column_tags: tags,
        table_tags: vec![Tag::curated(format!("table {}", source % 4))],
    };
    (0..24)
        .flat_map(|source| {
            let near = (0..RULES).filter(|n| n * 24 <= RULES * source && (n + source) % 3 != 0);
            let near = near.map(|n| Tag::curated(format!("near {n}"))).collect();
            let a = vec![Tag::curated("a")];
            [
                row(source, "a", a),
                row(source, "near", near),
                row(source, "none", Vec::new()),
            ]
        })
        .collect()
}

#[test]
fn many_guards_and_late_ones() {
    let rows = rows();
    for rows in [rows.clone(), rows.into_iter().rev().collect()] {
        let job = Job {
            frameworks: vec![framework()],
            rows,
            rejected: Vec::new(),
            matching: TagMatch::Exact,
        };
        let expected = sorted(reference::assign(
            &job.frameworks,
            &job.rows,
            &job.rejected,
            job.matching,
        ));
        assert!(expected.len() > 1000, "{}", expected.len());
        for engine in engines() {
            assert!(expected == sorted(engine.run(&job)), "{}", engine.name());
        }
    }
}

fn sorted(mut assignments: Vec<Assignment>) -> Vec<Assignment> {
    assignments.sort();
    assignments
}
