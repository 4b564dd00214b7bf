//! The shape of `fixtures/scenarios/*.toml`.

use super::Job;
use classmark::framework::{DeclaredTag, Framework, Rule};
use classmark::reference::{Assignment, Rejection, Row};
use classmark::tag::{CURATED, Tag, TagMatch};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::path::{Path, PathBuf};

/// A job and what must come out of it.
#[derive(Debug)]
pub(crate) struct Case {
    /// `<file>/<case name>`.
    pub(crate) name: String,
    pub(crate) why: String,
    pub(crate) job: Job,
    pub(crate) expected: Vec<Assignment>,
}

/// A framework document with a fault, and what must be found in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultyDocument {
    pub(crate) name: String,
    pub(crate) why: String,
    /// `json` or `yaml`.
    #[serde(default = "json")]
    pub(crate) format: String,
    pub(crate) payload: String,
    /// The code of the one error to be found; none when the document is good.
    #[serde(default)]
    pub(crate) expect_error: Option<String>,
    /// The code of the one warning to be found.
    #[serde(default)]
    pub(crate) expect_warning: Option<String>,
    /// Where the finding points.
    #[serde(default)]
    pub(crate) pointer: Option<String>,
    /// Whether one framework alone cannot show the fault.
    #[serde(default)]
    pub(crate) among_frameworks: bool,
}

/// Every case of every file but `errors.toml`.
pub(crate) fn scenarios() -> Vec<Case> {
    let mut cases = Vec::new();
    for path in files() {
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if stem != "errors" {
            let read = read::<File<RawCase>>(&path);
            cases.extend(read.case.into_iter().map(|case| case.check(&stem)));
        }
    }
    cases
}

/// Every case of `errors.toml`.
pub(crate) fn faulty_documents() -> Vec<FaultyDocument> {
    read::<File<FaultyDocument>>(&folder().join("errors.toml")).case
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scenarios")
}

fn files() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    files.sort();
    files
}

