//! Rollups that no catalog stands behind, but that count as real ones do.

use classmark::output::{Basis, FrameworkRecord, InputRecord, OverrideRecord};
use classmark::rollup::{
    BySensitivity, ByStatus, ControlNode, Coverage, Examples, Findings, FrameworkNode, Head,
    KnownRule, Ratio, RequirementNode, Rollup, RuleCounts, RuleNode, RuleSamples, Sample, Scores,
    Status, Verdict, Weights, WorstSource,
};
use classmark::tag::Tag;
use std::collections::{BTreeMap, BTreeSet};

/// What a report is written from.
pub(crate) struct Made {
    pub(crate) rollup: Rollup,
    pub(crate) basis: Basis,
    pub(crate) examples: Examples,
}

/// Every sample, by name.
pub(crate) fn all() -> Vec<(&'static str, Made)> {
    vec![
        ("empty", empty()),
        ("tiny", tiny()),
        ("small", small()),
        ("hostile", hostile()),
        ("large", large()),
    ]
}

/// Nothing was given, nothing was found.
pub(crate) fn empty() -> Made {
    Made {
        rollup: Rollup {
            coverage: Coverage::default(),
            weights: Weights::default(),
            frameworks: Vec::new(),
        },
        basis: Basis {
            as_of: "2026-11-21".into(),
            ..Basis::default()
        },
        examples: Examples::default(),
    }
}

/// One requirement, two controls, three rules.
pub(crate) fn tiny() -> Made {
    let world = World::new(12, 3, |n| SOURCES[n as usize % SOURCES.len()].to_owned());
    let mut rules = Rules::default();
    let mail = rules.add("base/e-mail", "E-mail", "base", "Kind.Email", 0..7, 2);
    let phone = rules.add("base/phone", "Phone", "base", "Kind.Phone", 6..9, 0);
    let typo = rules.unknown("base/fone");
    let controls = vec![
        ("E-mail is marked", vec![mail]),
        ("Phones are marked", vec![phone, typo]),
    ];
    let node = framework(
        &world,
        &rules,
        ("contact", "1", "Contact data"),
        vec![("Contact data is known", controls)],
    );
    let mut made = make(&world, &rules, vec![node], 2);
    made.basis.overrides = vec![rejected("hr.badges", "door", None, None, None, true)];
    made.rollup.coverage.overrides = 1;
    made
}

/// A hospital's two compliance frameworks, every status among their controls.
pub(crate) fn small() -> Made {
    let world = World::new(240, 6, |n| SOURCES[n as usize % SOURCES.len()].to_owned());
    let mut rules = Rules::default();
    let [mail, phone, mrn, diagnosis, drug] = [
        rules.add(
            "demo-base/e-mail-address",
            "E-mail address",
            "demo-base",
            "Kind.Email",
            0..22,
            3,
        ),
        rules.add(
            "demo-base/phone-number",
            "Phone number",
            "demo-base",
            "Kind.Phone",
            16..40,
            0,
        ),
        rules.add(
            "demo-base/medical-record-number",
            "Medical record number",
            "demo-base",
            "Kind.Patient Number",
            30..41,
            0,
        ),
        rules.add(
            "demo-record/diagnosis-of-a-patient",
            "Diagnosis of a patient",
            "demo-record",
            "Record.Health",
            60..75,
            2,
        ),
        rules.add(
            "demo-record/prescribed-drug",
            "Prescribed drug",
            "demo-record",
            "Record.Health",
            70..94,
            4,
        ),
    ];
    let card = rules.add(
        "demo-base/payment-card",
        "Payment card",
        "demo-base",
        "Kind.Card",
        0..0,
        0,
    );
    let badge = rules.add(
        "demo-base/staff-badge",
        "Staff badge",
        "demo-base",
        "Kind.Badge",
        120..123,
        0,
    );
    rules.mute(badge);
    let genome = rules.add(
        "research/genome",
        "Genome sequence",
        "research",
        "Record.Genome",
        0..0,
        0,
    );
    rules.deactivate(genome);
    let typo = rules.unknown("demo-base/medcal-record-number");
    let privacy = framework(
        &world,
        &rules,
        ("hospital-privacy", "3", "Hospital privacy programme"),
        vec![
            (
                "Personal data is known",
                vec![
                    ("Contact data is marked", vec![mail, phone]),
                    ("Patient numbers are marked", vec![mrn]),
                    ("Staff badges are marked", vec![badge]),
                ],
            ),
            (
                "Health data is known",
                vec![
                    ("Diagnoses are marked", vec![diagnosis, drug]),
                    (
                        "Record numbers stand beside no genome",
                        vec![mrn, genome, typo],
                    ),
                    ("Phones of patients are marked", vec![phone, mrn]),
                ],
            ),
            (
                "Payment data is known",
                vec![("Cards are marked", vec![card])],
            ),
        ],
    );
    let cards = framework(
        &world,
        &rules,
        ("cards", "1", "Card data in brief"),
        vec![(
            "No card outside the vault",
            vec![
                ("Cards are marked", vec![card]),
                ("Genomes are marked", vec![genome]),
            ],
        )],
    );
    let mut made = make(&world, &rules, vec![privacy, cards], 5);
    if let Some(first) = made.rollup.frameworks.first_mut() {
        first.description = Some(
            "What the privacy office checks every quarter.\nOwned by the data protection officer."
                .into(),
        );
    }
    made.basis.overrides = vec![
        rejected(
            "hr.badges",
            "badge_no",
            Some("Printed numbers, no person behind them"),
            Some("a.meier"),
            Some("2027-03-31"),
            true,
        ),
        rejected("hr.badges", "door", None, None, None, true),
        rejected(
            "ops.doors",
            "reader",
            Some("  "),
            Some("ops"),
            Some("2026-12-31"),
            false,
        ),
    ];
    made.basis.expired = 1;
    made.rollup.coverage.overrides = 3;
    made
}

