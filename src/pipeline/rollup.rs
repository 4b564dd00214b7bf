//! What a run is rolled up for, and how that is written.

use crate::compile::Program;
use crate::compliance::ComplianceFramework;
use crate::framework::Framework;
use crate::output::{Export, InputRecord};
use crate::rollup::{KnownRule, Plan, RuleBook, Weights};
use std::sync::Arc;

/// What a run is rolled up for, and how that is written.
#[derive(Debug, Clone, Default)]
pub struct RollupOptions {
    /// The compliance frameworks.
    pub frameworks: Vec<ComplianceFramework>,
    /// The files that they stand in, for the manifest.
    pub inputs: Vec<InputRecord>,
    /// What findings weigh in weighted scores.
    pub weights: Weights,
    /// Further formats beside `rollup.json` and `rollup.parquet`.
    pub exports: Vec<Export>,
    /// Whether `report.html` is written, too.
    pub report: bool,
}

impl RollupOptions {
    /// What is to be counted for a program.
    pub(super) fn plan(&self, frameworks: &[Framework], program: &Program) -> Arc<Plan> {
        let book = rule_book(frameworks, program);
        Arc::new(Plan::new(self.frameworks.clone(), book, self.weights))
    }
}

/// The rules of a program, with what frameworks say of them.
fn rule_book(frameworks: &[Framework], program: &Program) -> RuleBook {
    RuleBook::new(program.records().iter().map(|rule| {
        let tag = &rule.classification_tag;
        let number = program.vocabulary().number(&tag.source, &tag.name);
        let known = KnownRule {
            name: rule.name.clone(),
            framework: frameworks[rule.framework].short_name.clone(),
            classification_tag: tag.clone(),
            evaluated: rule.active,
        };
        let sensitivity = number.and_then(|number| program.sensitivity(number));
        (rule.id.clone(), known, sensitivity)
    }))
}
