//! `ocsf-compliance-findings.ndjson`: OCSF events for security lakes.
//!
//! An event of the class Compliance Finding per control of every compliance
//! framework. How statuses are put, and why:
//!
//! | control | `compliance.status_id` | because OCSF means by it |
//! | --- | --- | --- |
//! | `pass` | 1 Pass | passed for everything evaluated |
//! | `fail` | 3 Fail | failed for at least one thing evaluated |
//! | `unknown` | 2 Warning | no result, for information is missing: some rule was not evaluated |
//! | `muted`, `no_data` | 99 Other | none of these, `status` says it in our words: all was evaluated, and nothing was left to judge |
//!
//! The severity of a failing control goes by the highest sensitivity of the
//! columns that its failing rules fire on: 2 is High, 1 Medium, anything else
//! Low. An unknown control's is Unknown, every other's Informational.

use super::Basis;
use super::identity::Uuid;
use super::json::{HeadRecord, write_rollup_json};
use super::midnight::Midnight;
use super::sentence;
use crate::output::ToolRecord;
use crate::rollup::{
    BySensitivity, ControlNode, FrameworkNode, RequirementNode, Rollup, RuleNode, Status,
};
use serde::Serialize;
use std::io::{self, Write};

/// The version of OCSF's schema: the first that has checks.
const SCHEMA: &str = "1.5.0";

/// Writes the rollup as OCSF events, a line per control, in small pieces: give
/// it a buffered writer.
///
/// # Errors
///
/// When it cannot be written, and when [`Basis::as_of`] is no day.
pub fn write_ocsf(rollup: &Rollup, basis: &Basis, mut to: impl Write) -> io::Result<()> {
    let run = Run {
        uuid: Uuid::of_content(|sum| write_rollup_json(rollup, basis, sum))?,
        time: Midnight::of(&basis.as_of)?.milliseconds,
        coverage: sentence::coverage(rollup, basis),
    };
    let mut number = 0;
    for framework in &rollup.frameworks {
        let standard = format!("{} {}", framework.handle, framework.version);
        for requirement in &framework.requirements {
            for control in &requirement.controls {
                let place = Place {
                    number,
                    framework,
                    standard: &standard,
                    requirement,
                };
                serde_json::to_writer(&mut to, &Event::of(control, &place, &run))?;
                to.write_all(b"\n")?;
                number += 1;
            }
        }
    }
    to.flush()
}

/// What all events share.
struct Run {
    uuid: Uuid,
    time: i64,
    coverage: String,
}

/// Where a control stands.
struct Place<'a> {
    number: usize,
    framework: &'a FrameworkNode,
    standard: &'a str,
    requirement: &'a RequirementNode,
}

#[derive(Serialize)]
struct Event<'a> {
    activity_id: u32,
    activity_name: &'static str,
    category_uid: u32,
    category_name: &'static str,
    class_uid: u32,
    class_name: &'static str,
    type_uid: u32,
    type_name: &'static str,
    time: i64,
    severity_id: u32,
    severity: &'static str,
    status_id: u32,
    status: &'static str,
    message: String,
    metadata: Metadata,
    finding_info: FindingInfo<'a>,
    compliance: Compliance<'a>,
    unmapped: Unmapped<'a>,
}

impl<'a> Event<'a> {
    fn of(control: &'a ControlNode, place: &Place<'a>, run: &'a Run) -> Self {
        let (severity_id, severity) = severity(control);
        let (status_id, status) = lifecycle(control.head.status);
        let reason = sentence::reason(&control.head);
        Event {
            activity_id: 1,
            activity_name: "Create",
            category_uid: 2,
            category_name: "Findings",
            class_uid: 2003,
            class_name: "Compliance Finding",
            type_uid: 200_301,
            type_name: "Compliance Finding: Create",
            time: run.time,
            severity_id,
            severity,
            status_id,
            status,
            message: format!("{}: {reason}", control.head.status.as_str()),
            metadata: Metadata {
                version: SCHEMA,
                uid: run.uuid.part("event", &[place.number]).to_string(),
                product: Product::default(),
            },
            finding_info: FindingInfo::of(control, place, run, reason.clone()),
            compliance: Compliance::of(control, place, reason),
            unmapped: Unmapped {
                handle: &place.framework.handle,
                version: &place.framework.version,
                framework: &place.framework.name,
                rollup: HeadRecord::of_control(&control.head),
                coverage: &run.coverage,
            },
        }
    }
}

