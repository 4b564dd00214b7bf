//! Whatever the names: every form gives each of them back, and all forms say
//! the same of each control and rule.

use super::sample::{
    basis, control, framework, idle_rule, requirement, rollup, rule, unknown_rule,
};
use super::{csv_rows, json_of, ocsf, oscal, property};
use classmark::arrow::array::AsArray;
use classmark::arrow::datatypes::UInt64Type;
use classmark::output::rollup_batch;
use classmark::rollup::{ControlNode, Head, Rollup, RuleNode};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Names that differ little, or are hard to quote, or anything.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(&["a", "A", "a-", "a.", "a_", "a b", "a\nb", "a, \"b\"", "=a", " a", "\"", ""][..])
            .prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn any_rule() -> impl Strategy<Value = RuleNode> {
    let counts = (0..3u64, 0..3u64, 0..3u64);
    let sensitivity = option::of(0..3u8);
    prop_oneof![
        1 => name().prop_map(|id| unknown_rule(&id)),
        1 => name().prop_map(|id| idle_rule(&id)),
        6 => (name(), counts, sensitivity)
            .prop_map(|(id, (p, f, m), sensitivity)| rule(&id, [p, f, m], sensitivity)),
    ]
}

/// Controls name rules out of a few, so that rules are shared; names are
/// unique where documents have them so.
fn any_rollup() -> impl Strategy<Value = Rollup> {
    let pool = vec(any_rule(), 1..6).prop_map(|mut rules| {
        let mut seen = BTreeSet::new();
        rules.retain(|rule| seen.insert(rule.id.clone()));
        rules
    });
    let places = btree_set(0..60usize, 1..4);
    let controls = btree_map(name(), places, 1..4);
    let requirements = btree_map(name(), controls, 1..3);
    let frameworks = btree_map(name(), (option::of(name()), requirements), 0..3);
    (pool, frameworks).prop_map(|(pool, frameworks)| {
        let pick = |places: BTreeSet<usize>| -> Vec<RuleNode> {
            let places: BTreeSet<usize> = places.iter().map(|i| i % pool.len()).collect();
            places
                .into_iter()
                .map(|place| pool[place].clone())
                .collect()
        };
        let framework = |(handle, (description, requirements)): (String, (Option<String>, _))| {
            let requirements: BTreeMap<String, _> = requirements;
            let requirement = |(name, controls): (String, BTreeMap<_, _>)| {
                let controls = controls.into_iter();
                let of = |(name, places): (String, _)| control(&name, pick(places));
                requirement(&name, controls.map(of).collect())
            };
            let requirements = requirements.into_iter().map(requirement).collect();
            framework(&handle, description.as_deref(), requirements)
        };
        rollup(frameworks.into_iter().map(framework).collect())
    })
}

/// What a form says of a node: its names, its status, and findings that pass,
/// fail and are muted.
type Told = (Vec<String>, String, [u64; 3]);

fn told(names: Vec<&str>, head: &Head) -> Told {
    let names = names.into_iter().map(str::to_owned).collect();
    let found = head.findings;
    let status = head.status.as_str().to_owned();
    (names, status, [found.pass, found.fail, found.muted])
}

/// What the rollup says of its controls, and of the rules of each.
fn of_rollup(rollup: &Rollup) -> Vec<(Told, Vec<Told>)> {
    let mut all = Vec::new();
    for framework in &rollup.frameworks {
        for requirement in &framework.requirements {
            for control in &requirement.controls {
                let names = vec![&*framework.handle, &requirement.name, &control.name];
                all.push((told(names.clone(), &control.head), rules(&names, control)));
            }
        }
    }
    all
}

fn rules(names: &[&str], control: &ControlNode) -> Vec<Told> {
    let of = |rule: &RuleNode| told([names, &[&rule.id]].concat(), &rule.head);
    control.rules.iter().map(of).collect()
}

