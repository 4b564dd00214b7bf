//! `diff.json`: a comparison with its keys in a fixed order.

use crate::diff::{ControlDiff, Diff, FrameworkDiff, Moves, RequirementDiff, RuleDiff, Standing};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// A run that was compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComparedRun {
    /// Its folder.
    pub folder: String,
    /// The SHA-256 of its assignments.
    pub assignments_sha256: String,
    /// Its data sources.
    pub data_sources: u64,
    /// Its assignments.
    pub assignments: u64,
}

/// A comparison as it is written.
#[derive(Debug, Serialize)]
pub struct DiffRecord<'d> {
    old: &'d ComparedRun,
    new: &'d ComparedRun,
    scope: ScopeRecord<'d>,
    assignments: MovesRecord<'d, crate::evaluate::State>,
    findings: FindingsRecord<'d>,
    rules: Vec<RuleRecord<'d>>,
    frameworks: Vec<FrameworkRecord<'d>>,
}

type FindingsRecord<'d> = MovesRecord<'d, crate::rollup::Verdict>;

#[derive(Debug, Serialize)]
struct ScopeRecord<'d> {
    rules: RulesRecord<'d>,
    data_sources: SourcesRecord,
}

#[derive(Debug, Serialize)]
struct RulesRecord<'d> {
    only_old: &'d [String],
    only_new: &'d [String],
    activated: &'d [String],
    deactivated: &'d [String],
}

#[derive(Debug, Serialize)]
struct SourcesRecord {
    in_both: u64,
    only_old: u64,
    only_new: u64,
}

#[derive(Debug, Serialize)]
struct RuleRecord<'d> {
    id: &'d str,
    evaluated: EvaluatedRecord,
    findings: FindingsRecord<'d>,
}

#[derive(Debug, Serialize)]
struct EvaluatedRecord {
    old: bool,
    new: bool,
}

#[derive(Debug, Serialize)]
struct FrameworkRecord<'d> {
    handle: &'d str,
    version: &'d str,
    name: &'d str,
    findings: FindingsRecord<'d>,
    requirements: Vec<RequirementRecord<'d>>,
}

#[derive(Debug, Serialize)]
struct RequirementRecord<'d> {
    name: &'d str,
    findings: FindingsRecord<'d>,
    controls: Vec<ControlRecord<'d>>,
}

#[derive(Debug, Serialize)]
struct ControlRecord<'d> {
    name: &'d str,
    rules: &'d [String],
    findings: FindingsRecord<'d>,
}

impl<'d> DiffRecord<'d> {
    /// The record of a comparison.
    pub fn new(diff: &'d Diff, old: &'d ComparedRun, new: &'d ComparedRun) -> Self {
        let scope = &diff.scope;
        DiffRecord {
            old,
            new,
            scope: ScopeRecord {
                rules: RulesRecord {
                    only_old: &scope.rules_only_old,
                    only_new: &scope.rules_only_new,
                    activated: &scope.activated,
                    deactivated: &scope.deactivated,
                },
                data_sources: SourcesRecord {
                    in_both: scope.data_sources_in_both,
                    only_old: scope.data_sources_only_old,
                    only_new: scope.data_sources_only_new,
                },
            },
            assignments: MovesRecord(&diff.assignments),
            findings: MovesRecord(&diff.findings),
            rules: diff.rules.iter().map(rule).collect(),
            frameworks: diff.frameworks.iter().map(framework).collect(),
        }
    }
}

fn rule(rule: &RuleDiff) -> RuleRecord<'_> {
    RuleRecord {
        id: &rule.id,
        evaluated: EvaluatedRecord {
            old: rule.in_old,
            new: rule.in_new,
        },
        findings: MovesRecord(&rule.findings),
    }
}

fn framework(framework: &FrameworkDiff) -> FrameworkRecord<'_> {
    FrameworkRecord {
        handle: &framework.handle,
        version: &framework.version,
        name: &framework.name,
        findings: MovesRecord(&framework.findings),
        requirements: framework.requirements.iter().map(requirement).collect(),
    }
}

fn requirement(requirement: &RequirementDiff) -> RequirementRecord<'_> {
    RequirementRecord {
        name: &requirement.name,
        findings: MovesRecord(&requirement.findings),
        controls: requirement.controls.iter().map(control).collect(),
    }
}

fn control(control: &ControlDiff) -> ControlRecord<'_> {
    ControlRecord {
        name: &control.name,
        rules: &control.rules,
        findings: MovesRecord(&control.findings),
    }
}

/// Per standing what is new in it, resolved, unchanged and incomparable.
#[derive(Debug)]
struct MovesRecord<'d, S>(&'d Moves<S>);

#[derive(Serialize)]
#[serde(bound = "")]
struct StandingRecord<'d, S: Standing> {
    in_old: u64,
    in_new: u64,
    unchanged: u64,
    new: u64,
    resolved: u64,
    incomparable: IncomparableRecord,
    /// What it was before.
    new_from: Others<'d, S>,
    /// What became of it.
    resolved_to: Others<'d, S>,
}

#[derive(Serialize)]
struct IncomparableRecord {
    old: u64,
    new: u64,
}

impl<S: Standing> Serialize for MovesRecord<'_, S> {
    fn serialize<W: Serializer>(&self, to: W) -> Result<W::Ok, W::Error> {
        let moves = self.0;
        let others = |standing: S, is_from| Others {
            moves,
            standing,
            is_from,
        };
        let mut map = to.serialize_map(Some(S::ALL.len()))?;
        for standing in S::ALL.iter().copied() {
            let record = StandingRecord {
                in_old: moves.in_old(standing),
                in_new: moves.in_new(standing),
                unchanged: moves.unchanged(standing),
                new: moves.appeared(standing),
                resolved: moves.resolved(standing),
                incomparable: IncomparableRecord {
                    old: moves.incomparable_old(standing),
                    new: moves.incomparable_new(standing),
                },
                new_from: others(standing, false),
                resolved_to: others(standing, true),
            };
            map.serialize_entry(standing.name(), &record)?;
        }
        map.end()
    }
}

/// How often something moved from a standing to each other one, or from each to it.
struct Others<'d, S> {
    moves: &'d Moves<S>,
    standing: S,
    is_from: bool,
}

impl<S: Standing> Serialize for Others<'_, S> {
    fn serialize<W: Serializer>(&self, to: W) -> Result<W::Ok, W::Error> {
        let others = S::ALL.iter().copied().map(Some).chain([None]);
        let mut map = to.serialize_map(Some(S::ALL.len()))?;
        for other in others.filter(|other| *other != Some(self.standing)) {
            let number = match self.is_from {
                true => self.moves.get(Some(self.standing), other),
                false => self.moves.get(other, Some(self.standing)),
            };
            map.serialize_entry(other.map_or("absent", S::name), &number)?;
        }
        map.end()
    }
}