/// Names that would rather be something else.
pub(crate) fn hostile() -> Made {
    let long = "a_column_name_that_somebody_generated_".repeat(12);
    let names: [String; 6] = [
        "<script>document.title='gone'</script>".into(),
        "\"><img src=x onerror=alert(1)>' onload='alert(2)".into(),
        "tab\tbell\u{7}escape\u{1b}[31m nul\0 line\nend".into(),
        "שם עמודה \u{202e}txt.exe\u{202c} עברית".into(),
        long.clone(),
        "</title></style></script><!-- &amp; &lt;b&gt; ]]> {{7*7}} 👩‍👩‍👧".into(),
    ];
    let name = move |n: u64| names[n as usize % names.len()].clone();
    let world = World::new(60, 6, name.clone());
    let mut rules = Rules::default();
    let mut named = Vec::new();
    for n in 0..6 {
        let id = format!("{}-{n}", name(n));
        named.push(rules.add(
            &id,
            &name(n),
            &name(n + 1),
            &name(n + 2),
            n * 7..n * 7 + 9,
            n,
        ));
    }
    let absent = rules.unknown(&name(1));
    rules.deactivate(named[5]);
    let requirements = (0..3).map(|q| {
        let controls = (0..2).map(|c| (name(q + c), vec![named[(q * 2 + c) as usize], absent]));
        (name(q * 2 + 1), controls.collect())
    });
    let node = framework(
        &world,
        &rules,
        (name(1), name(0), name(5)),
        requirements.collect::<Vec<Named<String, Named<String, usize>>>>(),
    );
    let mut made = make(&world, &rules, vec![node], 5);
    made.rollup.frameworks[0].description = Some((0..6).map(|n| name(n) + "\n").collect());
    for n in 0..6 {
        let mut record = rejected(
            &name(n),
            &name(n + 1),
            Some(&name(n + 2)),
            Some(&name(n + 3)),
            Some(&name(n + 4)),
            n % 2 == 0,
        );
        record.tag_name = name(n + 5);
        record.tag_source = name(n);
        made.basis.overrides.push(record);
    }
    for input in &mut made.basis.inputs {
        input.path = long.clone();
        input.fingerprint = name(0);
    }
    made
}

