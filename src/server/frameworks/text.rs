//! The text that the store keeps of a framework, and the answer made from it.
//!
//! The text is an object of JSON with everything that a client sent, defaults
//! written out, and nothing that the store keeps beside it. So one content has
//! one text, and an answer is that text with a few facts put before and behind
//! it: nothing is parsed to read a framework.

use super::records::{ContentRecord, RuleRecord, SensitivityRecord, TagRecord, TagReference};
use crate::framework::{Framework, Rule};
use crate::server::clock::rfc3339;
use crate::store::StoredFramework;
use crate::tag::Tag;

/// The text of a framework.
pub(super) fn text(framework: &Framework) -> String {
    let content = ContentRecord {
        short_name: &framework.short_name,
        name: &framework.name,
        description: &framework.description,
        tags: framework
            .tags
            .iter()
            .map(|tag| TagRecord {
                name: &tag.tag.name,
                source: &tag.tag.source,
                description: tag.description.as_deref(),
                sensitivities: tag
                    .sensitivity
                    .map(SensitivityRecord::of)
                    .into_iter()
                    .collect(),
            })
            .collect(),
        rules: framework.rules.iter().map(rule).collect(),
    };
    // Texts and small numbers always can be written.
    serde_json::to_string(&content).unwrap_or_default()
}

fn rule(rule: &Rule) -> RuleRecord<'_> {
    RuleRecord {
        id: rule.has_own_id.then_some(&rule.id),
        name: &rule.name,
        classification_tag: reference(&rule.classification_tag),
        column_tags: rule.column_tags.iter().map(reference).collect(),
        neighbor_column_tags: rule.neighbor_column_tags.iter().map(reference).collect(),
        table_tags: rule.table_tags.iter().map(reference).collect(),
    }
}

fn reference(tag: &Tag) -> TagReference<'_> {
    TagReference {
        name: &tag.name,
        source: &tag.source,
    }
}

/// Bytes of an answer beside the text, at most.
const AROUND: usize = 256;

/// Puts the answer that tells a version of a framework behind what is there.
pub(super) fn tell(stored: &StoredFramework, answer: &mut String) {
    let StoredFramework {
        id,
        version,
        active,
        text,
        created,
        changed,
        ..
    } = stored;
    let inner = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    let inner = inner.unwrap_or_default();
    answer.reserve(AROUND + inner.len());
    let active = if *active { "true" } else { "false" };
    let system = if stored.system {
        ",\"system\":true"
    } else {
        ""
    };
    for part in [
        // Ids are hex digits and hyphens.
        "{\"id\":\"",
        id,
        "\",\"version\":\"",
        version,
        "\",\"active\":",
        active,
        ",",
        inner,
        ",\"createdBy\":",
        &created.by.user_id.to_string(),
        ",\"createdAt\":\"",
        &rfc3339(created.at),
        "\",\"modifiedBy\":",
        &changed.by.user_id.to_string(),
        ",\"modifiedAt\":\"",
        &rfc3339(changed.at),
        "\"",
        system,
        "}",
    ] {
        answer.push_str(part);
    }
}

/// The answer that tells a version of a framework.
pub(super) fn told(stored: &StoredFramework) -> String {
    let mut answer = String::new();
    tell(stored, &mut answer);
    answer
}
