//! `docs/rollups.md`: the example on the page gives the numbers on the page.

use super::random::json;
use crate::corpus::one_table;
use classmark::compliance::Limits;
use classmark::parquet::arrow::ArrowWriter;
use classmark::pipeline::{
    RollupOptions, Silent, TagOptions, load_compliance, load_frameworks, load_overrides, tag,
};
use classmark::reference::Row;
use classmark::tag::Tag;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

/// The page's tables, each by the first cell of its head, and its blocks of
/// code, in order.
struct Page {
    tables: Vec<Vec<Vec<String>>>,
    blocks: Vec<String>,
}

impl Page {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rollups.md");
        let text = fs::read_to_string(path).unwrap();
        let (mut tables, mut blocks) = (Vec::new(), Vec::new());
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if line.starts_with("```") {
                let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
                blocks.push(block.join("\n") + "\n");
            } else if line.starts_with('|') {
                let mut table = vec![cells(line)];
                lines.next();
                while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
                    table.push(cells(row));
                }
                tables.push(table);
            }
        }
        Page { tables, blocks }
    }

    /// The rows of the table whose head begins like this.
    fn table(&self, head: &[&str]) -> &[Vec<String>] {
        let table = self
            .tables
            .iter()
            .find(|table| table[0][..head.len().min(table[0].len())] == *head);
        &table.unwrap_or_else(|| panic!("no table {head:?}"))[1..]
    }
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
    inner
        .split('|')
        .map(|cell| cell.trim().trim_matches('`').to_owned())
        .collect()
}

/// Runs the example and gives `rollup.json`.
fn run(page: &Page, folder: &Path) -> Value {
    let rows: Vec<Row> = page
        .table(&["data_source_id", "column_name"])
        .iter()
        .map(|cells| Row {
            data_source: cells[0].clone(),
            column: cells[1].clone(),
            column_tags: cells[2]
                .split(", ")
                .filter(|tag| !tag.is_empty())
                .map(Tag::curated)
                .collect(),
            table_tags: Vec::new(),
        })
        .collect();
    let batch = one_table(&rows);
    let columns = folder.join("columns.parquet");
    let mut writer =
        ArrowWriter::try_new(File::create(&columns).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let [frameworks, overrides, compliance] =
        [("f.yaml", 0), ("o.csv", 1), ("c.yaml", 2)].map(|(name, block)| {
            fs::write(folder.join(name), &page.blocks[block]).unwrap();
            folder.join(name)
        });
    let documents = load_frameworks(&[frameworks], &Default::default()).unwrap();
    assert_eq!(documents.diagnostics, []);
    let compliance = load_compliance(&[compliance], &Limits::default()).unwrap();
    let as_of = "2026-11-21".parse().unwrap();
    let options = TagOptions {
        rollup: Some(RollupOptions {
            as_of,
            ..RollupOptions::of(compliance).unwrap()
        }),
        ..TagOptions::new(columns, folder.join("out"))
    };
    let options = options
        .with_overrides(load_overrides(&[overrides], as_of).unwrap())
        .unwrap();
    let summary = tag(&documents, &options, &Silent).unwrap();
    assert_eq!(summary.warnings, []);
    json(&options.out.join("rollup.json"))
}

/// The nodes above rules, by name.
fn nodes(rollup: &Value) -> BTreeMap<String, &Value> {
    let list = |node: &'_ Value, key: &str| node[key].as_array().unwrap().clone();
    assert_eq!(list(rollup, "frameworks").len(), 1);
    let framework = &rollup["frameworks"][0];
    let mut nodes = BTreeMap::from([(framework["handle"].as_str().unwrap().to_owned(), framework)]);
    for requirement in framework["requirements"].as_array().unwrap() {
        nodes.insert(
            requirement["name"].as_str().unwrap().to_owned(),
            requirement,
        );
        for control in requirement["controls"].as_array().unwrap() {
            nodes.insert(control["name"].as_str().unwrap().to_owned(), control);
        }
    }
    nodes
}

fn row(name: &str, cells: &[Value]) -> Vec<String> {
    let text = |cell: &Value| {
        cell.as_str()
            .map_or_else(|| cell.to_string(), str::to_owned)
    };
    std::iter::once(name.to_owned())
        .chain(cells.iter().map(text))
        .collect()
}

fn rules(counts: &Value) -> Value {
    let keys = ["referenced", "known", "evaluated", "fired"];
    json!(keys.map(|key| counts[key].to_string()).join(", "))
}

#[test]
fn the_numbers_on_the_page_are_those_of_a_run() {
    let page = Page::read();
    let folder = tempfile::tempdir().unwrap();
    let rollup = run(&page, folder.path());
    let nodes = nodes(&rollup);

    let counts = page.table(&["node", "pass"]);
    let statuses = page.table(&["node", "status"]);
    let scores = page.table(&["node", "controls"]);
    for table in [counts, statuses, scores] {
        assert_eq!(table.len(), nodes.len());
    }
    for told in counts {
        let node = nodes[&told[0]];
        let (findings, rated) = (&node["findings"], &node["columns_by_sensitivity"]);
        let of_rules = node.get("rule_counts").unwrap_or(&node["rules"]);
        let mut found = ["pass", "fail", "muted"]
            .map(|key| findings[key].clone())
            .to_vec();
        found.extend([node["columns"].clone(), node["data_sources"].clone()]);
        found.extend(["2", "1", "0", "not_rated"].map(|key| rated[key].clone()));
        found.push(rules(of_rules));
        assert_eq!(row(&told[0], &found), *told);
    }
    for told in statuses {
        let node = nodes[&told[0]];
        let mut found = vec![node["status"].clone()];
        let order = ["fail", "unknown", "pass", "muted", "no_data"];
        found.extend(order.map(|key| node["children_by_status"][key].clone()));
        assert_eq!(row(&told[0], &found), *told);
    }
    for told in scores {
        let found = ["controls", "findings", "weighted"].map(|key| {
            let ratio = &nodes[&told[0]]["scores"][key];
            json!(format!("{}/{}", ratio["numerator"], ratio["denominator"]))
        });
        assert_eq!(row(&told[0], &found), *told);
    }

    let coverage = &rollup["coverage"];
    let told: Vec<&str> = page
        .table(&["what", "in the example"])
        .iter()
        .map(|row| &*row[1])
        .collect();
    let keys = ["columns", "data_sources", "overrides"].map(|key| coverage[key].to_string());
    assert_eq!(
        told,
        [
            vec![rules(&coverage["rules"]).as_str().unwrap()],
            keys.iter().map(|k| &**k).collect()
        ]
        .concat()
    );
}

#[test]
fn the_findings_on_the_page_are_those_of_a_run() {
    let page = Page::read();
    let folder = tempfile::tempdir().unwrap();
    run(&page, folder.path());
    let assignments =
        crate::corpus::read_assignments(&folder.path().join("out/assignments.parquet"));
    let mut found = Vec::new();
    for a in assignments.iter().filter(|a| a.state != "stale") {
        let verdict = match a.state {
            "recorded" => "pass",
            "new" => "fail",
            other => other,
        };
        let sensitivity = a
            .sensitivity
            .map_or("not rated".to_owned(), |level| level.to_string());
        for rule in &a.rules {
            let column = format!("{}.{}", a.data_source, a.column);
            found.push(vec![
                rule.clone(),
                column,
                verdict.to_owned(),
                sensitivity.clone(),
            ]);
        }
    }
    found.sort();
    assert_eq!(found, page.table(&["rule", "column"]));
}
