//! No catalog comes to more than it may.

use super::small;
use classmark::catalog::CatalogError;
use classmark::framework::{DeclaredTag, Framework, Rule};
use classmark::pipeline::{
    CatalogLimits, Documents, EvaluateOptions, PipelineError, Prepared, SmallCatalog, WorkLimits,
    evaluate,
};
use classmark::reference::Row;
use classmark::tag::{Tag, TagMatch};

fn framework(rules: usize) -> Framework {
    let rule = |n: usize| Rule {
        id: format!("f/{n}"),
        has_own_id: true,
        name: n.to_string(),
        classification_tag: Tag::curated("Given"),
        column_tags: vec![Tag::curated("Asked")],
        neighbor_column_tags: Vec::new(),
        table_tags: Vec::new(),
        origin: None,
    };
    Framework {
        id: None,
        version: None,
        short_name: "f".into(),
        name: "F".into(),
        description: String::new(),
        active: true,
        tags: vec![DeclaredTag {
            tag: Tag::curated("Given"),
            sensitivity: None,
            description: None,
            origin: None,
        }],
        rules: (0..rules).map(rule).collect(),
        origin: None,
    }
}

fn rows(count: usize) -> Vec<Row> {
    let row = |n: usize| Row {
        data_source: (n / 3).to_string(),
        column: n.to_string(),
        column_tags: vec![Tag::curated("Asked")],
        table_tags: Vec::new(),
    };
    (0..count).map(row).collect()
}

fn evaluated(rules: usize, columns: usize, limits: WorkLimits) -> Result<u64, String> {
    let documents = Documents::of(vec![framework(rules)]);
    let prepared = Prepared::new(documents, TagMatch::Exact, None).unwrap();
    let options = EvaluateOptions {
        limits,
        ..EvaluateOptions::default()
    };
    let catalog = small(&rows(columns), false, 7);
    match evaluate(&prepared, &catalog, &options) {
        Ok(evaluation) => Ok(evaluation.counts().assignments),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn work_and_results_are_limited_to_the_one() {
    let limits = |row_rules, results| WorkLimits { row_rules, results };
    assert_eq!(evaluated(5, 20, limits(100, 1_000)), Ok(20));
    let error = "the catalog comes to more than 99 rows times rules";
    assert_eq!(evaluated(5, 20, limits(99, 1_000)), Err(error.into()));
    // An assignment, and the rules that give it.
    assert_eq!(evaluated(5, 20, limits(100, 20 * 6)), Ok(20));
    let error = "the catalog comes to more than 119 assignments and rules that give them";
    assert_eq!(evaluated(5, 20, limits(100, 119)), Err(error.into()));
}

#[test]
fn catalogs_are_limited_to_the_one() {
    let document = br#"{"data_sources": [{"id": "one", "tags": ["t"], "columns": [
        {"name": "abc", "tags": ["d", "e"]}, {"name": "f", "tags": [{"name": "g", "source": "h"}]}]}]}"#;
    let exact = CatalogLimits {
        bytes: document.len(),
        rows: 3,
        tags: 4,
        // Ids and names; tags once as they lie there and once as rows say them, and
        // so are their sources.
        text_bytes: 3 + 3 + 3 + 3 + 1 + 2 * (8 + 8 + 2 + 8),
    };
    let read = |limits: CatalogLimits| SmallCatalog::of_json("c", document, &limits);
    assert!(read(exact).is_ok());
    type Tighten = fn(&mut CatalogLimits);
    let tighter: [(&str, Tighten); 3] = [
        ("rows", |limits| limits.rows -= 1),
        ("tags", |limits| limits.tags -= 1),
        ("bytes of names", |limits| limits.text_bytes -= 1),
    ];
    for (told, tighten) in tighter {
        let mut limits = exact;
        tighten(&mut limits);
        match read(limits) {
            Err(PipelineError::Catalog(CatalogError::TooMuch { what, .. })) => {
                assert_eq!(what, told)
            }
            other => panic!("{told}: {other:?}"),
        }
    }
    let short = CatalogLimits {
        bytes: document.len() - 1,
        ..exact
    };
    assert!(matches!(read(short), Err(PipelineError::Small(_))));
}
