//! Sums to the final tree: statuses and scores.

use super::model::{
    ControlNode, Coverage, Findings, FrameworkNode, Head, Ratio, RequirementNode, Rollup,
    RuleCounts, RuleNode, Scores, Weights,
};
use super::partial::Partial;
use super::plan::Plan;
use super::status::{ByStatus, Status, Verdict};
use crate::compliance::{ComplianceFramework, Control, Requirement};
use std::collections::BTreeMap;

/// How much of a catalog was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Distinct columns.
    pub columns: u64,
    /// Distinct data sources.
    pub data_sources: u64,
    /// Overrides in force.
    pub overrides: u64,
}

impl Plan {
    /// What the sums over a whole catalog come to.
    pub fn rollup(&self, sums: &Partial, seen: Seen) -> Rollup {
        let mut finish = Finish {
            plan: self,
            sums,
            next: self.named.len(),
        };
        let mut all = Rules::default();
        let mut frameworks = Vec::with_capacity(self.frameworks.len());
        for framework in &self.frameworks {
            let (node, rules, _) = finish.framework(framework);
            all.extend(&rules);
            frameworks.push(node);
        }
        Rollup {
            coverage: Coverage {
                rules: finish.rule_counts(&all),
                columns: seen.columns,
                data_sources: seen.data_sources,
                overrides: seen.overrides,
            },
            weights: self.weights,
            frameworks,
        }
    }
}

/// Distinct rules by id, each with its number if it is evaluated.
type Rules<'p> = BTreeMap<&'p str, Option<u32>>;

/// Statuses of the controls below a node.
type Controls = ByStatus;

struct Finish<'p> {
    plan: &'p Plan,
    sums: &'p Partial,
    /// The number of the next framework, requirement or control.
    next: usize,
}

impl<'p> Finish<'p> {
    fn framework(&mut self, of: &'p ComplianceFramework) -> (FrameworkNode, Rules<'p>, Controls) {
        let number = self.number();
        let (mut rules, mut controls) = (Rules::new(), Controls::default());
        let mut requirements = Vec::with_capacity(of.requirements.len());
        for requirement in &of.requirements {
            let (node, below, statuses) = self.requirement(requirement);
            rules.extend(below);
            controls.merge(&statuses);
            requirements.push(node);
        }
        let children = by_status(requirements.iter().map(|node| &node.head));
        let node = FrameworkNode {
            handle: of.handle.clone(),
            version: of.version.clone(),
            name: of.name.clone(),
            description: of.description.clone(),
            head: self.parent(number, &rules, children, &controls),
            requirements,
        };
        (node, rules, controls)
    }

    fn requirement(&mut self, of: &'p Requirement) -> (RequirementNode, Rules<'p>, Controls) {
        let number = self.number();
        let mut rules = Rules::new();
        let mut controls = Vec::with_capacity(of.controls.len());
        for control in &of.controls {
            let (node, below) = self.control(control);
            rules.extend(below);
            controls.push(node);
        }
        let children = by_status(controls.iter().map(|node| &node.head));
        let node = RequirementNode {
            name: of.name.clone(),
            head: self.parent(number, &rules, children, &children),
            controls,
        };
        (node, rules, children)
    }

    fn control(&mut self, of: &'p Control) -> (ControlNode, Rules<'p>) {
        let number = self.number();
        let ids = of.rules.iter().map(|rule| rule.id.as_str());
        let rules: Rules<'_> = ids.map(|id| (id, self.plan.book.number(id))).collect();
        let nodes: Vec<RuleNode> = of.rules.iter().map(|rule| self.rule(&rule.id)).collect();
        let children = by_status(nodes.iter().map(|node| &node.head));
        let findings = self.findings(&rules);
        // A control without rules is for people to assess: nothing was evaluated.
        let all_evaluated = !rules.is_empty() && rules.values().all(Option::is_some);
        let status = status(&findings, all_evaluated);
        let mut itself = Controls::default();
        itself.add(status);
        let node = ControlNode {
            name: of.name.clone(),
            head: self.head(number, &rules, status, children, &itself),
            rules: nodes,
        };
        (node, rules)
    }

