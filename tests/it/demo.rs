//! The demo: its Parquet is what its text says, and its frameworks make sense of it.

use classmark::arrow::array::{Array, AsArray, RecordBatch};
use classmark::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use classmark::tag::Tag;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

type Tags = BTreeSet<Tag>;

/// Data source, column, column tags, table tags.
type Row = (String, String, Vec<Tag>, Vec<Tag>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalog {
    source: Vec<Source>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    id: String,
    tags: Vec<String>,
    columns: Vec<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Framework {
    short_name: String,
    name: String,
    description: String,
    active: bool,
    tags: Vec<Declared>,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    name: String,
    source: String,
    #[serde(default)]
    description: Option<String>,
    sensitivities: Vec<Sensitivity>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sensitivity {
    dimension: String,
    sensitivity: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Rule {
    name: String,
    classification_tag: Reference,
    #[serde(default)]
    column_tags: Vec<Reference>,
    #[serde(default)]
    neighbor_column_tags: Vec<Reference>,
    #[serde(default)]
    table_tags: Vec<Reference>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reference {
    name: String,
    source: String,
}

impl Reference {
    fn tag(&self) -> Tag {
        Tag::new(&*self.source, &*self.name)
    }
}

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo")
}

/// `Name` or `Name (source)`.
fn tag(text: &str) -> Tag {
    match text.strip_suffix(')').and_then(|t| t.rsplit_once(" (")) {
        Some((name, source)) => Tag::new(source, name),
        None => Tag::curated(text),
    }
}

fn catalog() -> Catalog {
    toml::from_str(&fs::read_to_string(demo().join("catalog.toml")).unwrap()).unwrap()
}

fn frameworks() -> Vec<Framework> {
    let text = |name: &str| fs::read_to_string(demo().join("frameworks").join(name)).unwrap();
    let mut frameworks: Vec<Framework> = ["base.json", "record.json", "regulation.json"]
        .iter()
        .map(|name| serde_json::from_str(&text(name)).unwrap())
        .collect();
    frameworks.push(serde_saphyr::from_str(&text("risk.yaml")).unwrap());
    frameworks
}

fn rows_of_text() -> Vec<Row> {
    let rows = |source: &Source| {
        let table: Vec<Tag> = source.tags.iter().map(|text| tag(text)).collect();
        let columns = source.columns.iter().map(|column| {
            let tags = column[1..].iter().map(|text| tag(text)).collect();
            (source.id.clone(), column[0].clone(), tags, table.clone())
        });
        columns.collect::<Vec<Row>>()
    };
    catalog().source.iter().flat_map(rows).collect()
}

fn tags_at(batch: &RecordBatch, column: &str, row: usize) -> Vec<Tag> {
    let list = batch.column_by_name(column).unwrap().as_list::<i32>();
    let tags = list.value(row);
    let tags = tags.as_struct();
    let names = tags.column_by_name("name").unwrap().as_string::<i32>();
    let sources = tags.column_by_name("source").unwrap().as_string::<i32>();
    (0..tags.len())
        .map(|i| Tag::new(sources.value(i), names.value(i)))
        .collect()
}

fn rows_of_parquet() -> Vec<Row> {
    let file = File::open(demo().join("catalog.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let mut rows = Vec::new();
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        for row in 0..batch.num_rows() {
            let text = |column: &str| {
                let column = batch.column_by_name(column).unwrap();
                column.as_string::<i32>().value(row).to_owned()
            };
            rows.push((
                text("data_source_id"),
                text("column_name"),
                tags_at(&batch, "column_tags", row),
                tags_at(&batch, "table_tags", row),
            ));
        }
    }
    rows
}

#[test]
fn the_parquet_is_what_the_text_says() {
    assert_eq!(
        rows_of_parquet(),
        rows_of_text(),
        "run `cargo run --example demo_catalog`"
    );
}

#[test]
fn there_are_twenty_data_sources_and_two_hundred_columns() {
    let rows = rows_of_text();
    let sources: BTreeSet<_> = rows.iter().map(|row| &row.0).collect();
    let columns: BTreeSet<_> = rows.iter().map(|row| (&row.0, &row.1)).collect();
    assert_eq!((sources.len(), columns.len(), rows.len()), (20, 200, 200));
}

#[test]
fn frameworks_keep_the_payloads_rules() {
    let mut shorts = BTreeSet::new();
    for framework in frameworks() {
        assert!(framework.active);
        assert!(!framework.name.is_empty() && !framework.description.is_empty());
        assert!((6..=50).contains(&framework.rules.len()));
        let declared: Tags = framework
            .tags
            .iter()
            .map(|t| Tag::new(&*t.source, &*t.name))
            .collect();
        assert_eq!(declared.len(), framework.tags.len());
        for tag in &framework.tags {
            assert!(tag.description.as_deref() != Some(""));
            for rated in &tag.sensitivities {
                assert_eq!(rated.dimension, "confidentiality");
                assert!(rated.sensitivity <= 2);
            }
        }
        let names: BTreeSet<_> = framework.rules.iter().map(|rule| &rule.name).collect();
        assert_eq!(names.len(), framework.rules.len());
        for rule in &framework.rules {
            assert!(declared.contains(&rule.classification_tag.tag()));
            let lists = [
                &rule.column_tags,
                &rule.neighbor_column_tags,
                &rule.table_tags,
            ];
            assert!(lists.iter().any(|list| !list.is_empty()), "{}", rule.name);
        }
        assert!(shorts.insert(framework.short_name));
    }
}

/// What the rules give: per column its tags, and per rule how often it fired.
#[derive(Default)]
struct Outcome {
    given: BTreeMap<(String, String), Tags>,
    fired: BTreeMap<String, usize>,
}

impl Outcome {
    fn of(&self, source: &str, column: &str) -> Vec<&str> {
        let given = self.given.get(&(source.into(), column.into()));
        given
            .into_iter()
            .flatten()
            .map(|tag| tag.name.as_str())
            .collect()
    }
}

/// Round after round until nothing changes.
fn outcome() -> Outcome {
    let frameworks = frameworks();
    let rules: Vec<&Rule> = frameworks.iter().flat_map(|f| &f.rules).collect();
    let mut columns: BTreeMap<(String, String), Tags> = BTreeMap::new();
    let mut tables: BTreeMap<String, Tags> = BTreeMap::new();
    for (source, column, tags, table) in rows_of_text() {
        columns
            .entry((source.clone(), column))
            .or_default()
            .extend(tags);
        tables.entry(source).or_default().extend(table);
    }
    let all = |wanted: &[Reference], tags: &Tags| wanted.iter().all(|w| tags.contains(&w.tag()));
    loop {
        let mut outcome = Outcome::default();
        let mut around: BTreeMap<&str, Tags> = BTreeMap::new();
        for ((source, _), tags) in &columns {
            around.entry(source).or_default().extend(tags.clone());
        }
        for rule in &rules {
            for ((source, column), tags) in &columns {
                if all(&rule.column_tags, tags)
                    && all(&rule.neighbor_column_tags, &around[source.as_str()])
                    && all(&rule.table_tags, &tables[source])
                {
                    let place = (source.clone(), column.clone());
                    let given = outcome.given.entry(place).or_default();
                    given.insert(rule.classification_tag.tag());
                    *outcome.fired.entry(rule.name.clone()).or_default() += 1;
                }
            }
        }
        let before = columns.clone();
        for (place, given) in &outcome.given {
            columns
                .entry(place.clone())
                .or_default()
                .extend(given.clone());
        }
        if before == columns {
            return outcome;
        }
    }
}

#[test]
fn every_rule_fires() {
    let outcome = outcome();
    for rule in frameworks().iter().flat_map(|f| &f.rules) {
        assert!(outcome.fired.contains_key(&rule.name), "{}", rule.name);
    }
}

#[test]
fn the_chain_reaches_from_recorded_tags_to_risk() {
    let outcome = outcome();
    assert_eq!(
        outcome.of("clinical.imaging_studies", "finding_code"),
        [
            "Kind.Diagnosis",
            "Record.Health",
            "Regulation.HIPAA.PHI",
            "Risk.Critical",
            "Risk.High"
        ]
    );
    assert_eq!(
        outcome.of("web.newsletter", "last_device"),
        ["Kind.Online Identifier", "Record.Visitor"]
    );
    assert_eq!(
        outcome.of("billing.payments", "iban"),
        [
            "Kind.Payment",
            "Record.Payer",
            "Regulation.GDPR.Personal Data",
            "Risk.Moderate"
        ]
    );
    assert_eq!(
        outcome.of("sandbox.patient_extract", "score"),
        ["Risk.Misplaced"]
    );
    assert_eq!(
        outcome.of("research.trial_enrollment", "arm"),
        ["Risk.Legal Hold"]
    );
    assert!(outcome.of("ops.facilities", "beds").is_empty());
    assert!(outcome.of("clinical.lab_results", "unit").is_empty());
}

#[test]
fn some_classification_tags_are_recorded_and_some_are_stale() {
    let outcome = outcome();
    let declared: Tags = frameworks()
        .iter()
        .flat_map(|f| &f.tags)
        .map(|t| Tag::new(&*t.source, &*t.name))
        .collect();
    let (mut recorded, mut stale) = (Vec::new(), Vec::new());
    for (source, column, tags, _) in rows_of_text() {
        for tag in tags.iter().filter(|tag| declared.contains(tag)) {
            let given = outcome.given.get(&(source.clone(), column.clone()));
            let list = match given.is_some_and(|given| given.contains(tag)) {
                true => &mut recorded,
                false => &mut stale,
            };
            list.push(format!("{source}.{column}: {tag}"));
        }
    }
    assert_eq!(recorded.len(), 6, "{recorded:#?}");
    assert_eq!(
        stale,
        [
            "ops.facilities.name: Risk.High",
            "ops.suppliers.contact_email: Record.Person",
            "ops.suppliers.contract_note: Regulation.HIPAA.PHI"
        ]
    );
}