/// 10 requirements of 200 controls, each of 3 out of 1,500 rules, 5 samples each.
pub(crate) fn large() -> Made {
    let world = World::new(400_000, 8_000, |n| {
        format!("warehouse.domain_{:02}.table_{n:05}", n % 40)
    });
    let mut rules = Rules::default();
    for n in 0..1500_u64 {
        let id = format!("framework-{:02}/rule-that-marks-kind-{n:04}", n % 30);
        let first = n * 263 % 399_000;
        let number = rules.add(
            &id,
            &format!("Rule that marks kind {n}"),
            &format!("framework-{:02}", n % 30),
            &format!("Kind.Group {}.Kind {n}", n % 50),
            first..first + n % 60,
            if n % 3 == 0 { n % 7 } else { 0 },
        );
        match n % 97 {
            0 => rules.deactivate(number),
            1 => rules.mute(number),
            _ => {}
        }
    }
    let absent = rules.unknown("framework-00/no-such-rule");
    let control = |n: usize| {
        let rules: Vec<usize> = (0..3).map(|k| (n * 3 + k * 401) % 1500).collect();
        let rules = if n.is_multiple_of(211) {
            vec![rules[0], rules[1], absent]
        } else {
            rules
        };
        (
            format!(
                "Control {n}: kinds of group {} are marked wherever they are",
                n % 50
            ),
            rules,
        )
    };
    let requirements = (0..10).map(|q| {
        let controls = (0..200).map(|c| control(q * 200 + c)).collect();
        (
            format!("Requirement {}: what is held is known", q + 1),
            controls,
        )
    });
    let node = framework(
        &world,
        &rules,
        (
            "group-policy".to_owned(),
            "2026.4".to_owned(),
            "Group data policy".to_owned(),
        ),
        requirements.collect::<Vec<Named<String, Named<String, usize>>>>(),
    );
    let mut made = make(&world, &rules, vec![node], 5);
    made.basis.overrides = (0..1234)
        .map(|n| {
            rejected(
                &format!("warehouse.domain_{:02}.table_{n:05}", n % 40),
                &format!("column_{n}"),
                (n % 5 > 0).then_some("reviewed by the domain's steward"),
                Some("stewards"),
                Some("2027-06-30"),
                n % 9 > 0,
            )
        })
        .collect();
    made.rollup.coverage.overrides = 1234;
    made
}

const SOURCES: [&str; 6] = [
    "clinical.patients",
    "clinical.imaging_studies",
    "billing.invoices",
    "hr.staff",
    "pharmacy.orders",
    "research.cohorts",
];

/// Columns by number, dealt out to data sources.
struct World {
    columns: u64,
    sources: u64,
    name: Box<dyn Fn(u64) -> String>,
}

impl World {
    fn new(columns: u64, sources: u64, name: impl Fn(u64) -> String + 'static) -> Self {
        let name = Box::new(name);
        World {
            columns,
            sources,
            name,
        }
    }

    fn source(&self, column: u64) -> u64 {
        column * self.sources / self.columns
    }

    fn source_name(&self, source: u64) -> String {
        (self.name)(source)
    }

    fn column_name(&self, column: u64) -> String {
        let own = (self.name)(column + 1);
        let short = own.rsplit('.').next().unwrap_or(&own);
        format!("{short}_{column}")
    }

    fn sensitivity(column: u64) -> Option<u8> {
        [Some(2), Some(1), Some(1), Some(0), None][column as usize % 5]
    }
}

/// The rules, their findings by column.
#[derive(Default)]
struct Rules {
    nodes: Vec<(String, Option<KnownRule>)>,
    findings: Vec<BTreeMap<u64, Verdict>>,
}

impl Rules {
    /// A rule with a finding on each of the columns, of which the first `fails` fail.
    fn add(
        &mut self,
        id: &str,
        name: &str,
        framework: &str,
        tag: &str,
        columns: std::ops::Range<u64>,
        fails: u64,
    ) -> usize {
        let known = KnownRule {
            name: name.into(),
            framework: framework.into(),
            classification_tag: Tag::curated(tag),
            evaluated: true,
        };
        let first = columns.start;
        let verdict = |column| {
            if column < first + fails {
                Verdict::Fail
            } else {
                Verdict::Pass
            }
        };
        self.nodes.push((id.into(), Some(known)));
        self.findings
            .push(columns.map(|c| (c, verdict(c))).collect());
        self.nodes.len() - 1
    }

    fn unknown(&mut self, id: &str) -> usize {
        self.nodes.push((id.into(), None));
        self.findings.push(BTreeMap::new());
        self.nodes.len() - 1
    }

    fn mute(&mut self, rule: usize) {
        self.findings[rule]
            .values_mut()
            .for_each(|v| *v = Verdict::Muted);
    }

    fn deactivate(&mut self, rule: usize) {
        self.findings[rule].clear();
        if let Some(known) = &mut self.nodes[rule].1 {
            known.evaluated = false;
        }
    }

    fn evaluated(&self, rule: usize) -> bool {
        self.nodes[rule].1.as_ref().is_some_and(|k| k.evaluated)
    }

