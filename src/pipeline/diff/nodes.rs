//! The findings of rules, summed up for compliance frameworks.

use crate::compliance::{ComplianceFramework, Control, Requirement};
use crate::diff::{ControlDiff, FrameworkDiff, RequirementDiff, RuleDiff, findings_of};

/// The trees of compliance frameworks, given the findings of rules.
pub(super) fn frameworks(
    frameworks: &[ComplianceFramework],
    rules: &[RuleDiff],
) -> Vec<FrameworkDiff> {
    let framework = |framework: &ComplianceFramework| FrameworkDiff {
        handle: framework.handle.clone(),
        version: framework.version.clone(),
        name: framework.name.clone(),
        findings: findings_of(rules, framework.requirements.iter().flat_map(below)),
        requirements: framework
            .requirements
            .iter()
            .map(|of| requirement(of, rules))
            .collect(),
    };
    frameworks.iter().map(framework).collect()
}

fn requirement(requirement: &Requirement, rules: &[RuleDiff]) -> RequirementDiff {
    RequirementDiff {
        name: requirement.name.clone(),
        findings: findings_of(rules, below(requirement)),
        controls: requirement
            .controls
            .iter()
            .map(|of| control(of, rules))
            .collect(),
    }
}

fn control(control: &Control, rules: &[RuleDiff]) -> ControlDiff {
    ControlDiff {
        name: control.name.clone(),
        rules: ids(control).map(str::to_owned).collect(),
        findings: findings_of(rules, ids(control)),
    }
}

fn below(requirement: &Requirement) -> impl Iterator<Item = &str> {
    requirement.controls.iter().flat_map(ids)
}

fn ids(control: &Control) -> impl Iterator<Item = &str> {
    control.rules.iter().map(|rule| rule.id.as_str())
}
