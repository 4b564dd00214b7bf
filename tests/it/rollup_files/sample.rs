//! Rollups made by hand: rules are given with their findings, everything above
//! is summed up from them. Columns are taken to have one finding each.

use classmark::output::{Basis, InputRecord, OverrideRecord};
use classmark::rollup::{
    BySensitivity, ByStatus, ControlNode, Coverage, Findings, FrameworkNode, Head, KnownRule,
    Ratio, RequirementNode, Rollup, RuleCounts, RuleNode, Scores, Status, Weights,
};
use classmark::tag::Tag;

/// A rule that no framework knows.
pub(crate) fn unknown_rule(id: &str) -> RuleNode {
    let head = head(Status::Unknown, &[]);
    RuleNode {
        id: id.to_owned(),
        known: None,
        head: Head {
            rules: RuleCounts {
                referenced: 1,
                ..RuleCounts::default()
            },
            ..head
        },
    }
}

/// A rule that was not evaluated.
pub(crate) fn idle_rule(id: &str) -> RuleNode {
    let mut rule = unknown_rule(id);
    rule.known = Some(known(id, false));
    rule.head.rules.known = 1;
    rule
}

/// A rule with findings that pass, fail and are muted, on columns of a sensitivity.
pub(crate) fn rule(id: &str, [pass, fail, muted]: [u64; 3], sensitivity: Option<u8>) -> RuleNode {
    let mut columns = BySensitivity::default();
    columns.add(sensitivity, pass + fail);
    let weight = u64::from(Weights::default().of(sensitivity));
    let status = match (pass, fail, muted) {
        (_, 1.., _) => Status::Fail,
        (1.., _, _) => Status::Pass,
        (_, _, 1..) => Status::Muted,
        (0, 0, 0) => Status::NoData,
    };
    RuleNode {
        id: id.to_owned(),
        known: Some(known(id, true)),
        head: Head {
            status,
            findings: Findings { pass, fail, muted },
            columns,
            data_sources: columns.sum().min(2),
            rules: RuleCounts {
                referenced: 1,
                known: 1,
                evaluated: 1,
                fired: u64::from(pass + fail + muted > 0),
            },
            children: ByStatus::default(),
            scores: Scores {
                controls: Ratio::default(),
                findings: ratio(pass, pass + fail),
                weighted: ratio(weight * pass, weight * (pass + fail)),
            },
        },
    }
}

fn known(id: &str, evaluated: bool) -> KnownRule {
    KnownRule {
        name: format!("The rule {id}"),
        framework: "base".to_owned(),
        classification_tag: Tag::curated("Record.Person"),
        evaluated,
    }
}

/// A control of some rules.
pub(crate) fn control(name: &str, rules: Vec<RuleNode>) -> ControlNode {
    let heads: Vec<&Head> = rules.iter().map(|rule| &rule.head).collect();
    let mut head = head(Status::NoData, &heads);
    let undecided = rules.iter().any(|rule| rule.head.status == Status::Unknown);
    head.status = match head.findings {
        Findings { fail: 1.., .. } => Status::Fail,
        _ if undecided => Status::Unknown,
        Findings { pass: 1.., .. } => Status::Pass,
        Findings { muted: 1.., .. } => Status::Muted,
        _ => Status::NoData,
    };
    let pass = u64::from(head.status == Status::Pass);
    let judged = [Status::Pass, Status::Fail, Status::Unknown].contains(&head.status);
    head.scores.controls = ratio(pass, u64::from(judged));
    ControlNode {
        name: name.to_owned(),
        head,
        rules,
    }
}

/// A requirement of some controls.
pub(crate) fn requirement(name: &str, controls: Vec<ControlNode>) -> RequirementNode {
    let heads: Vec<&Head> = controls.iter().map(|control| &control.head).collect();
    RequirementNode {
        name: name.to_owned(),
        head: worst(&heads),
        controls,
    }
}

/// A framework of some requirements.
pub(crate) fn framework(
    handle: &str,
    description: Option<&str>,
    requirements: Vec<RequirementNode>,
) -> FrameworkNode {
    let heads: Vec<&Head> = requirements.iter().map(|r| &r.head).collect();
    FrameworkNode {
        handle: handle.to_owned(),
        version: "2".to_owned(),
        name: format!("The framework {handle}"),
        description: description.map(str::to_owned),
        head: worst(&heads),
        requirements,
    }
}

/// A rollup of some frameworks.
pub(crate) fn rollup(frameworks: Vec<FrameworkNode>) -> Rollup {
    let heads: Vec<&Head> = frameworks.iter().map(|f| &f.head).collect();
    Rollup {
        coverage: Coverage {
            rules: head(Status::NoData, &heads).rules,
            columns: 100,
            data_sources: 9,
            overrides: 1,
        },
        weights: Weights::default(),
        frameworks,
    }
}

