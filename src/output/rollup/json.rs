//! `rollup.json`: the tree as it is counted, and what it rests on.

use super::layout::Layout;
use super::{Basis, OverrideRecord, controls};
use crate::output::InputRecord;
use crate::rollup::{
    BySensitivity, ByStatus, ControlNode, Findings, FrameworkNode, Head, KnownRule, Ratio,
    RequirementNode, Rollup, RuleCounts, RuleNode, Scores, Status, Weights,
};
use serde::Serialize;
use serde_json::Serializer;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{self, BufWriter, Write};

/// Writes the rollup as JSON, indented down to a line for each rule, through a buffer
/// of its own. Keys come in a fixed order, and the last line ends.
///
/// # Errors
///
/// When it cannot be written.
///
/// ```
/// use classmark::output::{Basis, write_rollup_json};
/// use classmark::rollup::{Coverage, Rollup, Weights};
/// # fn main() -> Result<(), std::io::Error> {
/// let nothing = Rollup {
///     coverage: Coverage::default(),
///     weights: Weights::default(),
///     frameworks: Vec::new(),
/// };
/// let mut json = Vec::new();
/// write_rollup_json(&nothing, &Basis::default(), &mut json)?;
/// assert!(json.ends_with(b"\"frameworks\": []\n}\n"));
/// # Ok(())
/// # }
/// ```
pub fn write_rollup_json(rollup: &Rollup, basis: &Basis, to: impl Write) -> io::Result<()> {
    // A hundred pieces for each rule: they had better not go far.
    let mut to = BufWriter::with_capacity(1 << 16, to);
    let lines = Lines::of(rollup)?;
    let mut serializer = Serializer::with_formatter(&mut to, Layout::default());
    RollupRecord::of(rollup, basis, &lines).serialize(&mut serializer)?;
    to.write_all(b"\n")?;
    to.flush()
}

/// The lines of rules, by their ids: what is said of a rule is the same
/// wherever it is named, so it is put into words once.
struct Lines<'a>(BTreeMap<&'a str, Box<RawValue>>);

impl<'a> Lines<'a> {
    fn of(rollup: &'a Rollup) -> io::Result<Self> {
        let mut lines = Lines(BTreeMap::new());
        for rule in controls(rollup).flat_map(|control| &control.rules) {
            if let Entry::Vacant(place) = lines.0.entry(rule.id.as_str()) {
                let mut text = Vec::new();
                let mut to = Serializer::with_formatter(&mut text, Layout::flat());
                RuleNodeRecord::of(rule).serialize(&mut to)?;
                let text = String::from_utf8(text).map_err(io::Error::other)?;
                place.insert(RawValue::from_string(text)?);
            }
        }
        Ok(lines)
    }
}

/// The lines of a control's rules.
struct RuleLines<'a>(&'a [RuleNode], &'a Lines<'a>);

impl Serialize for RuleLines<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let RuleLines(rules, Lines(lines)) = self;
        serializer.collect_seq(rules.iter().map(|rule| lines.get(rule.id.as_str())))
    }
}

/// Nodes below which there are rules.
struct Below<'a, N, R>(&'a [N], &'a Lines<'a>, fn(&'a N, &'a Lines<'a>) -> R);

impl<N, R: Serialize> Serialize for Below<'_, N, R> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|node| self.2(node, self.1)))
    }
}

#[derive(Serialize)]
struct RollupRecord<'a> {
    as_of: &'a str,
    coverage: CoverageRecord<'a>,
    weights: WeightsRecord,
    overrides: &'a [OverrideRecord],
    frameworks: Below<'a, FrameworkNode, FrameworkRecord<'a>>,
}

