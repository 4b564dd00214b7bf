//! Random catalogs, frameworks, overrides and controls: `rollup.json` says what
//! the reference says, and so does a rollup of the finished run.

use super::reference::Reference;
use crate::corpus::{Job, Journey, overrides};
use crate::properties::{draw, job};
use classmark::compliance::{ComplianceFramework, Control, Requirement, RuleReference};
use classmark::pipeline::{
    Documents, RecountOptions, RollupOptions, Silent, TagOptions, rollup, tag,
};
use classmark::reference::assign;
use classmark::rollup::Weights;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Requirements, controls and rules by their places; a rule by its place among
/// those that there are and two that no framework knows.
pub(crate) type Shape = Vec<Vec<Vec<Vec<Index>>>>;

pub(crate) fn shape() -> impl Strategy<Value = Shape> {
    let control = vec(any::<Index>(), 1..5);
    let requirement = vec(control, 1..4);
    vec(vec(requirement, 1..4), 1..3)
}

fn weights() -> impl Strategy<Value = [u32; 4]> {
    prop_oneof![Just([1, 1, 2, 4]), [0..5u32, 0..5u32, 0..5u32, 0..5u32],]
}

pub(crate) fn documents(shape: &Shape, job: &Job) -> Vec<ComplianceFramework> {
    let rules = job.frameworks.iter().flat_map(|f| &f.rules);
    let mut ids: Vec<&str> = rules.map(|rule| rule.id.as_str()).collect();
    ids.extend(["nobody/knows", "f1/r99"]);
    let control = |(number, rules): (usize, &Vec<Index>)| {
        let mut named: Vec<&str> = Vec::new();
        for rule in rules {
            let id = rule.get(&ids);
            if !named.contains(id) {
                named.push(id);
            }
        }
        Control {
            name: format!("control {number}"),
            rules: named
                .into_iter()
                .map(|id| RuleReference {
                    id: id.to_owned(),
                    origin: None,
                })
                .collect(),
        }
    };
    let requirement = |(number, controls): (usize, &Vec<Vec<Index>>)| Requirement {
        name: format!("requirement {number}"),
        controls: controls.iter().enumerate().map(control).collect(),
    };
    let framework = |(number, requirements): (usize, &Vec<Vec<Vec<Index>>>)| ComplianceFramework {
        handle: format!("handle{number}"),
        version: "1".into(),
        name: format!("Framework {number}"),
        description: None,
        icon_url: None,
        requirements: requirements.iter().enumerate().map(requirement).collect(),
        origin: None,
    };
    shape.iter().enumerate().map(framework).collect()
}

fn asked(
    frameworks: Vec<ComplianceFramework>,
    [not_rated, low, medium, high]: [u32; 4],
) -> RollupOptions {
    RollupOptions {
        frameworks,
        weights: Weights {
            high,
            medium,
            low,
            not_rated,
        },
        ..RollupOptions::default()
    }
}

#[test]
fn rollups_are_those_of_the_reference() {
    let journeys = [
        Journey::new(1, 1),
        Journey::new(3, 7),
        Journey {
            two_tables: true,
            ..Journey::new(2, 8192)
        },
    ];
    let drawn = (job(), shape(), weights(), select(journeys.to_vec()));
    draw(500, drawn, |(job, shape, weights, journey)| {
        let folder = tempfile::tempdir().unwrap();
        let documents = documents(&shape, &job);
        let mut options = journey.options(folder.path(), &job.rows, &job.rejected, job.matching);
        options.rollup = Some(asked(documents.clone(), weights));
        let summary = tag(&Documents::of(job.frameworks.clone()), &options, &Silent).unwrap();

        let assignments = assign(&job.frameworks, &job.rows, &job.rejected, job.matching);
        let reference = Reference::new(
            &job.frameworks,
            &assignments,
            &job.rejected,
            weights.map(u64::from),
        );
        let expected = reference.rollup(&documents, &job.rows, overrides(&job.rejected).len());
        let found = read(&options);
        prop_assert_eq!(difference(&expected, &found, ""), None);

        let again = RecountOptions {
            run: options.out.clone(),
            rollup: asked(documents, weights),
            as_of: None,
            out: Some(folder.path().join("again")),
            force: false,
            threads: options.threads,
        };
        let again = rollup(&again, &Silent).unwrap();
        prop_assert_eq!(Some(&again.rollup), summary.rollup.as_ref());
        let first = fs::read(options.out.join("rollup.parquet")).unwrap();
        prop_assert!(first == fs::read(folder.path().join("again/rollup.parquet")).unwrap());
        Ok(())
    });
}

fn read(options: &TagOptions) -> Value {
    json(&options.out.join("rollup.json"))
}

pub(super) fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Where something expected is not found; what is found beyond it does not matter.
pub(super) fn difference(expected: &Value, found: &Value, at: &str) -> Option<String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().find_map(|(key, value)| {
                difference(
                    value,
                    found.get(key).unwrap_or(&Value::Null),
                    &format!("{at}/{key}"),
                )
            })
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let pairs = expected.iter().zip(found).enumerate();
            pairs.into_iter().find_map(|(place, (expected, found))| {
                difference(expected, found, &format!("{at}/{place}"))
            })
        }
        _ => (expected != found).then(|| format!("{at}: expected {expected}, found {found}")),
    }
}