    /// What a node over these rules says, its children's statuses given.
    fn head(&self, world: &World, rules: &BTreeSet<usize>) -> Head {
        let mut findings = Findings::default();
        let mut counts = RuleCounts::default();
        let (mut columns, mut weighted) = (BTreeSet::new(), Ratio::default());
        for &rule in rules {
            counts.referenced += 1;
            counts.known += u64::from(self.nodes[rule].1.is_some());
            counts.evaluated += u64::from(self.evaluated(rule));
            counts.fired += u64::from(!self.findings[rule].is_empty());
            for (&column, verdict) in &self.findings[rule] {
                let weight = u64::from(Weights::default().of(World::sensitivity(column)));
                match verdict {
                    Verdict::Muted => findings.muted += 1,
                    Verdict::Pass => {
                        findings.pass += 1;
                        weighted.numerator += weight;
                    }
                    Verdict::Fail => findings.fail += 1,
                }
                if *verdict != Verdict::Muted {
                    weighted.denominator += weight;
                    columns.insert(column);
                }
            }
        }
        let mut by_sensitivity = BySensitivity::default();
        for column in &columns {
            by_sensitivity.add(World::sensitivity(*column), 1);
        }
        let sources: BTreeSet<u64> = columns.iter().map(|c| world.source(*c)).collect();
        Head {
            status: judge(&findings, &counts),
            findings,
            columns: by_sensitivity,
            data_sources: sources.len() as u64,
            rules: counts,
            children: ByStatus::default(),
            scores: Scores {
                controls: Ratio::default(),
                findings: Ratio {
                    numerator: findings.pass,
                    denominator: findings.pass + findings.fail,
                },
                weighted,
            },
        }
    }

    fn node(&self, world: &World, rule: usize) -> RuleNode {
        let (id, known) = self.nodes[rule].clone();
        let head = self.head(world, &BTreeSet::from([rule]));
        RuleNode { id, known, head }
    }
}

fn judge(findings: &Findings, rules: &RuleCounts) -> Status {
    match findings {
        Findings { fail: 1.., .. } => Status::Fail,
        _ if rules.evaluated < rules.referenced => Status::Unknown,
        Findings { pass: 1.., .. } => Status::Pass,
        Findings { muted: 1.., .. } => Status::Muted,
        _ => Status::NoData,
    }
}

/// A name and what stands below it.
type Named<T, U> = (T, Vec<U>);

fn framework<S: Into<String>, T: Into<String>>(
    world: &World,
    rules: &Rules,
    (handle, version, name): (S, S, S),
    requirements: Vec<Named<T, Named<T, usize>>>,
) -> FrameworkNode {
    let mut all = BTreeSet::new();
    let mut nodes = Vec::new();
    for (name, controls) in requirements {
        let mut below = BTreeSet::new();
        let mut made = Vec::new();
        for (name, named) in controls {
            below.extend(named.iter().copied());
            made.push(control(world, rules, name.into(), &named));
        }
        all.extend(below.iter().copied());
        let children = made.iter().map(|c: &ControlNode| &c.head);
        let head = over(rules.head(world, &below), children);
        nodes.push(RequirementNode {
            name: name.into(),
            head,
            controls: made,
        });
    }
    let children = nodes.iter().map(|r| &r.head);
    let head = over(rules.head(world, &all), children);
    FrameworkNode {
        handle: handle.into(),
        version: version.into(),
        name: name.into(),
        description: None,
        head,
        requirements: nodes,
    }
}

fn control(world: &World, rules: &Rules, name: String, named: &[usize]) -> ControlNode {
    let mut head = rules.head(world, &named.iter().copied().collect());
    let counted = matches!(head.status, Status::Fail | Status::Unknown | Status::Pass);
    head.scores.controls = Ratio {
        numerator: u64::from(head.status == Status::Pass),
        denominator: u64::from(counted),
    };
    let rules: Vec<RuleNode> = named.iter().map(|r| rules.node(world, *r)).collect();
    for rule in &rules {
        head.children.add(rule.head.status);
    }
    ControlNode { name, head, rules }
}

/// Takes over from the children what only they know.
fn over<'a>(mut head: Head, children: impl Iterator<Item = &'a Head>) -> Head {
    for child in children {
        head.children.add(child.status);
        head.scores.controls.numerator += child.scores.controls.numerator;
        head.scores.controls.denominator += child.scores.controls.denominator;
    }
    head.status = head.children.worst().unwrap_or(Status::NoData);
    head
}