impl<'a> RollupRecord<'a> {
    fn of(rollup: &'a Rollup, basis: &'a Basis, lines: &'a Lines<'a>) -> Self {
        RollupRecord {
            as_of: &basis.as_of,
            coverage: CoverageRecord {
                rules: RuleCountsRecord::of(rollup.coverage.rules),
                columns: rollup.coverage.columns,
                data_sources: rollup.coverage.data_sources,
                overrides: rollup.coverage.overrides,
                overrides_expired: basis.expired,
                inputs: &basis.inputs,
            },
            weights: WeightsRecord::of(rollup.weights),
            overrides: &basis.overrides,
            frameworks: Below(&rollup.frameworks, lines, FrameworkRecord::of),
        }
    }
}

#[derive(Serialize)]
struct CoverageRecord<'a> {
    rules: RuleCountsRecord,
    columns: u64,
    data_sources: u64,
    overrides: u64,
    overrides_expired: u64,
    inputs: &'a [InputRecord],
}

#[derive(Serialize)]
struct WeightsRecord {
    #[serde(rename = "2")]
    high: u32,
    #[serde(rename = "1")]
    medium: u32,
    #[serde(rename = "0")]
    low: u32,
    not_rated: u32,
}

impl WeightsRecord {
    fn of(weights: Weights) -> Self {
        WeightsRecord {
            high: weights.high,
            medium: weights.medium,
            low: weights.low,
            not_rated: weights.not_rated,
        }
    }
}

#[derive(Serialize)]
struct FrameworkRecord<'a> {
    handle: &'a str,
    version: &'a str,
    name: &'a str,
    #[serde(flatten)]
    head: HeadRecord,
    requirements: Below<'a, RequirementNode, RequirementRecord<'a>>,
}

impl<'a> FrameworkRecord<'a> {
    fn of(node: &'a FrameworkNode, lines: &'a Lines<'a>) -> Self {
        FrameworkRecord {
            handle: &node.handle,
            version: &node.version,
            name: &node.name,
            head: HeadRecord::of_parent(&node.head),
            requirements: Below(&node.requirements, lines, RequirementRecord::of),
        }
    }
}

#[derive(Serialize)]
struct RequirementRecord<'a> {
    name: &'a str,
    #[serde(flatten)]
    head: HeadRecord,
    controls: Below<'a, ControlNode, ControlRecord<'a>>,
}

impl<'a> RequirementRecord<'a> {
    fn of(node: &'a RequirementNode, lines: &'a Lines<'a>) -> Self {
        RequirementRecord {
            name: &node.name,
            head: HeadRecord::of_parent(&node.head),
            controls: Below(&node.controls, lines, ControlRecord::of),
        }
    }
}

#[derive(Serialize)]
struct ControlRecord<'a> {
    name: &'a str,
    #[serde(flatten)]
    head: HeadRecord,
    rules: RuleLines<'a>,
}

impl<'a> ControlRecord<'a> {
    fn of(node: &'a ControlNode, lines: &'a Lines<'a>) -> Self {
        ControlRecord {
            name: &node.name,
            head: HeadRecord::of_control(&node.head),
            rules: RuleLines(&node.rules, lines),
        }
    }
}

/// A rule where a control names it.
#[derive(Serialize)]
struct RuleNodeRecord<'a> {
    id: &'a str,
    known: bool,
    evaluated: bool,
    name: Option<&'a str>,
    framework: Option<&'a str>,
    classification_tag: Option<TagRecord<'a>>,
    #[serde(flatten)]
    head: HeadRecord,
}

impl<'a> RuleNodeRecord<'a> {
    fn of(node: &'a RuleNode) -> Self {
        let known = node.known.as_ref();
        RuleNodeRecord {
            id: &node.id,
            known: known.is_some(),
            evaluated: known.is_some_and(|rule| rule.evaluated),
            name: known.map(|rule| &*rule.name),
            framework: known.map(|rule| &*rule.framework),
            classification_tag: known.map(TagRecord::of),
            head: HeadRecord::of_rule(&node.head),
        }
    }
}

#[derive(Serialize)]
struct TagRecord<'a> {
    name: &'a str,
    source: &'a str,
}

impl<'a> TagRecord<'a> {
    fn of(rule: &'a KnownRule) -> Self {
        TagRecord {
            name: &rule.classification_tag.name,
            source: &rule.classification_tag.source,
        }
    }
}