/// What the rollups rest on.
pub(crate) fn basis() -> Basis {
    Basis {
        as_of: "2026-11-21".to_owned(),
        inputs: vec![
            InputRecord {
                role: "columns",
                path: "catalog/columns.parquet".to_owned(),
                bytes: 4_096,
                rows: Some(100),
                fingerprint: "xxh3-128:99aa06d3014798d86001c324468d497f".to_owned(),
            },
            InputRecord {
                role: "frameworks",
                path: "frameworks/\"base\".json".to_owned(),
                bytes: 512,
                rows: None,
                fingerprint: "xxh3-128:00000000000000000000000000000001".to_owned(),
            },
        ],
        frameworks: Vec::new(),
        overrides: vec![OverrideRecord {
            data_source_id: "crm.people".to_owned(),
            column_name: "nick\nname".to_owned(),
            tag_name: "Record.Person".to_owned(),
            tag_source: "curated".to_owned(),
            reason: Some(" a pseudonym, *by design* ".to_owned()),
            owner: Some("privacy@example.org".to_owned()),
            expires: None,
            matched: true,
        }],
        expired: 3,
    }
}

/// A control of every status.
pub(crate) fn every_status() -> RequirementNode {
    requirement(
        "Art. 30",
        vec![
            control(
                "fails",
                vec![
                    rule("base/name", [3, 0, 0], Some(2)),
                    rule("base/mail", [1, 2, 1], Some(1)),
                    unknown_rule("gone/rule"),
                ],
            ),
            control(
                "is unknown",
                vec![
                    rule("base/name", [3, 0, 0], Some(2)),
                    idle_rule("idle/rule"),
                ],
            ),
            control(
                "passes",
                vec![
                    rule("base/name", [3, 0, 0], Some(2)),
                    rule("base/iban", [2, 0, 1], None),
                ],
            ),
            control("is muted", vec![rule("base/nick", [0, 0, 2], Some(0))]),
            control("has no data", vec![rule("base/none", [0, 0, 0], None)]),
        ],
    )
}

/// Every status, under names that are hard on the formats.
pub(crate) fn hostile() -> Rollup {
    let one = |name: &str| {
        let id = format!("rule {name}");
        control(name, vec![rule(&id, [0, 1, 0], Some(2))])
    };
    let long = "x".repeat(10_000);
    let names = [
        "Data, \"quoted\"; 'and' = more",
        "=HYPERLINK(\"http://example.org\")",
        "+1",
        "-1",
        "@x",
        "two\nlines\r\nof text",
        "a\u{0}\u{1}\u{7f}\u{85}\u{2028}\u{feff}b",
        " blank around ",
        "\"",
        "\\",
        "Ünïcode 表 🔒",
        "<b>*bold*</b> [x](y) `z` {{ insert: param, q }} $1 ~~s~~ ^t^ _u_ &amp;",
        &long,
        "A-1",
        "a-1",
        "a 1",
        "a.1",
        "a_1",
        "…",
        "———",
    ];
    let controls = names.into_iter().map(one).collect();
    let hard = vec![requirement("r, \"1\"\n", controls), every_status()];
    rollup(vec![
        framework("hr", Some("Human\nresources\n\n# not a *title*"), hard),
        framework("HR", Some(""), vec![every_status()]),
        framework(
            "=\"h, \n\"",
            None,
            vec![requirement("Art. 30", vec![one("alone")])],
        ),
    ])
}

fn ratio(numerator: u64, denominator: u64) -> Ratio {
    Ratio {
        numerator,
        denominator,
    }
}

/// A head with the sums of others.
fn head(status: Status, below: &[&Head]) -> Head {
    let mut sum = Head {
        status,
        findings: Findings::default(),
        columns: BySensitivity::default(),
        data_sources: below.iter().map(|h| h.data_sources).max().unwrap_or(0),
        rules: RuleCounts::default(),
        children: ByStatus::default(),
        scores: Scores::default(),
    };
    let add = |sum: &mut Ratio, more: Ratio| {
        sum.numerator += more.numerator;
        sum.denominator += more.denominator;
    };
    for head in below {
        sum.findings.pass += head.findings.pass;
        sum.findings.fail += head.findings.fail;
        sum.findings.muted += head.findings.muted;
        sum.columns.merge(&head.columns);
        sum.rules.referenced += head.rules.referenced;
        sum.rules.known += head.rules.known;
        sum.rules.evaluated += head.rules.evaluated;
        sum.rules.fired += head.rules.fired;
        sum.children.add(head.status);
        add(&mut sum.scores.controls, head.scores.controls);
        add(&mut sum.scores.findings, head.scores.findings);
        add(&mut sum.scores.weighted, head.scores.weighted);
    }
    sum
}

/// A head with the sums of others, as bad as the worst of them.
fn worst(below: &[&Head]) -> Head {
    let mut head = head(Status::NoData, below);
    head.status = head.children.worst().unwrap_or(Status::NoData);
    head
}