    fn rule(&self, id: &str) -> RuleNode {
        let number = self.plan.book.number(id);
        let rules = Rules::from([(id, number)]);
        let status = status(&self.findings(&rules), number.is_some());
        let node = number.and_then(|number| self.plan.place(number));
        let node = node.map_or(usize::MAX, |place| place as usize);
        RuleNode {
            id: id.to_owned(),
            known: self.plan.book.get(id).cloned(),
            head: self.head(
                node,
                &rules,
                status,
                ByStatus::default(),
                &Controls::default(),
            ),
        }
    }

    fn number(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    /// The head of a requirement or framework: as bad as its worst child.
    fn parent(
        &self,
        number: usize,
        rules: &Rules<'_>,
        children: ByStatus,
        controls: &Controls,
    ) -> Head {
        let worst = children.worst().unwrap_or(Status::NoData);
        self.head(number, rules, worst, children, controls)
    }

    fn head(
        &self,
        number: usize,
        rules: &Rules<'_>,
        status: Status,
        children: ByStatus,
        controls: &Controls,
    ) -> Head {
        let findings = self.findings(rules);
        Head {
            status,
            findings,
            columns: self.sums.columns_of(number),
            data_sources: self.sums.data_sources_of(number),
            rules: self.rule_counts(rules),
            children,
            scores: Scores {
                controls: Ratio {
                    numerator: controls.get(Status::Pass),
                    denominator: [Status::Pass, Status::Fail, Status::Unknown]
                        .map(|status| controls.get(status))
                        .iter()
                        .sum(),
                },
                findings: Ratio {
                    numerator: findings.pass,
                    denominator: findings.pass + findings.fail,
                },
                weighted: self.weighted(rules),
            },
        }
    }

    fn findings(&self, rules: &Rules<'_>) -> Findings {
        let mut findings = Findings::default();
        for rule in rules.values().flatten() {
            findings.pass += self.sums.findings(*rule, Verdict::Pass);
            findings.fail += self.sums.findings(*rule, Verdict::Fail);
            findings.muted += self.sums.findings(*rule, Verdict::Muted);
        }
        findings
    }

    fn weighted(&self, rules: &Rules<'_>) -> Ratio {
        let mut ratio = Ratio::default();
        for rule in rules.values().flatten() {
            let weight = self.weight(*rule, &self.plan.weights);
            let pass = self
                .sums
                .findings(*rule, Verdict::Pass)
                .saturating_mul(weight);
            let fail = self
                .sums
                .findings(*rule, Verdict::Fail)
                .saturating_mul(weight);
            ratio.numerator = ratio.numerator.saturating_add(pass);
            ratio.denominator = ratio.denominator.saturating_add(pass).saturating_add(fail);
        }
        ratio
    }

    fn weight(&self, rule: u32, weights: &Weights) -> u64 {
        u64::from(weights.of(self.plan.book.sensitivity(rule)))
    }

    fn rule_counts(&self, rules: &Rules<'_>) -> RuleCounts {
        let fired = |rule: &&u32| {
            let findings = Verdict::ALL.map(|verdict| self.sums.findings(**rule, verdict));
            findings.iter().any(|number| *number > 0)
        };
        let known = |id: &&&str| self.plan.book.get(id).is_some();
        RuleCounts {
            referenced: rules.len() as u64,
            known: rules.keys().filter(known).count() as u64,
            evaluated: rules.values().flatten().count() as u64,
            fired: rules.values().flatten().filter(fired).count() as u64,
        }
    }
}

/// The status of a control or rule: what fails goes first, then what was not
/// evaluated, so that nothing passes unseen.
fn status(findings: &Findings, all_evaluated: bool) -> Status {
    match findings {
        Findings { fail: 1.., .. } => Status::Fail,
        _ if !all_evaluated => Status::Unknown,
        Findings { pass: 1.., .. } => Status::Pass,
        Findings { muted: 1.., .. } => Status::Muted,
        _ => Status::NoData,
    }
}

fn by_status<'h>(heads: impl Iterator<Item = &'h Head>) -> ByStatus {
    let mut counts = ByStatus::default();
    heads.for_each(|head| counts.add(head.status));
    counts
}