/// What every node says.
#[derive(Serialize)]
pub(super) struct HeadRecord {
    status: &'static str,
    findings: FindingsRecord,
    columns: u64,
    data_sources: u64,
    columns_by_sensitivity: BySensitivityRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<RuleCountsRecord>,
    /// Those of a control, whose `rules` are its children.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_counts: Option<RuleCountsRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    children_by_status: Option<ByStatusRecord>,
    scores: ScoresRecord,
}

impl HeadRecord {
    /// Of a framework or requirement.
    fn of_parent(head: &Head) -> Self {
        HeadRecord {
            children_by_status: Some(ByStatusRecord::of(&head.children)),
            ..HeadRecord::of_rule(head)
        }
    }

    /// Of a control.
    pub(super) fn of_control(head: &Head) -> Self {
        let parent = HeadRecord::of_parent(head);
        HeadRecord {
            rules: None,
            rule_counts: parent.rules,
            ..parent
        }
    }

    fn of_rule(head: &Head) -> Self {
        HeadRecord {
            status: head.status.as_str(),
            findings: FindingsRecord::of(head.findings),
            columns: head.columns.sum(),
            data_sources: head.data_sources,
            columns_by_sensitivity: BySensitivityRecord::of(&head.columns),
            rules: Some(RuleCountsRecord::of(head.rules)),
            rule_counts: None,
            children_by_status: None,
            scores: ScoresRecord::of(head.scores),
        }
    }
}

#[derive(Serialize)]
struct FindingsRecord {
    pass: u64,
    fail: u64,
    muted: u64,
}

impl FindingsRecord {
    fn of(findings: Findings) -> Self {
        FindingsRecord {
            pass: findings.pass,
            fail: findings.fail,
            muted: findings.muted,
        }
    }
}

#[derive(Serialize)]
struct BySensitivityRecord {
    #[serde(rename = "2")]
    high: u64,
    #[serde(rename = "1")]
    medium: u64,
    #[serde(rename = "0")]
    low: u64,
    not_rated: u64,
}

impl BySensitivityRecord {
    fn of(columns: &BySensitivity) -> Self {
        BySensitivityRecord {
            high: columns.get(Some(2)),
            medium: columns.get(Some(1)),
            low: columns.get(Some(0)),
            not_rated: columns.get(None),
        }
    }
}

#[derive(Serialize)]
struct RuleCountsRecord {
    referenced: u64,
    known: u64,
    evaluated: u64,
    fired: u64,
}

impl RuleCountsRecord {
    fn of(rules: RuleCounts) -> Self {
        RuleCountsRecord {
            referenced: rules.referenced,
            known: rules.known,
            evaluated: rules.evaluated,
            fired: rules.fired,
        }
    }
}

#[derive(Serialize)]
struct ByStatusRecord {
    fail: u64,
    unknown: u64,
    pass: u64,
    muted: u64,
    no_data: u64,
}

impl ByStatusRecord {
    fn of(children: &ByStatus) -> Self {
        ByStatusRecord {
            fail: children.get(Status::Fail),
            unknown: children.get(Status::Unknown),
            pass: children.get(Status::Pass),
            muted: children.get(Status::Muted),
            no_data: children.get(Status::NoData),
        }
    }
}

#[derive(Serialize)]
struct ScoresRecord {
    controls: RatioRecord,
    findings: RatioRecord,
    weighted: RatioRecord,
}

impl ScoresRecord {
    fn of(scores: Scores) -> Self {
        ScoresRecord {
            controls: RatioRecord::of(scores.controls),
            findings: RatioRecord::of(scores.findings),
            weighted: RatioRecord::of(scores.weighted),
        }
    }
}

#[derive(Serialize)]
struct RatioRecord {
    numerator: u64,
    denominator: u64,
}

impl RatioRecord {
    fn of(ratio: Ratio) -> Self {
        RatioRecord {
            numerator: ratio.numerator,
            denominator: ratio.denominator,
        }
    }
}
