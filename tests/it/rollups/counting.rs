//! The two ways to count, held against each other and against plain loops.

use super::random::{documents, shape};
use crate::corpus::{Job, chunk, distinct, is_rejected};
use crate::properties::{draw, job};
use classmark::compile::{Options, Program};
use classmark::compliance::{ComplianceFramework, Control, Requirement, RuleReference};
use classmark::evaluate::Evaluator;
use classmark::reference::{Assignment, assign};
use classmark::rollup::{
    Counter, Head, KnownRule, Partial, Plan, Recount, RuleBook, Seen, Verdict, Weights,
};
use classmark::tag::Tag;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;
use std::sync::Arc;

fn known(evaluated: bool) -> KnownRule {
    KnownRule {
        name: "a rule".into(),
        framework: "f".into(),
        classification_tag: Tag::curated("PII"),
        evaluated,
    }
}

fn book(job: &Job) -> RuleBook {
    let rules = job.frameworks.iter().flat_map(|framework| {
        let rules = framework.rules.iter();
        rules.map(|rule| (rule.id.clone(), known(framework.active), None))
    });
    RuleBook::new(rules)
}

/// The same rows under more ids: `copies` of each data source.
fn copied(mut job: Job, copies: usize) -> Job {
    let id = |id: &str, copy: usize| match copy {
        0 => id.to_owned(),
        copy => format!("{id}/{copy}"),
    };
    let (rows, rejected) = (job.rows.clone(), job.rejected.clone());
    for copy in 1..copies {
        job.rows.extend(rows.iter().cloned().map(|mut row| {
            row.data_source = id(&row.data_source, copy);
            row
        }));
        // What is rejected differs from copy to copy.
        job.rejected
            .extend(rejected.iter().skip(copy).cloned().map(|mut rejection| {
                rejection.data_source = id(&rejection.data_source, copy);
                rejection
            }));
    }
    job
}

/// What counting in the engine comes to, the chunks dealt out to some threads.
fn counted(
    job: &Job,
    plan: &Arc<Plan>,
    (per_chunk, memo, threads): (usize, usize, usize),
) -> Partial {
    let options = Options {
        matching: job.matching,
    };
    let program = Arc::new(Program::compile(&job.frameworks, options).unwrap());
    let mut engines: Vec<_> = (0..threads)
        .map(|_| {
            let evaluator = Evaluator::new(Arc::clone(&program)).with_memo(memo);
            let counter = Counter::new(Arc::clone(plan), Arc::clone(&program));
            (evaluator, counter, Arc::default())
        })
        .collect();
    let ids = distinct(job.rows.iter().map(|row| &row.data_source));
    for (number, ids) in ids.chunks(per_chunk).enumerate() {
        let (evaluator, counter, sets) = &mut engines[number % threads];
        let table = std::mem::take(sets);
        let (chunk, _) = chunk(ids, &job.rows, &job.rejected, program.vocabulary(), table);
        counter.count(&evaluator.evaluate(&chunk));
        *sets = chunk.sets;
    }
    let mut sums = Partial::new(plan);
    // The last one first: sums know no order.
    for (_, counter, _) in engines.into_iter().rev() {
        assert!(sums.merge(&counter.finish()));
    }
    sums
}

/// What counting the reference's assignments comes to.
fn recounted(job: &Job, plan: &Arc<Plan>) -> Partial {
    let assignments = assign(&job.frameworks, &job.rows, &job.rejected, job.matching);
    let mut sources = BTreeMap::<&str, BTreeMap<&str, Vec<&Assignment>>>::new();
    for a in &assignments {
        let source = sources.entry(&a.data_source).or_default();
        source.entry(&a.column).or_default().push(a);
    }
    let mut recount = Recount::new(Arc::clone(plan));
    for columns in sources.values() {
        for assignments in columns.values() {
            let mut findings = Vec::new();
            for a in assignments {
                let verdict = match a.state {
                    "recorded" => Verdict::Pass,
                    "new" => Verdict::Fail,
                    "muted" => Verdict::Muted,
                    _ => continue,
                };
                let numbers = a.rules.iter().map(|id| plan.book().number(id).unwrap());
                findings.extend(numbers.map(|rule| (rule, verdict)));
            }
            let counting = assignments
                .iter()
                .filter(|a| !is_rejected(a, &job.rejected));
            let sensitivity = counting.filter_map(|a| a.sensitivity).max();
            recount.column(&findings, sensitivity);
        }
        recount.end_data_source();
    }
    recount.finish()
}

#[test]
fn counting_and_recounting_agree_whatever_is_remembered() {
    let ways = (1..5usize, select(vec![0, 1, 60, 1 << 20]), 1..4usize);
    draw(
        1_600,
        (job(), shape(), 1..6usize, ways),
        |(job, shape, copies, ways)| {
            let job = copied(job, copies);
            let plan = Plan::new(documents(&shape, &job), book(&job), Weights::default());
            let plan = Arc::new(plan);
            prop_assert_eq!(counted(&job, &plan, ways), recounted(&job, &plan));
            Ok(())
        },
    );
}

