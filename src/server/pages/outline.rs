//! As much of stored texts as lists tell, without a check of the rest.

use crate::store::{StoredCustomFramework, StoredFramework};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// As much of a framework as a list tells.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Outline {
    /// Official name.
    pub(super) name: String,
    rules: Vec<IgnoredAny>,
}

impl Outline {
    /// What a stored framework comes to.
    pub(super) fn of(stored: &StoredFramework) -> Self {
        // What cannot be read has no name and no rules, and stays in its list.
        serde_json::from_str(&stored.text).unwrap_or_default()
    }

    /// How many rules it has.
    pub(super) fn rules(&self) -> u64 {
        u64::try_from(self.rules.len()).unwrap_or(u64::MAX)
    }
}

/// How many requirements and controls a compliance framework has.
pub(super) fn outline(stored: &StoredCustomFramework) -> (u64, u64) {
    #[derive(Deserialize)]
    struct Requirement {
        #[serde(default)]
        controls: Vec<IgnoredAny>,
    }
    let text = &stored.document.requirements;
    let all: Vec<Requirement> = serde_json::from_str(text).unwrap_or_default();
    let controls: usize = all
        .iter()
        .map(|requirement| requirement.controls.len())
        .sum();
    (all.len() as u64, controls as u64)
}
