//! A run's rollup in the shape of Datadog's rule-based view.
//!
//! | theirs | ours |
//! | --- | --- |
//! | `data.id` | the run's id |
//! | `id`, `name` | the rule's; of a rule that no framework knew, its id twice |
//! | `enabled` | whether the rule was evaluated |
//! | `stats` | its findings by verdict |
//! | `status`, a severity | the sensitivity of the tag that it gives: 2 `high`, 1 `medium`, 0 `low`, not rated `info` |
//! | `compliance_frameworks` | the controls that name it; `is_default` is false: all are custom |
//! | `tags` | what has no place of its own: `status:fail` and so on, the framework that the rule is of, its classification tag, distinct columns and data sources |
//! | `resourceType`, `resourceCategory`, `resourceAttributes` | `column`, `data_catalog`, and by what a column is known |
//! | `type` | `infrastructure_configuration`: theirs are three, none of which is a data catalog |

use super::asked::Asked;
use crate::pipeline::{RollupFramework, RollupRule};
use crate::server::runs::LastRun;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// The rules of custom frameworks and what they have found.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RuleBasedView")]
pub(super) struct ViewRecord {
    data: ViewDataRecord,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RuleBasedViewData")]
struct ViewDataRecord {
    /// The id of the run.
    id: String,
    /// `rule_based_view`.
    r#type: &'static str,
    attributes: ViewAttributesRecord,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RuleBasedViewAttributes")]
struct ViewAttributesRecord {
    /// How many rules there are.
    count: usize,
    /// The rules, by id.
    rules: Vec<ViewRuleRecord>,
}

/// A rule and what it has found.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RuleBasedViewRule")]
struct ViewRuleRecord {
    id: String,
    name: String,
    /// Whether it was evaluated.
    enabled: bool,
    /// `infrastructure_configuration`.
    r#type: &'static str,
    /// How sensitive the tag is that it gives: `high`, `medium`, `low` or `info`.
    status: &'static str,
    stats: ViewStatsRecord,
    /// The controls that name it.
    compliance_frameworks: Vec<ViewFrameworkRecord>,
    #[serde(rename = "resourceAttributes")]
    resource_attributes: [&'static str; 2],
    #[serde(rename = "resourceCategory")]
    resource_category: &'static str,
    #[serde(rename = "resourceType")]
    resource_type: &'static str,
    /// `status:`, `framework:`, `classification_tag:`, `columns:`, `data_sources:`.
    tags: Vec<String>,
}

/// Findings, each (rule, column).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RuleBasedViewRuleStats")]
struct ViewStatsRecord {
    /// The catalog does not record the tag yet.
    fail: u64,
    /// An override rejects it.
    muted: u64,
    /// The catalog records the tag.
    pass: u64,
}

/// A control that names a rule.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RuleBasedViewComplianceFramework")]
struct ViewFrameworkRecord {
    /// The custom framework's handle.
    framework: String,
    version: String,
    requirement: String,
    control: String,
    /// False: it is a custom one.
    is_default: bool,
}

impl ViewRecord {
    /// What is asked for, of a run.
    pub(super) fn of(last: &LastRun, asked: &Asked) -> Self {
        let mut rules: BTreeMap<&str, ViewRuleRecord> = BTreeMap::new();
        let frameworks = last.rollup.iter().flat_map(|rollup| &rollup.frameworks);
        for framework in frameworks.filter(|framework| asked.wants(framework)) {
            for requirement in &framework.requirements {
                for control in &requirement.controls {
                    for rule in control.rules.iter().filter(|rule| asked.wants_rule(rule)) {
                        let told = rules.entry(&rule.id).or_insert_with(|| told(rule, last));
                        told.compliance_frameworks.push(ViewFrameworkRecord {
                            framework: framework.handle.clone(),
                            version: framework.version.clone(),
                            requirement: requirement.name.clone(),
                            control: control.name.clone(),
                            is_default: false,
                        });
                    }
                }
            }
        }
        let attributes = ViewAttributesRecord {
            count: rules.len(),
            rules: rules.into_values().collect(),
        };
        ViewRecord {
            data: ViewDataRecord {
                id: last.run.id.clone(),
                r#type: "rule_based_view",
                attributes,
            },
        }
    }
}

impl Asked {
    fn wants(&self, framework: &RollupFramework) -> bool {
        let fits = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        !self.standard
            && fits(&self.framework, &framework.handle)
            && fits(&self.version, &framework.version)
    }

    fn wants_rule(&self, rule: &RollupRule) -> bool {
        let found = &rule.findings;
        self.without_findings || found.pass + found.fail + found.muted > 0
    }
}

fn told(rule: &RollupRule, last: &LastRun) -> ViewRuleRecord {
    let sensitivity = last.rules.get(&rule.id).and_then(|rule| rule.sensitivity);
    ViewRuleRecord {
        id: rule.id.clone(),
        name: rule.name.clone().unwrap_or_else(|| rule.id.clone()),
        enabled: rule.evaluated,
        r#type: "infrastructure_configuration",
        status: severity(sensitivity),
        stats: ViewStatsRecord {
            fail: rule.findings.fail,
            muted: rule.findings.muted,
            pass: rule.findings.pass,
        },
        compliance_frameworks: Vec::new(),
        resource_attributes: ["data_source_id", "column_name"],
        resource_category: "data_catalog",
        resource_type: "column",
        tags: tags(rule),
    }
}

fn severity(sensitivity: Option<u8>) -> &'static str {
    match sensitivity {
        Some(2..) => "high",
        Some(1) => "medium",
        Some(0) => "low",
        None => "info",
    }
}

fn tags(rule: &RollupRule) -> Vec<String> {
    let mut tags = vec![format!("status:{}", rule.status)];
    tags.extend(
        rule.framework
            .iter()
            .map(|name| format!("framework:{name}")),
    );
    let tag = rule.classification_tag.iter();
    tags.extend(tag.map(|tag| format!("classification_tag:{}:{}", tag.source, tag.name)));
    tags.push(format!("columns:{}", rule.columns));
    tags.push(format!("data_sources:{}", rule.data_sources));
    tags
}
