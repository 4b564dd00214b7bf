//! Prompts: what of the rules is in use.

use super::PROMPTS;
use super::revision_record::{KeptRecord, TextRecord};
use crate::server::answer::Refusal;
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::endpoint::{Endpoint, Family, Outcome};
use crate::server::json_api::{List, READS, Resource, Typed, reread};
use crate::server::openapi::Reply;
use crate::store::{Prompt, rule_reference};
use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// A published revision, as whoever asks it needs it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AiPrompt")]
struct PromptRecord {
    /// The revision's number.
    rule_version: String,
    #[serde(flatten)]
    text: TextRecord,
    /// The weakness that it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default, with = "String")]
    cwe: Option<String>,
    /// SHA-256 of `content`, in hex.
    checksum: String,
    /// Always empty.
    file_search_keywords: Vec<String>,
    /// Always empty.
    result_keywords_exclude: Vec<String>,
    /// Never: nothing is shipped.
    is_default: bool,
}

impl Typed for PromptRecord {
    const TYPE: &'static str = "ai_prompt";
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let list = Endpoint::new(Family::Datadog, Method::GET, PROMPTS, "ListAiPrompts", list)
        .needs(READS)
        .says(
            "List AI prompts",
            "One for each rule with a published revision, the newest; oldest rule first. The id \
             is `ruleset/rule`; in names, `/` is written `%2F` and `%` is written `%25`.",
        )
        .replies(Reply::ok("The prompts.").with(List::<PromptRecord>::content()));
    vec![list]
}

async fn list(app: Arc<App>, _: Call) -> Outcome {
    let work = app.ask(|store| {
        let found: Result<_, Refusal> = store.prompts()?.iter().map(resource).collect();
        Ok(Resource::list(found?))
    });
    work.await?
}

fn resource(prompt: &Prompt) -> Result<Resource<PromptRecord>, Refusal> {
    let kept: KeptRecord = reread(&prompt.revision.text)?;
    let attributes = PromptRecord {
        rule_version: prompt.revision.version_id.to_string(),
        text: kept.text,
        cwe: kept.cwe,
        checksum: kept.checksum,
        file_search_keywords: Vec::new(),
        result_keywords_exclude: Vec::new(),
        is_default: false,
    };
    let id = rule_reference(&prompt.ruleset, &prompt.rule);
    Ok(Resource::new(id, attributes))
}
