//! How revisions look, outside and in the store.

use crate::server::answer::Refusal;
use crate::server::clock::rfc3339;
use crate::server::json_api::{At, LONGEST_TEXT, Read, Typed, reread, word};
use crate::store::{Revision, RulesetRule};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// When a rule is to be asked.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "AiRuleExecutionMode")]
pub(super) enum ExecutionMode {
    Auto,
    Manual,
    Always,
}

/// How bad a violation is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "AiRuleSeverity")]
pub(super) enum Severity {
    Error,
    Warning,
    Notice,
    None,
}

/// What a violation is about.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(rename = "AiRuleCategory")]
pub(super) enum Category {
    Security,
    BestPractices,
    CodeStyle,
    ErrorProne,
    Performance,
}

impl Read for ExecutionMode {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        word(at, "`auto`, `manual` or `always`")
    }
}

impl Read for Severity {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        word(at, "`ERROR`, `WARNING`, `NOTICE` or `NONE`")
    }
}

impl Read for Category {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        let expected = "`SECURITY`, `BEST_PRACTICES`, `CODE_STYLE`, `ERROR_PRONE` or `PERFORMANCE`";
        word(at, expected)
    }
}

/// What a revision says, and its prompt, too. Texts come back as they were sent,
/// Base64 or not.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AiRuleText")]
pub(super) struct TextRecord {
    #[schemars(length(max = 262144))]
    short_description: String,
    #[schemars(length(max = 262144))]
    description: String,
    pub(super) content: String,
    /// Patterns of the files that it is about.
    globs: Vec<String>,
    /// Patterns of the folders that it is about.
    directories: Vec<String>,
    execution_mode: ExecutionMode,
    severity: Severity,
    category: Category,
    /// Whether it is only being tried out.
    is_testing: bool,
}

impl Read for TextRecord {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        Ok(TextRecord {
            short_description: at.field("short_description")?.text_within(LONGEST_TEXT)?,
            description: at.field("description")?.text_within(LONGEST_TEXT)?,
            content: at.field("content")?.required()?,
            globs: at.field("globs")?.required()?,
            directories: at.field("directories")?.required()?,
            execution_mode: at.field("execution_mode")?.required()?,
            severity: at.field("severity")?.required()?,
            category: at.field("category")?.required()?,
            is_testing: at.field("is_testing")?.required()?,
        })
    }
}

/// What of a revision the store keeps as a text.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptRecord {
    #[serde(flatten)]
    pub(super) text: TextRecord,
    pub(super) cwe: Option<String>,
    pub(super) checksum: String,
}

impl KeptRecord {
    pub(super) fn new(text: TextRecord, cwe: Option<String>) -> Self {
        let checksum = Sha256::digest(&text.content);
        let checksum = checksum.iter().map(|byte| format!("{byte:02x}")).collect();
        KeptRecord {
            text,
            cwe,
            checksum,
        }
    }
}

/// A revision.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AiRuleRevision")]
pub(super) struct RevisionRecord {
    version_id: i64,
    #[serde(flatten)]
    text: TextRecord,
    /// The weakness that it is about, by its number in the CWE list.
    #[schemars(with = "TextOrNull")]
    cwe: Option<String>,
    /// SHA-256 of `content`, in hex.
    checksum: String,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    created_by: String,
    is_published: bool,
    /// Never: nothing is shipped.
    is_default: bool,
}

impl Typed for RevisionRecord {
    const TYPE: &'static str = "ai_rule_revision";
}

/// A text or `null`, but there.
struct TextOrNull;

impl JsonSchema for TextOrNull {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "TextOrNull".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "null"]})
    }
}

impl RevisionRecord {
    /// A stored revision.
    ///
    /// # Errors
    ///
    /// 500 if the store is damaged.
    pub(super) fn of(revision: &Revision) -> Result<Self, Refusal> {
        let kept: KeptRecord = reread(&revision.text)?;
        Ok(RevisionRecord {
            version_id: revision.version_id,
            text: kept.text,
            cwe: kept.cwe,
            checksum: kept.checksum,
            created_at: rfc3339(revision.created.at),
            created_by: revision.created.by.name.clone(),
            is_published: revision.published,
            is_default: false,
        })
    }

    /// What a rule without revisions shows as its last one: clients cannot do
    /// without.
    pub(super) fn draft(rule: &RulesetRule) -> Self {
        let text = TextRecord {
            short_description: String::new(),
            description: String::new(),
            content: String::new(),
            globs: Vec::new(),
            directories: Vec::new(),
            execution_mode: ExecutionMode::Manual,
            severity: Severity::None,
            category: Category::Security,
            is_testing: false,
        };
        let kept = KeptRecord::new(text, None);
        RevisionRecord {
            version_id: 0,
            text: kept.text,
            cwe: None,
            checksum: kept.checksum,
            created_at: rfc3339(rule.created.at),
            created_by: rule.created.by.name.clone(),
            is_published: false,
            is_default: false,
        }
    }
}
