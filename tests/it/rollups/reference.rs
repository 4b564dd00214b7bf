//! Rollups by plain sets and loops: the judge of `rollup.json`.
//!
//! Every node is worked out on its own from the list of all findings, and
//! nothing is summed up from below.

use crate::corpus::is_rejected;
use classmark::compliance::ComplianceFramework;
use classmark::framework::Framework;
use classmark::reference::{Assignment, Rejection, Row};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A rule that fires on a column.
struct Finding<'a> {
    rule: &'a str,
    column: (&'a str, &'a str),
    verdict: &'static str,
    /// Of the classification tag.
    sensitivity: Option<u8>,
}

pub(super) struct Reference<'a> {
    frameworks: &'a [Framework],
    findings: Vec<Finding<'a>>,
    /// Per column the highest sensitivity of a tag that counts as on it.
    sensitivity: BTreeMap<(&'a str, &'a str), Option<u8>>,
    /// For not rated, 0, 1 and 2.
    weights: [u64; 4],
}

impl<'a> Reference<'a> {
    pub(super) fn new(
        frameworks: &'a [Framework],
        assignments: &'a [Assignment],
        rejected: &[Rejection],
        weights: [u64; 4],
    ) -> Self {
        let (mut findings, mut sensitivity) = (Vec::new(), BTreeMap::new());
        for a in assignments {
            let column = (a.data_source.as_str(), a.column.as_str());
            if !is_rejected(a, rejected) {
                let highest = sensitivity.entry(column).or_insert(None);
                *highest = a.sensitivity.max(*highest);
            }
            for rule in &a.rules {
                let verdict = match a.state {
                    "recorded" => "pass",
                    "new" => "fail",
                    other => other,
                };
                let sensitivity = a.sensitivity;
                findings.push(Finding {
                    rule,
                    column,
                    verdict,
                    sensitivity,
                });
            }
        }
        Reference {
            frameworks,
            findings,
            sensitivity,
            weights,
        }
    }

    pub(super) fn rollup(
        &self,
        documents: &[ComplianceFramework],
        rows: &[Row],
        overrides: usize,
    ) -> Value {
        let columns: BTreeSet<_> = rows.iter().map(|r| (&r.data_source, &r.column)).collect();
        let sources: BTreeSet<_> = rows.iter().map(|r| &r.data_source).collect();
        let all = documents.iter().flat_map(ids_of).collect();
        json!({
            "coverage": {
                "rules": self.rules(&all),
                "columns": columns.len(),
                "data_sources": sources.len(),
                "overrides": overrides,
            },
            "frameworks": documents.iter().map(|d| self.framework(d)).collect::<Vec<_>>(),
        })
    }

    fn framework(&self, of: &ComplianceFramework) -> Value {
        let requirements: Vec<Value> = of
            .requirements
            .iter()
            .map(|requirement| {
                let controls: Vec<Value> = requirement
                    .controls
                    .iter()
                    .map(|control| {
                        let ids: BTreeSet<&str> =
                            control.rules.iter().map(|r| r.id.as_str()).collect();
                        let rules: Vec<Value> =
                            control.rules.iter().map(|r| self.rule(&r.id)).collect();
                        let status = self.status(&ids);
                        let mut node = self.head(&ids, status, &[status], Some(&rules));
                        node["name"] = json!(control.name);
                        // A control lists its rules, so their counts have another name.
                        node["rule_counts"] = node["rules"].take();
                        node["rules"] = json!(rules);
                        node
                    })
                    .collect();
                let below = requirement
                    .controls
                    .iter()
                    .flat_map(|c| &c.rules)
                    .map(|r| r.id.as_str());
                let statuses = statuses(&controls);
                let mut node = self.head(
                    &below.collect(),
                    worst(&statuses),
                    &statuses,
                    Some(&controls),
                );
                node["name"] = json!(requirement.name);
                node["controls"] = json!(controls);
                node
            })
            .collect();
        let of_controls: Vec<&str> = requirements
            .iter()
            .flat_map(|r| r["controls"].as_array().unwrap())
            .map(|c| c["status"].as_str().unwrap())
            .collect();
        let status = worst(&statuses(&requirements));
        let mut node = self.head(
            &ids_of(of).collect(),
            status,
            &of_controls,
            Some(&requirements),
        );
        node["handle"] = json!(of.handle);
        node["version"] = json!(of.version);
        node["name"] = json!(of.name);
        node["requirements"] = json!(requirements);
        node
    }

