//! What can be wrong with a store, and with what is asked of it.

use rusqlite::ErrorCode;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a file could not be opened as a store. Messages name the path: they are
/// for whoever started the program, not for clients.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder that is to hold it is not there.
    #[error("the folder of `{}` does not exist", .0.display())]
    NoFolder(PathBuf),
    /// The path is no file.
    #[error("`{}` is no file", .0.display())]
    NoFile(PathBuf),
    /// Nothing is there, and a new store was not asked for.
    #[error("`{}` does not exist", .0.display())]
    Missing(PathBuf),
    /// Zero bytes: what was a store is lost, or something else made the file.
    #[error("`{}` is empty: remove it if it is to become a new store", .0.display())]
    Empty(PathBuf),
    /// The file is gone and its write-ahead log is not: a new store would drop
    /// writes that were acknowledged.
    #[error("`{path}` does not exist, but `{path}-wal` does: a store was taken away from its log", path = .0.display())]
    Orphan(PathBuf),
    /// The file was last written under another name and not closed well: without the
    /// log that belongs to that name, acknowledged writes would be lost.
    #[error(
        "`{path}` was last written under another name, and its newest writes may be in `{log}`: open it under that name, or move that file to `{path}-wal`",
        path = path.display(),
        log = log.display()
    )]
    Elsewhere {
        /// The file, by the name that was asked for.
        path: PathBuf,
        /// The write-ahead log that belongs to the other name.
        log: PathBuf,
    },
    /// One file with several names, in a format that does not tell to which of them
    /// its write-ahead log belongs.
    #[error(
        "`{}` is one of several hard links of one file, written by an older version that does not record which of them its log belongs to: remove the others, and keep the one that the server was started with",
        .0.display()
    )]
    SeveralNames(PathBuf),
    /// Not a database, or one of another program.
    #[error("`{}` is no store of classmark", .0.display())]
    Foreign(PathBuf),
    /// Made by a newer program, in a way that this one cannot use.
    #[error("`{}` is a store of format {format}; this program knows up to {ours}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: usize,
        /// The newest format that this program knows.
        ours: usize,
    },
    /// Its pages contradict each other, or are not all there.
    #[error("`{}` is damaged: {reason}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What was found first.
        reason: String,
    },
    /// File or folder do not let us write.
    #[error("`{}` cannot be written", .0.display())]
    ReadOnly(PathBuf),
    /// Another program has it open, or has held it too long.
    #[error("`{}` is open in another program", .0.display())]
    Busy(PathBuf),
    /// There is no room for it.
    #[error("no room is left for `{}`", .0.display())]
    DiskFull(PathBuf),
    /// A backup is not written over what is there.
    #[error("`{}` exists", .0.display())]
    Exists(PathBuf),
    /// Anything else.
    #[error("`{}` cannot be used: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
}

impl OpenError {
    pub(super) fn sqlite(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        let reason = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => OpenError::Foreign(path),
            Some(ErrorCode::DatabaseCorrupt) => OpenError::Broken { path, reason },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => OpenError::ReadOnly(path),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Busy(path),
            Some(ErrorCode::DiskFull) => OpenError::DiskFull(path),
            _ => OpenError::Unusable { path, reason },
        }
    }

    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => OpenError::Exists(path),
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                OpenError::ReadOnly(path)
            }
            std::io::ErrorKind::StorageFull => OpenError::DiskFull(path),
            _ => OpenError::Unusable {
                path,
                reason: error.to_string(),
            },
        }
    }
}