/// Numbers that look like chance and are the same every time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Some of 128.
    fn some(&mut self) -> u128 {
        u128::from(self.next() & self.next()) << 64 | u128::from(self.next() & self.next())
    }
}

/// Rules of the test below; as many are named, and a few more are not.
const NAMED: usize = 120;

fn id(rule: usize) -> String {
    format!("r{rule:03}")
}

/// Controls that overlap, in requirements that overlap, in frameworks that do.
fn overlapping() -> Vec<ComplianceFramework> {
    let control = |f: usize, q: usize, c: usize| Control {
        name: format!("control {c}"),
        rules: (0..NAMED)
            .filter(|rule| (rule + f) % (7 + q) == c || *rule == q)
            .map(|rule| RuleReference {
                id: id(rule),
                origin: None,
            })
            .collect(),
    };
    let requirement = |f: usize, q: usize| Requirement {
        name: format!("requirement {q}"),
        controls: (0..7 + q).map(|c| control(f, q, c)).collect(),
    };
    let framework = |f: usize| ComplianceFramework {
        handle: format!("handle{f}"),
        version: "1".into(),
        name: "a framework".into(),
        description: None,
        icon_url: None,
        requirements: (0..3).map(|q| requirement(f, q)).collect(),
        origin: None,
    };
    (0..2).map(framework).collect()
}

/// A column: its rules by verdict, as bits, and its sensitivity.
struct Column {
    source: usize,
    counting: u128,
    sensitivity: Option<u8>,
}

/// Holds a node's columns and data sources against all columns there are.
fn check(head: &Head, rules: u128, columns: &[Column]) {
    let mine = || columns.iter().filter(|column| column.counting & rules != 0);
    for level in [None, Some(0), Some(1), Some(2)] {
        let expected = mine().filter(|column| column.sensitivity == level).count();
        assert_eq!(head.columns.get(level), expected as u64);
    }
    let mut sources: Vec<usize> = mine().map(|column| column.source).collect();
    sources.dedup();
    assert_eq!(head.data_sources, sources.len() as u64);
}

fn bits<'r>(ids: impl Iterator<Item = &'r RuleReference>) -> u128 {
    let rule = |rule: &RuleReference| rule.id[1..].parse::<u32>().unwrap();
    ids.map(|id| 1u128 << rule(id))
        .fold(0, |all, bit| all | bit)
}

/// More data sources than a block has, and more kinds of columns than are kept.
#[test]
fn more_than_is_kept_at_once() {
    let frameworks = overlapping();
    let rules = (0..128).map(|rule| (id(rule), known(true), None));
    let plan = Plan::new(frameworks.clone(), RuleBook::new(rules), Weights::default());
    let plan = Arc::new(plan);
    let mut chance = Chance(7);
    let (mut recount, mut columns) = (Recount::new(Arc::clone(&plan)), Vec::new());
    let (mut kept, mut found) = (0, [0u64; 3]);
    for source in 0..12_500 {
        for _ in 0..chance.below(25) {
            let (pass, fail) = (chance.some(), chance.some());
            // A few are rare, so that some nodes lack most data sources.
            let rare = match chance.below(50) {
                0 => u128::MAX,
                _ => u128::MAX << 24,
            };
            let (pass, fail) = (pass & !fail & rare, fail & rare);
            let muted = chance.some() & !pass & !fail;
            let sensitivity = [None, Some(0), Some(1), Some(2)][chance.below(4) as usize];
            let verdicts = [pass, fail, muted];
            let mut findings = Vec::new();
            for (verdict, rules) in Verdict::ALL.into_iter().zip(verdicts) {
                let numbers = (0..128u32).filter(|rule| rules >> rule & 1 == 1);
                findings.extend(numbers.map(|rule| (rule, verdict)));
                found[verdict as usize] += u64::from(rules & 1 == 1);
            }
            recount.column(&findings, sensitivity);
            let counting = pass | fail;
            kept += (counting << (128 - NAMED)).count_ones();
            columns.push(Column {
                source,
                counting,
                sensitivity,
            });
        }
        recount.end_data_source();
    }
    assert!(kept > 4 << 20, "{kept}");
    let sums = recount.finish();
    assert_eq!(Verdict::ALL.map(|verdict| sums.findings(0, verdict)), found);
    let rollup = plan.rollup(&sums, Seen::default());
    for (framework, node) in frameworks.iter().zip(&rollup.frameworks) {
        let controls = framework.requirements.iter().flat_map(|r| &r.controls);
        check(&node.head, bits(controls.flat_map(|c| &c.rules)), &columns);
        for (requirement, node) in framework.requirements.iter().zip(&node.requirements) {
            let rules = requirement.controls.iter().flat_map(|c| &c.rules);
            check(&node.head, bits(rules), &columns);
            for (control, node) in requirement.controls.iter().zip(&node.controls) {
                check(&node.head, bits(control.rules.iter()), &columns);
                for (rule, node) in control.rules.iter().zip(&node.rules) {
                    check(&node.head, bits(std::iter::once(rule)), &columns);
                }
            }
        }
    }
}
