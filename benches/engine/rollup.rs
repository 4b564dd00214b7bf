//! What counting for controls costs: the engine alone, and the engine with a
//! counter behind it.

use crate::catalog::{chunks, columns, compiled, frameworks, over_one_table, spec};
use classmark::catalog::Chunk;
use classmark::compile::Program;
use classmark::compliance::{ComplianceFramework, Control, Requirement, RuleReference};
use classmark::evaluate::Evaluator;
use classmark::framework::Framework;
use classmark::rollup::{Counter, KnownRule, Plan, RuleBook, Seen, Weights};
use classmark::synth::Spec;
use criterion::{Criterion, Throughput};
use std::hint::black_box;
use std::sync::Arc;

/// Rules that each control names.
const RULES: usize = 3;

pub(crate) fn rollup(c: &mut Criterion) {
    let mut group = c.benchmark_group("rollup");
    for (name, density) in [("typical", 0.8), ("dense", 2.0)] {
        let spec = Spec { density, ..spec() };
        let documents = frameworks(&spec);
        let program = compiled(&documents);
        let chunks = over_one_table(chunks(&program, &spec));
        group.throughput(Throughput::Elements(columns(&spec)));
        let mut evaluator = Evaluator::new(Arc::clone(&program));
        group.bench_function(format!("{name}, off"), |b| {
            b.iter(|| {
                chunks.iter().for_each(|chunk| {
                    black_box(evaluator.evaluate(chunk));
                })
            });
        });
        for controls in [50, 2_000] {
            let plan = plan(&documents, &program, controls);
            check(&plan, &program, &chunks);
            let mut evaluator = Evaluator::new(Arc::clone(&program));
            let mut counter = Counter::new(Arc::clone(&plan), Arc::clone(&program));
            group.bench_function(format!("{name}, {controls} controls"), |b| {
                b.iter(|| {
                    chunks
                        .iter()
                        .for_each(|chunk| counter.count(&evaluator.evaluate(chunk)))
                });
            });
        }
    }
    group.finish();
}

/// So many controls in requirements of twenty, over all rules in turn.
pub(crate) fn document(rules: &[&str], controls: usize) -> ComplianceFramework {
    let control = |number: usize| Control {
        name: format!("control {number}"),
        // Strides that differ, so that controls share rules in many ways.
        rules: (0..RULES)
            .map(|nth| RuleReference {
                id: rules[(number * (nth + 1) + nth) % rules.len()].to_owned(),
                origin: None,
            })
            .collect(),
    };
    let numbers: Vec<usize> = (0..controls).collect();
    let requirements = numbers.chunks(20).map(|numbers| Requirement {
        name: format!("requirement {}", numbers[0]),
        controls: numbers.iter().map(|number| control(*number)).collect(),
    });
    ComplianceFramework {
        handle: "bench".into(),
        version: "1".into(),
        name: "Bench".into(),
        description: None,
        icon_url: None,
        requirements: requirements.collect(),
        origin: None,
    }
}

fn plan(documents: &[Framework], program: &Program, controls: usize) -> Arc<Plan> {
    let rules = program.records();
    let ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    let book = RuleBook::new(rules.iter().map(|rule| {
        let known = KnownRule {
            name: rule.name.clone(),
            framework: documents[rule.framework].short_name.clone(),
            classification_tag: rule.classification_tag.clone(),
            evaluated: rule.active,
        };
        (rule.id.clone(), known, None)
    }));
    let documents = vec![document(&ids, controls)];
    Arc::new(Plan::new(documents, book, Weights::default()))
}

/// The findings of every rule are as many as the evaluator has counted itself,
/// and so are its data sources; there are no overrides that would mute any.
fn check(plan: &Arc<Plan>, program: &Arc<Program>, chunks: &[Chunk]) {
    let mut evaluator = Evaluator::new(Arc::clone(program));
    let mut counter = Counter::new(Arc::clone(plan), Arc::clone(program));
    for chunk in chunks {
        counter.count(&evaluator.evaluate(chunk));
    }
    let tally = evaluator.tally();
    let rollup = plan.rollup(&counter.finish(), Seen::default());
    let requirements = rollup.frameworks.iter().flat_map(|f| &f.requirements);
    let controls = requirements.flat_map(|requirement| &requirement.controls);
    for node in controls.flat_map(|control| &control.rules) {
        let number = plan.book().number(&node.id).expect("the rule is evaluated") as usize;
        let findings = node.head.findings.pass + node.head.findings.fail;
        assert_eq!(findings, tally.rule_columns[number]);
        assert_eq!(node.head.columns.sum(), findings);
        assert_eq!(node.head.data_sources, tally.rule_sources[number]);
    }
}