fn findings(node: &Value) -> [u64; 3] {
    ["pass", "fail", "muted"].map(|verdict| node["findings"][verdict].as_u64().unwrap())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn of_json(rollup: &Rollup) -> Vec<(Told, Vec<Told>)> {
    let whole: Value = serde_json::from_slice(&json_of(rollup, &basis())).unwrap();
    let mut all = Vec::new();
    for framework in list(&whole["frameworks"]) {
        for requirement in list(&framework["requirements"]) {
            for control in list(&requirement["controls"]) {
                let above = [framework, requirement, control];
                let names = || {
                    let keys = ["handle", "name", "name"].iter().zip(above);
                    keys.map(|(key, node)| text(&node[*key]))
                        .collect::<Vec<_>>()
                };
                let of = |names, node: &Value| (names, text(&node["status"]), findings(node));
                let rule = |rule: &Value| of([names(), vec![text(&rule["id"])]].concat(), rule);
                let rules = list(&control["rules"]).iter().map(rule).collect();
                all.push((of(names(), control), rules));
            }
        }
    }
    all
}

fn of_table(rollup: &Rollup) -> Vec<(Told, Vec<Told>)> {
    let batch = rollup_batch(rollup).unwrap();
    let texts = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>();
    let mut all: Vec<(Told, Vec<Told>)> = Vec::new();
    for row in 0..batch.num_rows() {
        let count = |name: &str| {
            let counts = batch.column_by_name(name).unwrap();
            counts.as_primitive::<UInt64Type>().value(row)
        };
        let level = texts("level").value(row);
        let names = ["handle", "requirement", "control", "rule_id"];
        let names = &names[..if level == "rule" { 4 } else { 3 }];
        let told = (
            names
                .iter()
                .map(|n| texts(n).value(row).to_owned())
                .collect(),
            texts("status").value(row).to_owned(),
            ["findings_pass", "findings_fail", "findings_muted"].map(count),
        );
        match level {
            "control" => all.push((told, Vec::new())),
            "rule" => all.last_mut().unwrap().1.push(told),
            _ => {}
        }
    }
    all
}

/// The name in a cell, without the quote that keeps a spreadsheet from running it.
fn name_in(cell: &str) -> String {
    let first = |c: char| !c.is_whitespace() && !"'\"".contains(c) || "\t\r\n".contains(c);
    let is_formula = cell.find(first).is_some_and(|at| {
        let formulas = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"];
        formulas.iter().any(|of| cell[at..].starts_with(of))
    });
    let name = if is_formula {
        cell.strip_prefix('\'').unwrap()
    } else {
        cell
    };
    name.to_owned()
}

/// The rows of the spreadsheet, with the status of the control.
fn of_csv(rollup: &Rollup) -> Vec<(String, Told)> {
    let rows = csv_rows(rollup);
    let place = |name: &str| rows[0].iter().position(|n| n == name).unwrap();
    let row = |row: &csv::StringRecord| {
        let text = |name: &str| row[place(name)].to_owned();
        let count = |name: &str| row[place(name)].parse::<u64>().unwrap();
        let told = (
            ["handle", "requirement", "control", "rule_id"]
                .map(|name| name_in(&text(name)))
                .to_vec(),
            text("status"),
            ["findings_pass", "findings_fail", "findings_muted"].map(count),
        );
        (text("control_status"), told)
    };
    rows[1..].iter().map(row).collect()
}

fn of_oscal(rollup: &Rollup) -> Vec<(Told, Vec<Told>)> {
    let whole = oscal(rollup);
    let mut all = Vec::new();
    for result in list(&whole["results"]) {
        let observations = list(&result["observations"]);
        for finding in list(&result["findings"]) {
            let names = vec![
                property(result, "handle"),
                property(finding, "requirement"),
                property(finding, "control"),
            ];
            let of = |names: Vec<String>, part: &Value| {
                let count = |name| property(part, name).parse::<u64>().unwrap();
                let found = ["findings_pass", "findings_fail", "findings_muted"].map(count);
                (names, property(part, "status"), found)
            };
            let rule = |reference: &Value| {
                let uuid = &reference["observation-uuid"];
                let rule = observations.iter().find(|o| o["uuid"] == *uuid).unwrap();
                of(
                    [names.clone(), vec![property(rule, "rule_id")]].concat(),
                    rule,
                )
            };
            let rules = list(&finding["related-observations"]).iter().map(rule);
            all.push((of(names.clone(), finding), rules.collect()));
        }
    }
    all
}

/// An event, with the outcomes of the control and of its rules.
type Event = (Told, Value, Vec<(String, Value)>);

fn of_ocsf(rollup: &Rollup) -> Vec<Event> {
    let of = |event: &Value| {
        let (unmapped, compliance) = (&event["unmapped"], &event["compliance"]);
        let names = [
            &unmapped["handle"],
            &compliance["requirements"][0],
            &compliance["control"],
        ];
        let head = &unmapped["rollup"];
        let told = (
            names.map(text).to_vec(),
            text(&head["status"]),
            findings(head),
        );
        let check = |check: &Value| (text(&check["uid"]), check["status_id"].clone());
        let checks = list(&compliance["checks"]).iter().map(check).collect();
        (told, compliance["status_id"].clone(), checks)
    };
    ocsf(rollup).iter().map(of).collect()
}

fn uuids(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(parts) => {
            found.extend(parts.get("uuid").map(text));
            parts.values().for_each(|part| uuids(part, found));
        }
        Value::Array(parts) => parts.iter().for_each(|part| uuids(part, found)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn all_forms_say_the_same(rollup in any_rollup()) {
        let wanted = of_rollup(&rollup);
        prop_assert_eq!(&of_json(&rollup), &wanted);
        prop_assert_eq!(&of_table(&rollup), &wanted);
        prop_assert_eq!(&of_oscal(&rollup), &wanted);
        let rows: Vec<(String, Told)> = wanted
            .iter()
            .flat_map(|(control, rules)| rules.iter().map(|r| (control.1.clone(), r.clone())))
            .collect();
        prop_assert_eq!(of_csv(&rollup), rows);
        let outcome = |told: &Told| match &*told.1 {
            "pass" => 1,
            "unknown" => 2,
            "fail" => 3,
            _ => 99,
        };
        let events: Vec<Event> = wanted
            .iter()
            .map(|(control, rules)| {
                let check = |rule: &Told| (rule.0[3].clone(), Value::from(outcome(rule)));
                let checks = rules.iter().map(check).collect();
                (control.clone(), Value::from(outcome(control)), checks)
            })
            .collect();
        prop_assert_eq!(of_ocsf(&rollup), events);
    }

    #[test]
    fn assessment_results_name_everything_once(rollup in any_rollup()) {
        let whole = oscal(&rollup);
        let mut found = Vec::new();
        uuids(&whole, &mut found);
        let distinct: BTreeSet<&String> = found.iter().collect();
        prop_assert_eq!(distinct.len(), found.len());

        let objectives = list(&whole["local-definitions"]["objectives-and-methods"]);
        let controls: usize = rollup.frameworks.iter().flat_map(|f| &f.requirements)
            .map(|r| r.controls.len()).sum();
        prop_assert_eq!(objectives.len(), controls);
        let tokens: BTreeSet<String> = objectives.iter().map(|o| text(&o["control-id"])).collect();
        prop_assert_eq!(tokens.len(), controls);
        let included: BTreeSet<String> = list(&whole["results"]).iter()
            .flat_map(|r| list(&r["reviewed-controls"]["control-selections"][0]["include-controls"]))
            .map(|c| text(&c["control-id"])).collect();
        prop_assert_eq!(included, tokens);
    }

    #[test]
    fn only_a_control_that_passes_is_satisfied_anywhere(rollup in any_rollup()) {
        for result in list(&oscal(&rollup)["results"]) {
            for finding in list(&result["findings"]) {
                let passes = property(finding, "status") == "pass";
                prop_assert_eq!(finding["target"]["status"]["state"] == "satisfied", passes);
            }
        }
        for event in ocsf(&rollup) {
            let passes = event["unmapped"]["rollup"]["status"] == "pass";
            let compliance = &event["compliance"];
            prop_assert_eq!(compliance["status_id"] == 1, passes);
            prop_assert_eq!(compliance["status"] == "Pass", passes);
        }
    }
}