#[derive(Serialize)]
struct Metadata {
    version: &'static str,
    uid: String,
    product: Product,
}

#[derive(Serialize)]
struct Product {
    name: &'static str,
    vendor_name: &'static str,
    version: &'static str,
}

impl Default for Product {
    fn default() -> Self {
        let tool = ToolRecord::default();
        Product {
            name: tool.name,
            vendor_name: tool.name,
            version: tool.version,
        }
    }
}

#[derive(Serialize)]
struct FindingInfo<'a> {
    /// The same from run to run, so that lakes see what became of a finding.
    uid: String,
    title: String,
    desc: String,
    created_time: i64,
    types: [&'a str; 1],
}

impl<'a> FindingInfo<'a> {
    fn of(control: &ControlNode, place: &Place<'_>, run: &Run, desc: String) -> Self {
        let (framework, requirement) = (place.framework, place.requirement);
        let names = [
            &*framework.handle,
            &framework.version,
            &requirement.name,
            &control.name,
        ];
        FindingInfo {
            uid: Uuid::of_names("control", &names).to_string(),
            title: format!("{}: {}", requirement.name, control.name),
            desc,
            created_time: run.time,
            types: ["compliance control"],
        }
    }
}

#[derive(Serialize)]
struct Compliance<'a> {
    control: &'a str,
    requirements: [&'a str; 1],
    standards: [&'a str; 1],
    status_id: u32,
    status: &'static str,
    status_details: [String; 1],
    checks: Vec<Check<'a>>,
}

impl<'a> Compliance<'a> {
    fn of(control: &'a ControlNode, place: &Place<'a>, reason: String) -> Self {
        let (status_id, status) = outcome(control.head.status);
        Compliance {
            control: &control.name,
            requirements: [&place.requirement.name],
            standards: [place.standard],
            status_id,
            status,
            status_details: [reason],
            checks: control.rules.iter().map(Check::of).collect(),
        }
    }
}

/// A rule.
#[derive(Serialize)]
struct Check<'a> {
    uid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    desc: String,
    status_id: u32,
    status: &'static str,
}

impl<'a> Check<'a> {
    fn of(rule: &'a RuleNode) -> Self {
        let (status_id, status) = outcome(rule.head.status);
        Check {
            uid: &rule.id,
            name: rule.known.as_ref().map(|known| &*known.name),
            desc: sentence::reason(&rule.head),
            status_id,
            status,
        }
    }
}

/// What OCSF has no place for.
#[derive(Serialize)]
struct Unmapped<'a> {
    handle: &'a str,
    version: &'a str,
    framework: &'a str,
    rollup: HeadRecord,
    coverage: &'a str,
}

fn outcome(status: Status) -> (u32, &'static str) {
    match status {
        Status::Pass => (1, "Pass"),
        Status::Unknown => (2, "Warning"),
        Status::Fail => (3, "Fail"),
        Status::Muted | Status::NoData => (99, status.as_str()),
    }
}

/// Where the finding stands in its life: an override suppresses it.
fn lifecycle(status: Status) -> (u32, &'static str) {
    match status {
        Status::Muted => (3, "Suppressed"),
        _ => (1, "New"),
    }
}

fn severity(control: &ControlNode) -> (u32, &'static str) {
    match control.head.status {
        Status::Fail => match highest(control) {
            Some(2..) => (4, "High"),
            Some(1) => (3, "Medium"),
            Some(0) | None => (2, "Low"),
        },
        Status::Unknown => (0, "Unknown"),
        _ => (1, "Informational"),
    }
}

/// The highest sensitivity of the columns that failing rules fire on.
fn highest(control: &ControlNode) -> Option<u8> {
    let failing = |rule: &&RuleNode| rule.head.findings.fail > 0;
    let mut columns = BySensitivity::default();
    for rule in control.rules.iter().filter(failing) {
        columns.merge(&rule.head.columns);
    }
    let there = |level: &Option<u8>| columns.get(*level) > 0;
    BySensitivity::LEVELS.into_iter().find(there).flatten()
}
