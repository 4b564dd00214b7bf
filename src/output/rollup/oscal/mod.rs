//! `oscal-assessment-results.json`: the rollup as OSCAL assessment results.
//!
//! A result per compliance framework, in it a finding per control and an
//! observation per rule that some control names. Names and counts stand in
//! properties, under the names of the columns of `rollup.parquet`; a name that
//! is no line of text stands there as a JSON string. Titles and descriptions
//! are Markdown in OSCAL, so in these names are escaped.
//!
//! **States.** OSCAL has two: `satisfied` is for what is completely satisfied,
//! `not-satisfied` for everything else; and a reason: `pass`, `fail`, or `other`
//! for what was neither. So a control is satisfied only if it passes; one that
//! is unknown, muted or without data is `not-satisfied` for the reason `other`,
//! with remarks that say what is missing. To leave its finding out would read
//! as if nothing was wrong with it: many lists of findings are of faults only.
//!
//! **Plan and controls.** OSCAL wants an assessment plan and a catalog of
//! controls. There is none: the plan is a resource at the end of the document
//! that says so, and each control's objective is defined in the document.

mod document;

use super::columns::{CHILDREN, CONTROLS_SCORE, Count, FINDINGS_SCORES, FOUND, RULES};
use super::identity::Uuid;
use super::json::write_rollup_json;
use super::midnight::Midnight;
use super::{Basis, OverrideRecord, sentence, text};
use crate::output::{InputRecord, ToolRecord};
use crate::rollup::{ControlNode, FrameworkNode, Head, RequirementNode, Rollup, RuleNode, Status};
use document::{
    AssessmentResults, BackMatter, ControlSelection, Document, Finding, ImportPlan,
    IncludedControl, Link, LocalDefinitions, Metadata, Objective, Observation, Part, Prop,
    RelatedObservation, Resource, ResultSet, ReviewedControls, Target, TargetStatus,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

const VERSION: &str = "1.1.3";
/// Whose words the names of properties are. No place: `.invalid` is nobody's.
const NAMESPACE: &str = "https://classmark.invalid/ns/rollup";

/// Writes the rollup as OSCAL assessment results, version 1.1.3, in small
/// pieces: give it a buffered writer.
///
/// A rollup of no compliance framework is written as one result without
/// findings, for OSCAL wants one.
///
/// # Errors
///
/// When it cannot be written, and when [`Basis::as_of`] is no day.
pub fn write_oscal(rollup: &Rollup, basis: &Basis, mut to: impl Write) -> io::Result<()> {
    let run = Run {
        uuid: Uuid::of_content(|sum| write_rollup_json(rollup, basis, sum))?,
        time: Midnight::of(&basis.as_of)?.text,
        coverage: sentence::coverage(rollup, basis),
    };
    serde_json::to_writer_pretty(&mut to, &run.document(rollup, basis))?;
    to.write_all(b"\n")?;
    to.flush()
}

/// What all parts of the document share.
struct Run {
    uuid: Uuid,
    time: String,
    coverage: String,
}

impl Run {
    fn document(&self, rollup: &Rollup, basis: &Basis) -> Document {
        let tool = ToolRecord::default();
        let plan = self.plan();
        let import_ap = ImportPlan {
            href: reference(&plan).href,
        };
        let inputs = basis.inputs.iter().enumerate();
        let overrides = basis.overrides.iter().enumerate();
        let resources = [plan]
            .into_iter()
            .chain(inputs.map(|(number, input)| self.input(number, input)))
            .chain(overrides.map(|(number, record)| self.override_in_force(number, record)))
            .collect::<Vec<Resource>>();
        Document {
            assessment_results: AssessmentResults {
                uuid: self.uuid.to_string(),
                metadata: Metadata {
                    title: "Rollup of a data catalog's findings to compliance controls",
                    last_modified: self.time.clone(),
                    version: basis.as_of.clone(),
                    oscal_version: VERSION,
                    props: vec![prop("tool", tool.name), prop("tool_version", tool.version)],
                    links: resources.iter().map(reference).collect(),
                },
                import_ap,
                local_definitions: LocalDefinitions {
                    objectives_and_methods: objectives(rollup),
                },
                results: self.results(rollup),
                back_matter: BackMatter { resources },
            },
        }
    }

    fn results(&self, rollup: &Rollup) -> Vec<ResultSet> {
        if rollup.frameworks.is_empty() {
            return vec![self.nothing()];
        }
        let frameworks = rollup.frameworks.iter().enumerate();
        frameworks
            .map(|(number, framework)| {
                let uuid = self.uuid.part("result", &[number]);
                ResultOf::new(self, uuid, framework).record()
            })
            .collect()
    }

    fn nothing(&self) -> ResultSet {
        ResultSet {
            uuid: self.uuid.part("result", &[]).to_string(),
            title: "No compliance framework".to_owned(),
            description: "No compliance framework was given, so there is nothing to judge."
                .to_owned(),
            start: self.time.clone(),
            end: self.time.clone(),
            props: Vec::new(),
            reviewed_controls: reviewed(Vec::new()),
            observations: Vec::new(),
            findings: Vec::new(),
            remarks: self.coverage.clone(),
        }
    }

    fn plan(&self) -> Resource {
        Resource {
            uuid: self.uuid.part("plan", &[]).to_string(),
            title: "Assessment plan".to_owned(),
            description: "There is no assessment plan in OSCAL. What was assessed, and by which \
                          rules, is said by the compliance and classification frameworks among \
                          the inputs."
                .to_owned(),
            props: Vec::new(),
        }
    }

    fn input(&self, number: usize, input: &InputRecord) -> Resource {
        let rows = input.rows.map(|rows| prop("rows", &rows.to_string()));
        let known = [
            prop("role", input.role),
            prop("path", &input.path),
            prop("bytes", &input.bytes.to_string()),
            prop("fingerprint", &input.fingerprint),
        ];
        Resource {
            uuid: self.uuid.part("input", &[number]).to_string(),
            title: format!("Input: {}", text::line(&input.path)),
            description: "A file that the results rest on.".to_owned(),
            props: known.into_iter().chain(rows).collect(),
        }
    }

    fn override_in_force(&self, number: usize, record: &OverrideRecord) -> Resource {
        let mut props = vec![
            prop("data_source_id", &record.data_source_id),
            prop("column_name", &record.column_name),
            prop("tag_name", &record.tag_name),
            prop("tag_source", &record.tag_source),
            prop("matched", flag(record.matched)),
        ];
        let further = [
            ("reason", &record.reason),
            ("owner", &record.owner),
            ("expires", &record.expires),
        ];
        for (name, value) in further {
            props.extend(value.as_ref().map(|value| prop(name, value)));
        }
        Resource {
            uuid: self.uuid.part("override", &[number]).to_string(),
            title: "Override in force".to_owned(),
            description: format!(
                "The tag {} ({}) is rejected on the column {} of {}: what rules find there is muted.",
                text::line(&record.tag_name),
                text::line(&record.tag_source),
                text::line(&record.column_name),
                text::line(&record.data_source_id),
            ),
            props,
        }
    }
}

/// A compliance framework on its way to a result.
struct ResultOf<'a> {
    run: &'a Run,
    uuid: Uuid,
    framework: &'a FrameworkNode,
    /// Each rule once, in the order in which controls name them.
    rules: Vec<&'a RuleNode>,
    /// Where a rule stands in `rules`.
    places: BTreeMap<&'a str, usize>,
}