fn make(world: &World, rules: &Rules, frameworks: Vec<FrameworkNode>, samples: usize) -> Made {
    let named: BTreeSet<usize> = (0..rules.nodes.len()).collect();
    let head = rules.head(world, &named);
    Made {
        rollup: Rollup {
            coverage: Coverage {
                rules: head.rules,
                columns: world.columns,
                data_sources: world.sources,
                overrides: 0,
            },
            weights: Weights::default(),
            frameworks,
        },
        basis: Basis {
            as_of: "2026-11-21".into(),
            inputs: inputs(world),
            frameworks: classification_frameworks(rules),
            ..Basis::default()
        },
        examples: Examples {
            worst: worst(world, rules),
            samples: sampled(world, rules, samples),
            columns: head.columns,
        },
    }
}

fn inputs(world: &World) -> Vec<InputRecord> {
    let input = |role, path: &str, rows| InputRecord {
        role,
        path: path.into(),
        bytes: 1_048_576 + world.columns * 17,
        rows,
        fingerprint: "xxh3-128:0f4c1d6b5a9e8372c6d1e0f3a4b59687".into(),
    };
    vec![
        input("frameworks", "frameworks/base.json", None),
        input("compliance", "compliance/programme.yaml", None),
        input("columns", "catalog/columns.parquet", Some(world.columns)),
        input("overrides", "catalog/overrides.csv", Some(4)),
    ]
}

fn classification_frameworks(rules: &Rules) -> Vec<FrameworkRecord> {
    let mut by_name: BTreeMap<&str, (bool, usize)> = BTreeMap::new();
    for known in rules.nodes.iter().filter_map(|(_, known)| known.as_ref()) {
        let entry = by_name.entry(&known.framework).or_default();
        entry.0 |= known.evaluated;
        entry.1 += 1;
    }
    let record = |(name, (active, rules)): (&str, (bool, usize))| FrameworkRecord {
        id: None,
        version: active.then(|| "4".into()),
        short_name: name.into(),
        name: format!("Framework {name}"),
        active,
        rules,
        file: Some("frameworks/base.json".into()),
    };
    by_name.into_iter().map(record).collect()
}

fn worst(world: &World, rules: &Rules) -> Vec<WorstSource> {
    let mut fails: BTreeMap<u64, (u64, BTreeSet<u64>)> = BTreeMap::new();
    for (column, verdict) in rules.findings.iter().flatten() {
        if *verdict == Verdict::Fail {
            let entry = fails.entry(world.source(*column)).or_default();
            entry.0 += 1;
            entry.1.insert(*column);
        }
    }
    let source = |(source, (fail, columns)): (u64, (u64, BTreeSet<u64>))| WorstSource {
        data_source_id: world.source_name(source),
        fail,
        columns: columns.len() as u64,
    };
    let mut worst: Vec<WorstSource> = fails.into_iter().map(source).collect();
    worst.sort_by_key(|source| std::cmp::Reverse(source.fail));
    worst.truncate(20);
    worst
}

fn sampled(world: &World, rules: &Rules, samples: usize) -> Vec<RuleSamples> {
    let mut all = Vec::new();
    for ((id, _), findings) in rules.nodes.iter().zip(&rules.findings) {
        let mut columns: Vec<(u64, Verdict)> = findings.iter().map(|(c, v)| (*c, *v)).collect();
        columns.sort_by_key(|(_, v)| (*v != Verdict::Fail, *v));
        columns.truncate(samples);
        let sample = |(column, verdict)| Sample {
            data_source_id: world.source_name(world.source(column)),
            column_name: world.column_name(column),
            verdict,
        };
        if !columns.is_empty() {
            let columns = columns.into_iter().map(sample).collect();
            all.push(RuleSamples {
                rule: id.clone(),
                columns,
            });
        }
    }
    all.sort_by(|a, b| a.rule.cmp(&b.rule));
    all
}

fn rejected(
    source: &str,
    column: &str,
    reason: Option<&str>,
    owner: Option<&str>,
    expires: Option<&str>,
    matched: bool,
) -> OverrideRecord {
    OverrideRecord {
        data_source_id: source.into(),
        column_name: column.into(),
        tag_name: "Kind.Badge".into(),
        tag_source: "curated".into(),
        reason: reason.map(Into::into),
        owner: owner.map(Into::into),
        expires: expires.map(Into::into),
        matched,
    }
}