    fn rule(&self, id: &str) -> Value {
        let ids = BTreeSet::from([id]);
        let mut node = self.head(&ids, self.status(&ids), &[], None);
        node["id"] = json!(id);
        node["known"] = json!(self.known(id));
        node["evaluated"] = json!(self.evaluated(id));
        node
    }

    /// What every node says, for the rules below it and the controls below it.
    fn head(
        &self,
        ids: &BTreeSet<&str>,
        status: &str,
        controls: &[&str],
        children: Option<&[Value]>,
    ) -> Value {
        let mine: Vec<&Finding> = self
            .findings
            .iter()
            .filter(|f| ids.contains(f.rule))
            .collect();
        let number = |verdict: &str| mine.iter().filter(|f| f.verdict == verdict).count();
        let weight = |verdict: &str| -> u64 {
            let these = mine.iter().filter(|f| f.verdict == verdict);
            these
                .map(|f| self.weights[f.sensitivity.map_or(0, |s| usize::from(s) + 1)])
                .sum()
        };
        let columns: BTreeSet<_> = mine
            .iter()
            .filter(|f| f.verdict != "muted")
            .map(|f| f.column)
            .collect();
        let sources: BTreeSet<_> = columns.iter().map(|c| c.0).collect();
        let rated = |level: Option<u8>| {
            columns
                .iter()
                .filter(|c| self.sensitivity[c] == level)
                .count()
        };
        let count = |wanted: &str| controls.iter().filter(|status| **status == wanted).count();
        let (pass, fail) = (number("pass"), number("fail"));
        let mut head = json!({
            "status": status,
            "findings": {"pass": pass, "fail": fail, "muted": number("muted")},
            "columns": columns.len(),
            "data_sources": sources.len(),
            "columns_by_sensitivity": {"2": rated(Some(2)), "1": rated(Some(1)), "0": rated(Some(0)), "not_rated": rated(None)},
            "rules": self.rules(ids),
            "scores": {
                "controls": {"numerator": count("pass"), "denominator": count("pass") + count("fail") + count("unknown")},
                "findings": {"numerator": pass, "denominator": pass + fail},
                "weighted": {"numerator": weight("pass"), "denominator": weight("pass") + weight("fail")},
            },
        });
        if let Some(children) = children {
            let statuses = statuses(children);
            let mut by_status = Map::new();
            for status in STATUSES {
                let number = statuses.iter().filter(|s| **s == status).count();
                by_status.insert(status.into(), json!(number));
            }
            head["children_by_status"] = Value::Object(by_status);
        }
        head
    }

    /// The status of a control or rule, in the order in which it is decided.
    fn status(&self, ids: &BTreeSet<&str>) -> &'static str {
        let has = |verdict: &str| {
            self.findings
                .iter()
                .any(|f| ids.contains(f.rule) && f.verdict == verdict)
        };
        if has("fail") {
            "fail"
        } else if ids.iter().any(|id| !self.evaluated(id)) {
            "unknown"
        } else if has("pass") {
            "pass"
        } else if has("muted") {
            "muted"
        } else {
            "no_data"
        }
    }

    fn rules(&self, ids: &BTreeSet<&str>) -> Value {
        let fired = |id: &&&str| self.findings.iter().any(|f| f.rule == **id);
        json!({
            "referenced": ids.len(),
            "known": ids.iter().filter(|id| self.known(id)).count(),
            "evaluated": ids.iter().filter(|id| self.evaluated(id)).count(),
            "fired": ids.iter().filter(fired).count(),
        })
    }

    fn known(&self, id: &str) -> bool {
        self.frameworks
            .iter()
            .flat_map(|f| &f.rules)
            .any(|rule| rule.id == id)
    }

    fn evaluated(&self, id: &str) -> bool {
        let active = self.frameworks.iter().filter(|f| f.active);
        active.flat_map(|f| &f.rules).any(|rule| rule.id == id)
    }
}

const STATUSES: [&str; 5] = ["fail", "unknown", "pass", "muted", "no_data"];

fn ids_of(framework: &ComplianceFramework) -> impl Iterator<Item = &str> {
    let controls = framework.requirements.iter().flat_map(|r| &r.controls);
    controls.flat_map(|c| &c.rules).map(|rule| rule.id.as_str())
}

fn statuses(nodes: &[Value]) -> Vec<&str> {
    nodes
        .iter()
        .map(|node| node["status"].as_str().unwrap())
        .collect()
}

fn worst<'s>(statuses: &[&'s str]) -> &'s str {
    STATUSES
        .into_iter()
        .find_map(|wanted| statuses.iter().find(|s| **s == wanted))
        .unwrap()
}
