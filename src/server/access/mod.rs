//! Who calls, and what they may do.

mod credentials;
mod host;
mod sessions;
mod tokens;

pub(super) use credentials::Known;
pub(super) use host::{check_host, is_local};
pub(super) use sessions::{Sessions, forgotten, is_over_tls, kept};
pub use tokens::{NewToken, Token, Tokens, TokensError};

use std::sync::Arc;

/// What a token may be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Classification frameworks, evaluation and runs.
    Governance,
    /// Reading custom frameworks, AI rulesets and findings.
    RulesRead,
    /// Writing custom frameworks and AI rulesets, with [`RulesRead`](Self::RulesRead).
    RulesWrite,
}

impl Permission {
    /// All there are.
    pub const ALL: [Permission; 3] = [
        Permission::Governance,
        Permission::RulesRead,
        Permission::RulesWrite,
    ];

    /// Its name, as in a tokens file.
    pub fn as_str(self) -> &'static str {
        match self {
            Permission::Governance => "GOVERNANCE",
            Permission::RulesRead => "security_monitoring_rules_read",
            Permission::RulesWrite => "security_monitoring_rules_write",
        }
    }

    /// The permission of that name.
    pub fn named(name: &str) -> Option<Self> {
        Permission::ALL.into_iter().find(|p| p.as_str() == name)
    }
}

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who is let in.
#[derive(Debug)]
pub enum Access {
    /// Everybody, to everything; credentials are not looked at. On loopback
    /// addresses only.
    Open,
    /// Whoever has one of these tokens.
    Tokens(Tokens),
}

impl Access {
    /// Whether everybody is let in.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Access::Open)
    }
}

/// Who calls.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The number that becomes `createdBy`.
    pub(super) user_id: i64,
    /// The name for the audit log.
    pub(super) name: Arc<str>,
    pub(super) permissions: Vec<Permission>,
    /// Its token's place in the tokens file; none where everybody is let in.
    pub(super) token: Option<usize>,
}

impl Caller {
    /// Whoever calls where everybody is let in, or needs no leave.
    pub(super) fn anybody(permissions: &[Permission]) -> Self {
        Caller {
            user_id: 0,
            name: "open".into(),
            permissions: permissions.to_vec(),
            token: None,
        }
    }

    /// Whether the caller has all of these.
    pub(super) fn may(&self, permissions: &[Permission]) -> bool {
        permissions.iter().all(|p| self.permissions.contains(p))
    }
}
