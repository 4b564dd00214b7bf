//! Columns and data sources that lie over the borders of what is read at once.

use crate::corpus::Journey;
use classmark::compliance::{ComplianceFramework, Control, Requirement, RuleReference};
use classmark::framework::{DeclaredTag, Framework, Rule};
use classmark::pipeline::{
    Documents, RecountOptions, RollupOptions, Silent, TagOptions, rollup, tag,
};
use classmark::reference::Row;
use classmark::rollup::{BySensitivity, Rollup};
use classmark::tag::{Tag, TagMatch};
use std::path::Path;

const RULES: [&str; 3] = ["f/a", "f/b", "f/c"];

/// Three rules that fire on the same columns, so that a column has three assignments.
fn framework() -> Framework {
    let rule = |id: &str| Rule {
        has_own_id: true,
        id: id.into(),
        name: id.into(),
        classification_tag: Tag::curated(id),
        column_tags: vec![Tag::curated("t")],
        neighbor_column_tags: Vec::new(),
        table_tags: Vec::new(),
        origin: None,
    };
    let declared = |id: &str| DeclaredTag {
        tag: Tag::curated(id),
        sensitivity: Some(1),
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
        tags: RULES.iter().map(|id| declared(id)).collect(),
        rules: RULES.iter().map(|id| rule(id)).collect(),
        origin: None,
    }
}

fn asked() -> RollupOptions {
    let rules = RULES.iter().map(|id| RuleReference {
        id: (*id).into(),
        origin: None,
    });
    let framework = ComplianceFramework {
        handle: "h".into(),
        version: "1".into(),
        name: "n".into(),
        description: None,
        icon_url: None,
        requirements: vec![Requirement {
            name: "q".into(),
            controls: vec![Control {
                name: "c".into(),
                rules: rules.collect(),
            }],
        }],
        origin: None,
    };
    RollupOptions {
        frameworks: vec![framework],
        ..RollupOptions::default()
    }
}

fn tagged(folder: &Path, rows: &[Row]) -> (TagOptions, Rollup) {
    let mut options = Journey::new(2, 8192).options(folder, rows, &[], TagMatch::Exact);
    options.rollup = Some(asked());
    let summary = tag(&Documents::of(vec![framework()]), &options, &Silent).unwrap();
    (options, summary.rollup.unwrap())
}

#[test]
fn columns_and_data_sources_over_the_borders_of_batches_count_once() {
    // No power of two is a multiple of three: every batch ends within a column.
    let columns = [30_000, 1, 0, 20_000];
    let mut rows = Vec::new();
    for (source, columns) in columns.into_iter().enumerate() {
        rows.extend((0..=columns).map(|column| Row {
            data_source: format!("s{source}"),
            column: column.to_string(),
            // The first has nothing to say.
            column_tags: vec![Tag::curated("t"); usize::from(column > 0)],
            table_tags: Vec::new(),
        }));
    }
    let folder = tempfile::tempdir().unwrap();
    let (options, first) = tagged(folder.path(), &rows);
    let again = RecountOptions {
        run: options.out,
        rollup: asked(),
        as_of: None,
        out: None,
        force: false,
        threads: options.threads,
    };
    let again = rollup(&again, &Silent).unwrap().rollup;
    assert_eq!(again, first);
    let head = &first.frameworks[0].head;
    assert_eq!(head.findings.fail, 3 * 50_001);
    assert_eq!(head.columns.get(Some(1)), 50_001);
    assert_eq!(
        BySensitivity::LEVELS
            .map(|level| head.columns.get(level))
            .iter()
            .sum::<u64>(),
        50_001
    );
    assert_eq!(head.data_sources, 3);
}
