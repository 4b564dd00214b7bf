//! AI rulesets: rules that are prompts, with their revisions, and what people
//! thought of what they found.
//!
//! - [`ruleset`], [`rule`], [`revision`]: one in the other;
//! - [`prompt`]: the revisions in use;
//! - [`memory`]: violations judged right or wrong;
//! - [`request`], [`page`]: what all of them read.

mod memory;
mod page;
mod prompt;
mod request;
mod revision;
mod revision_record;
mod rule;
mod ruleset;

use super::endpoint::Endpoint;
use super::openapi::Parameter;

const RULESETS: &str = "/api/v2/static-analysis/ai/rulesets";
const RULESET: &str = "/api/v2/static-analysis/ai/rulesets/{ruleset_name}";
const RULES: &str = "/api/v2/static-analysis/ai/rulesets/{ruleset_name}/rules";
const RULE: &str = "/api/v2/static-analysis/ai/rulesets/{ruleset_name}/rules/{rule_name}";
const REVISIONS: &str =
    "/api/v2/static-analysis/ai/rulesets/{ruleset_name}/rules/{rule_name}/revisions";
const REVISION: &str =
    "/api/v2/static-analysis/ai/rulesets/{ruleset_name}/rules/{rule_name}/revisions/{id}";
const PROMPTS: &str = "/api/v2/static-analysis/ai/prompts";
const MEMORY: &str = "/api/v2/static-analysis/ai/memory";
const RESULT: &str = "/api/v2/static-analysis/ai/memory/{id}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let endpoints = [
        ruleset::endpoints(),
        rule::endpoints(),
        revision::endpoints(),
        prompt::endpoints(),
        memory::endpoints(),
    ];
    endpoints.into_iter().flatten().collect()
}

/// What the path names.
fn parameters(names: &[&'static str]) -> Vec<Parameter> {
    let parameter = |name: &&'static str| {
        let description = match *name {
            "ruleset_name" => "The ruleset's name.",
            "rule_name" => "The rule's name.",
            _ => "What it is known by.",
        };
        Parameter::path(name, description)
    };
    names.iter().map(parameter).collect()
}