/// Why something asked of the store was not done. Nothing of it was done then.
///
/// Messages may be shown to clients: they hold nothing but what clients sent or
/// may read. What SQLite said is the [source](Error::source) of a
/// [`Fault`](StoreError::Fault), for the log.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such thing, or not any more.
    #[error("there is no such {0}")]
    NotFound(Resource),
    /// There already is one of that name.
    #[error("there already is such a {0}")]
    Exists(Resource),
    /// The caller wanted to change another version than the current one.
    #[error("the framework has changed, its version is now `{current}`")]
    Stale {
        /// The current version.
        current: String,
    },
    /// System frameworks are switched on and off and cloned, nothing else.
    #[error("a system framework cannot be changed: clone it")]
    System,
    /// Two active frameworks would have rules of one id; never empty.
    #[error("rules of other active frameworks have the same ids")]
    Clash(Vec<Clash>),
    /// The first rule ids that no framework has, in the order given, at most 100;
    /// never empty.
    #[error("there are rule ids that no framework has")]
    UnknownRules(Vec<String>),
    /// A run does not go from this state to the one wanted.
    #[error("the run is {0}")]
    RunState(super::RunState),
    /// No more runs may wait.
    #[error("{waiting} runs wait already")]
    QueueFull {
        /// How many wait.
        waiting: u32,
    },
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
    /// The store could not do it.
    #[error("{kind}")]
    Fault {
        /// What kind of failure it is.
        kind: FaultKind,
        /// What happened, in SQLite's words.
        #[source]
        cause: Arc<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    pub(super) fn fault(kind: FaultKind, cause: &'static str) -> Self {
        let cause: Box<dyn Error + Send + Sync> = cause.into();
        StoreError::Fault {
            kind,
            cause: cause.into(),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => FaultKind::Busy,
            Some(ErrorCode::DiskFull) => FaultKind::DiskFull,
            Some(ErrorCode::TooBig) => FaultKind::TooBig,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => FaultKind::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => FaultKind::Broken,
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => FaultKind::Disk,
            _ => FaultKind::Other,
        };
        StoreError::Fault {
            kind,
            cause: Arc::new(error),
        }
    }
}

/// A rule id that another active framework has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The rule id.
    pub rule: String,
    /// The other framework's id.
    pub framework: String,
    /// The other framework's short name.
    pub short_name: String,
}

/// What an operation was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resource {
    /// A classification framework.
    Framework,
    /// A version of a classification framework.
    Version,
    /// A custom framework: requirements and controls.
    CustomFramework,
    /// A ruleset.
    Ruleset,
    /// A rule of a ruleset.
    Rule,
    /// A revision of a rule.
    Revision,
    /// A result in the memory of violations.
    Memory,
    /// A run.
    Run,
}

impl Resource {
    const ALL: [Resource; 8] = [
        Resource::Framework,
        Resource::Version,
        Resource::CustomFramework,
        Resource::Ruleset,
        Resource::Rule,
        Resource::Revision,
        Resource::Memory,
        Resource::Run,
    ];

    /// Its name, as it stands in the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            Resource::Framework => "framework",
            Resource::Version => "version",
            Resource::CustomFramework => "custom framework",
            Resource::Ruleset => "ruleset",
            Resource::Rule => "rule",
            Resource::Revision => "revision",
            Resource::Memory => "memory result",
            Resource::Run => "run",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Resource::ALL.into_iter().find(|r| r.as_str() == name)
    }
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Kinds of failures that are nobody's wrong request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// Another program has held the store too long: try again.
    Busy,
    /// No room is left.
    DiskFull,
    /// Larger than what a store can hold in one piece.
    TooBig,
    /// The file lets nobody write.
    ReadOnly,
    /// The file is damaged.
    Broken,
    /// Reading or writing failed.
    Disk,
    /// Anything else.
    Other,
}

impl std::fmt::Display for FaultKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            FaultKind::Busy => "the store is busy",
            FaultKind::DiskFull => "the store has no room left",
            FaultKind::TooBig => "this is larger than the store can hold",
            FaultKind::ReadOnly => "the store cannot be written",
            FaultKind::Broken => "the store is damaged",
            FaultKind::Disk => "the store could not be read or written",
            FaultKind::Other => "the store failed",
        })
    }
}