fn read<T: DeserializeOwned>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap();
    toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn json() -> String {
    "json".to_owned()
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<T> {
    case: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCase {
    name: String,
    why: String,
    #[serde(default, rename = "match")]
    matching: RawMatch,
    #[serde(default)]
    framework: Vec<RawFramework>,
    rows: Vec<RawRow>,
    #[serde(default)]
    rejected: Vec<RawRejection>,
    expect: Vec<RawAssignment>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum RawMatch {
    #[default]
    Exact,
    Hierarchical,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFramework {
    short_name: String,
    #[serde(default = "yes")]
    active: bool,
    #[serde(default)]
    tags: Vec<RawDeclaredTag>,
    #[serde(default)]
    rules: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawDeclaredTag {
    Name(String),
    Full(FullDeclaredTag),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FullDeclaredTag {
    name: String,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    sensitivity: Option<u8>,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum RawTag {
    Name(String),
    Full(FullTag),
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct FullTag {
    name: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    name: String,
    #[serde(default)]
    id: Option<String>,
    gives: RawTag,
    #[serde(default)]
    column: Vec<RawTag>,
    #[serde(default)]
    neighbor: Vec<RawTag>,
    #[serde(default)]
    table: Vec<RawTag>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    source: String,
    column: String,
    #[serde(default)]
    tags: Vec<RawTag>,
    #[serde(default)]
    table: Vec<RawTag>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRejection {
    source: String,
    column: String,
    tag: RawTag,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAssignment {
    source: String,
    column: String,
    tag: RawTag,
    #[serde(default)]
    sensitivity: Option<u8>,
    state: RawState,
    /// Said where the state does not tell it: of a muted tag.
    #[serde(default)]
    recorded: Option<bool>,
    #[serde(default)]
    rules: Vec<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum RawState {
    New,
    Recorded,
    Muted,
    Stale,
}

impl RawCase {
    fn check(self, file: &str) -> Case {
        let name = format!("{file}/{}", self.name);
        let frameworks = self.framework.into_iter().map(|f| f.check(&name)).collect();
        let rejected = self.rejected.into_iter().map(|r| Rejection {
            data_source: r.source,
            column: r.column,
            tag: r.tag.into(),
        });
        Case {
            job: Job {
                frameworks,
                rows: self.rows.into_iter().map(Row::from).collect(),
                rejected: rejected.collect(),
                matching: match self.matching {
                    RawMatch::Exact => TagMatch::Exact,
                    RawMatch::Hierarchical => TagMatch::Hierarchical,
                },
            },
            expected: self.expect.into_iter().map(Assignment::from).collect(),
            why: self.why,
            name,
        }
    }
}

impl RawFramework {
    fn check(self, case: &str) -> Framework {
        let tags: Vec<DeclaredTag> = self.tags.into_iter().map(DeclaredTag::from).collect();
        let short_name = self.short_name;
        let rules = self.rules.into_iter().map(|rule| rule.check(&short_name));
        let rules: Vec<Rule> = rules.collect();
        for rule in &rules {
            let given = &rule.classification_tag;
            let declared = tags.iter().any(|d| d.tag == *given);
            assert!(
                declared,
                "{case}: `{short_name}` does not declare `{given}`"
            );
        }
        Framework {
            id: None,
            version: None,
            name: short_name.clone(),
            short_name,
            description: String::new(),
            active: self.active,
            tags,
            rules,
            origin: None,
        }
    }
}

impl RawRule {
    fn check(self, short_name: &str) -> Rule {
        let own_id = || format!("{}/{}", slug(short_name), slug(&self.name));
        Rule {
            has_own_id: self.id.is_some(),
            id: self.id.clone().unwrap_or_else(own_id),
            name: self.name,
            classification_tag: self.gives.into(),
            column_tags: tags(self.column),
            neighbor_column_tags: tags(self.neighbor),
            table_tags: tags(self.table),
            origin: None,
        }
    }
}

impl From<RawTag> for Tag {
    fn from(raw: RawTag) -> Tag {
        match raw {
            RawTag::Name(name) => Tag::curated(name),
            RawTag::Full(tag) => Tag::new(tag.source, tag.name),
        }
    }
}

impl From<RawDeclaredTag> for DeclaredTag {
    fn from(raw: RawDeclaredTag) -> DeclaredTag {
        let (tag, sensitivity) = match raw {
            RawDeclaredTag::Name(name) => (Tag::curated(name), None),
            RawDeclaredTag::Full(d) => {
                let source = d.source.unwrap_or_else(|| CURATED.to_owned());
                (Tag::new(source, d.name), d.sensitivity)
            }
        };
        DeclaredTag {
            tag,
            sensitivity,
            description: None,
            origin: None,
        }
    }
}

impl From<RawRow> for Row {
    fn from(raw: RawRow) -> Row {
        Row {
            data_source: raw.source,
            column: raw.column,
            column_tags: tags(raw.tags),
            table_tags: tags(raw.table),
        }
    }
}

impl From<RawAssignment> for Assignment {
    fn from(raw: RawAssignment) -> Assignment {
        assert!(
            raw.recorded.is_none() || raw.state == RawState::Muted,
            "the state of `{}` on `{}` tells whether it is recorded",
            Tag::from(raw.tag.clone()),
            raw.column
        );
        let is_there = matches!(raw.state, RawState::Recorded | RawState::Stale);
        Assignment {
            data_source: raw.source,
            column: raw.column,
            tag: raw.tag.into(),
            sensitivity: raw.sensitivity,
            rules: raw.rules,
            state: match raw.state {
                RawState::New => "new",
                RawState::Recorded => "recorded",
                RawState::Muted => "muted",
                RawState::Stale => "stale",
            },
            recorded: raw.recorded.unwrap_or(is_there),
        }
    }
}

fn tags(raw: Vec<RawTag>) -> Vec<Tag> {
    raw.into_iter().map(Tag::from).collect()
}

/// Lower case, and each run outside `a-z0-9` becomes `-`.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().map(|c| c.to_ascii_lowercase()) {
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            slug.push(c);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug
}
