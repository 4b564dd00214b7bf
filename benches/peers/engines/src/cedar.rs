//! Per-column decisions by Cedar: a rule is a policy, and the policies that
//! permit a request are the rules that fire. It does not iterate, so it gets
//! rules for which one pass is the fixpoint.

use crate::Failed;
use crate::prepared::{Prepared, Rule, Source, compare};
use cedar_policy::{
    Authorizer, Context, Entities, EntityUid, Policy, PolicyId, PolicySet, Request,
    RestrictedExpression,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Instant;

/// Times both engines, the first `columns` columns or a little more for Cedar.
pub fn run(prepared: &Prepared, rounds: usize, columns: usize) -> Result<Value, Failed> {
    let policies = policies(&prepared.rules)?;
    let requests = requests(&prepared.sources, columns)?;
    let ours = prepared.fired();
    let theirs = decide(&policies, &requests)?;
    let findings = compare(&ours[..requests.len().min(ours.len())], &theirs)?;
    let (mut classmark, mut cedar) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        classmark.push(prepared.time_classmark());
        let begun = Instant::now();
        std::hint::black_box(decide(&policies, &requests)?);
        cedar.push(begun.elapsed().as_secs_f64());
    }
    Ok(json!({
        "rules": prepared.rules.len(), "findings": findings,
        "classmark": {"columns": prepared.columns, "seconds": classmark},
        "peer": {"columns": requests.len(), "seconds": cedar},
    }))
}

fn policies(rules: &[Rule]) -> Result<PolicySet, Failed> {
    let mut policies = PolicySet::new();
    for (number, rule) in rules.iter().enumerate() {
        let text = format!(
            "permit(principal, action, resource) when {{ {} }};",
            condition(rule)
        );
        policies.add(Policy::parse(
            Some(PolicyId::new(number.to_string())),
            text,
        )?)?;
    }
    Ok(policies)
}

/// What a rule asks, the parts that it does not ask left out.
fn condition(rule: &Rule) -> String {
    let part = |(name, tags): (&str, &Vec<u32>)| match tags.as_slice() {
        [] => None,
        [tag] => Some(format!("context.{name}.contains({tag})")),
        tags => Some(format!("context.{name}.containsAll({tags:?})")),
    };
    let parts = [
        ("tags", &rule.column),
        ("near", &rule.neighbor),
        ("table", &rule.table),
    ];
    parts
        .into_iter()
        .filter_map(part)
        .collect::<Vec<_>>()
        .join(" && ")
}

/// A request for each column of whole data sources, until there are enough.
fn requests(sources: &[Source], columns: usize) -> Result<Vec<Request>, Failed> {
    let mut requests = Vec::new();
    let anyone: EntityUid = "Catalog::\"classmark\"".parse()?;
    for source in sources {
        if requests.len() >= columns {
            break;
        }
        let near: BTreeSet<u32> = source.columns.iter().flatten().copied().collect();
        for tags in &source.columns {
            let pairs = [
                ("tags".into(), set(tags)),
                ("near".into(), set(&near)),
                ("table".into(), set(&source.table)),
            ];
            let context = Context::from_pairs(pairs)?;
            requests.push(Request::new(
                anyone.clone(),
                anyone.clone(),
                anyone.clone(),
                context,
                None,
            )?);
        }
    }
    Ok(requests)
}

fn set<'a>(tags: impl IntoIterator<Item = &'a u32>) -> RestrictedExpression {
    let numbers = tags
        .into_iter()
        .map(|tag| RestrictedExpression::new_long(i64::from(*tag)));
    RestrictedExpression::new_set(numbers)
}

/// Per request the rules that fire, ascending.
fn decide(policies: &PolicySet, requests: &[Request]) -> Result<Vec<Vec<u32>>, Failed> {
    let authorizer = Authorizer::new();
    let entities = Entities::empty();
    let decide = |request| {
        let response = authorizer.is_authorized(request, policies, &entities);
        let reasons = response.diagnostics().reason();
        let mut rules = reasons
            .map(|policy| {
                let id: &str = policy.as_ref();
                id.parse::<u32>()
            })
            .collect::<Result<Vec<_>, _>>()?;
        rules.sort_unstable();
        Ok(rules)
    };
    requests.iter().map(decide).collect()
}