impl<'a> ResultOf<'a> {
    fn new(run: &'a Run, uuid: Uuid, framework: &'a FrameworkNode) -> Self {
        let (mut rules, mut places) = (Vec::new(), BTreeMap::new());
        for rule in controls(framework).flat_map(|(_, control)| &control.rules) {
            places.entry(&*rule.id).or_insert_with(|| {
                rules.push(rule);
                rules.len() - 1
            });
        }
        ResultOf {
            run,
            uuid,
            framework,
            rules,
            places,
        }
    }

    fn record(&self) -> ResultSet {
        let framework = self.framework;
        let included = controls(framework).map(|(requirement, control)| IncludedControl {
            control_id: control_id(framework, requirement, control),
        });
        let rules = self.rules.iter().enumerate();
        let findings = controls(framework).enumerate();
        ResultSet {
            uuid: self.uuid.to_string(),
            title: format!(
                "{} ({} {})",
                text::line(&framework.name),
                text::line(&framework.handle),
                text::line(&framework.version)
            ),
            description: self.description(),
            start: self.run.time.clone(),
            end: self.run.time.clone(),
            props: self.props(),
            reviewed_controls: reviewed(included.collect()),
            observations: rules.map(|(n, rule)| self.observation(n, rule)).collect(),
            findings: findings.map(|(n, at)| self.finding(n, at)).collect(),
            remarks: format!(
                "{}: {} {}",
                framework.head.status.as_str(),
                sentence::reason(&framework.head),
                self.run.coverage
            ),
        }
    }

    fn description(&self) -> String {
        let given = self.framework.description.as_deref().unwrap_or_default();
        match text::paragraphs(given) {
            said if said.is_empty() => {
                "Whether the classification tags that the controls' rules ask for are recorded \
                 in the data catalog."
                    .to_owned()
            }
            said => said,
        }
    }

    fn props(&self) -> Vec<Prop> {
        let framework = self.framework;
        let names = [
            prop("handle", &framework.handle),
            prop("version", &framework.version),
            prop("framework", &framework.name),
        ];
        let further = CHILDREN.iter().chain(&CONTROLS_SCORE);
        let further = further.chain(&FINDINGS_SCORES);
        let counts = counts(&framework.head, FOUND.iter().chain(&RULES).chain(further));
        names.into_iter().chain(counts).collect()
    }

    fn observation_uuid(&self, number: usize) -> String {
        self.uuid.part("observation", &[number]).to_string()
    }

    fn observation(&self, number: usize, rule: &RuleNode) -> Observation {
        let known = rule.known.as_ref();
        let evaluated = known.is_some_and(|known| known.evaluated);
        let mut props = vec![
            prop("rule_id", &rule.id),
            prop("known", flag(known.is_some())),
            prop("evaluated", flag(evaluated)),
        ];
        if let Some(known) = known {
            let tag = &known.classification_tag;
            props.extend([
                prop("rule_name", &known.name),
                prop("rule_framework", &known.framework),
                prop("tag_name", &tag.name),
                prop("tag_source", &tag.source),
            ]);
        }
        props.extend(counts(&rule.head, &FOUND));
        Observation {
            uuid: self.observation_uuid(number),
            title: format!("Rule {}", text::line(&rule.id)),
            description: sentence::reason(&rule.head),
            props,
            // A rule that was not evaluated was only looked for.
            methods: [if evaluated { "TEST" } else { "EXAMINE" }],
            types: ["control-objective"],
            collected: self.run.time.clone(),
        }
    }

    fn finding(
        &self,
        number: usize,
        (requirement, control): (&RequirementNode, &ControlNode),
    ) -> Finding {
        let head = &control.head;
        let names = [
            prop("requirement", &requirement.name),
            prop("control", &control.name),
        ];
        let counted = counts(head, FOUND.iter().chain(&RULES).chain(&CHILDREN));
        let related = control.rules.iter().filter_map(|rule| {
            let place = *self.places.get(&*rule.id)?;
            Some(RelatedObservation {
                observation_uuid: self.observation_uuid(place),
            })
        });
        Finding {
            uuid: self.uuid.part("finding", &[number]).to_string(),
            title: title(requirement, control),
            description: sentence::reason(head),
            props: names.into_iter().chain(counted).collect(),
            target: Target {
                kind: "objective-id",
                target_id: objective_id(&control_id(self.framework, requirement, control)),
                status: target_status(head),
            },
            related_observations: related.collect(),
        }
    }
}

fn target_status(head: &Head) -> TargetStatus {
    let (state, reason) = match head.status {
        Status::Pass => ("satisfied", "pass"),
        Status::Fail => ("not-satisfied", "fail"),
        Status::Unknown | Status::Muted | Status::NoData => ("not-satisfied", "other"),
    };
    let remarks = || format!("{}: {}", head.status.as_str(), sentence::reason(head));
    TargetStatus {
        state,
        reason,
        remarks: (reason == "other").then(remarks),
    }
}

/// The objective of each control, once, in the order of the frameworks.
fn objectives(rollup: &Rollup) -> Vec<Objective> {
    let mut seen = BTreeSet::new();
    let mut objectives = Vec::new();
    for framework in &rollup.frameworks {
        for (requirement, control) in controls(framework) {
            let control_id = control_id(framework, requirement, control);
            // Versions of one framework share their controls.
            if seen.insert(control_id.clone()) {
                objectives.push(Objective {
                    parts: [Part {
                        id: objective_id(&control_id),
                        name: "assessment-objective",
                        prose: "Wherever a rule of the control fires, the data catalog records \
                                the rule's classification tag.",
                    }],
                    control_id,
                    description: title(requirement, control),
                });
            }
        }
    }
    objectives
}

/// What the whole document refers to.
fn reference(resource: &Resource) -> Link {
    Link {
        href: format!("#{}", resource.uuid),
        rel: "reference",
    }
}

fn reviewed(include_controls: Vec<IncludedControl>) -> ReviewedControls {
    ReviewedControls {
        control_selections: [ControlSelection {
            description: match include_controls.is_empty() {
                true => "There is no control.",
                false => "Every control of the compliance framework.",
            },
            include_controls,
        }],
    }
}

fn controls(
    framework: &FrameworkNode,
) -> impl Iterator<Item = (&RequirementNode, &ControlNode)> + Clone {
    framework.requirements.iter().flat_map(|requirement| {
        let controls = requirement.controls.iter();
        controls.map(move |control| (requirement, control))
    })
}

/// Stays the same through versions of the framework.
fn control_id(
    framework: &FrameworkNode,
    requirement: &RequirementNode,
    control: &ControlNode,
) -> String {
    text::token(&framework.handle, [&requirement.name, &control.name])
}

fn objective_id(control_id: &str) -> String {
    format!("{control_id}_obj")
}

fn title(requirement: &RequirementNode, control: &ControlNode) -> String {
    let (requirement, control) = (text::line(&requirement.name), text::line(&control.name));
    format!("{requirement}: {control}")
}

fn counts<'a>(
    head: &'a Head,
    counts: impl IntoIterator<Item = &'static Count> + 'a,
) -> impl Iterator<Item = Prop> + 'a {
    let counted = counts.into_iter();
    let counted = counted.map(|(name, count)| prop(name, &count(head).to_string()));
    [prop("status", head.status.as_str())]
        .into_iter()
        .chain(counted)
}

fn prop(name: &'static str, value: &str) -> Prop {
    Prop {
        name,
        ns: NAMESPACE,
        value: text::value(value),
    }
}

fn flag(holds: bool) -> &'static str {
    if holds { "true" } else { "false" }
}
