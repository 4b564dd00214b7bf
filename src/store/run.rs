//! Runs: what was asked for, and how far it got.

use super::audit::{Action, note};
use super::error::{Resource, StoreError};
use super::uuid::uuid;
use super::{Stamp, Store, StoredCustomFramework, StoredFramework, custom_framework, framework};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

/// How far a run got. It goes from `queued` over `running` to `done`, `failed` or
/// `cancelled`; from `queued` to the last two directly, too, and never back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// It waits.
    Queued,
    /// It is under way.
    Running,
    /// It ended well: its folder is whole.
    Done,
    /// It did not.
    Failed,
    /// Somebody cancelled it before it ended.
    Cancelled,
}

impl RunState {
    const ALL: [RunState; 5] = [
        RunState::Queued,
        RunState::Running,
        RunState::Done,
        RunState::Failed,
        RunState::Cancelled,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            RunState::Queued => "queued",
            RunState::Running => "running",
            RunState::Done => "done",
            RunState::Failed => "failed",
            RunState::Cancelled => "cancelled",
        }
    }

    /// Whether it stays as it is.
    pub fn has_ended(self) -> bool {
        matches!(
            self,
            RunState::Done | RunState::Failed | RunState::Cancelled
        )
    }
}

impl std::fmt::Display for RunState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id, a UUID.
    pub id: String,
    /// How far it got.
    pub state: RunState,
    /// What was asked for, as it came.
    pub request: String,
    /// The folder that holds its results once it is done.
    pub folder: String,
    /// Who asked for it, and when.
    pub created: Stamp,
    /// When it began, in milliseconds since 1970.
    pub started_at: Option<i64>,
    /// When it ended, in milliseconds since 1970.
    pub ended_at: Option<i64>,
    /// What is to be said of its end: a summary, or why it failed or was cancelled.
    pub outcome: Option<String>,
}

/// Columns of a run, in the order in which [`stored`] takes them.
const RUN: &str = "SELECT id, state, request, folder, created_at, created_by, created_by_name,
    started_at, ended_at, outcome FROM run";

impl Store {
    /// Queues a run. `folder` says where its results go, by its new id.
    pub fn create_run(
        &self,
        request: impl Into<String>,
        folder: impl FnOnce(&str) -> String + Send + 'static,
        stamp: Stamp,
    ) -> Result<Run, StoreError> {
        self.create_run_among(u32::MAX, request, folder, stamp)
    }

    /// Queues a run if no more than `most` would wait then.
    ///
    /// # Errors
    ///
    /// [`StoreError::QueueFull`].
    pub fn create_run_among(
        &self,
        most: u32,
        request: impl Into<String>,
        folder: impl FnOnce(&str) -> String + Send + 'static,
        stamp: Stamp,
    ) -> Result<Run, StoreError> {
        let request = request.into();
        self.writer.write(move |connection| {
            let waiting = waiting(connection)?;
            if waiting >= most {
                return Err(StoreError::QueueFull { waiting });
            }
            let id = uuid(connection)?;
            let mut insert = connection.prepare_cached(
                "INSERT INTO run
                 (id, state, request, folder, created_at, created_by, created_by_name)
                 VALUES (?1, 'queued', ?2, ?3, ?4, ?5, ?6)",
            )?;
            let Stamp { at, by } = &stamp;
            insert.execute(params![id, request, folder(&id), at, by.user_id, by.name])?;
            note(
                connection,
                &stamp,
                Action::Create,
                (Resource::Run, &id, None),
            )?;
            current(connection, &id)
        })
    }

    /// A run.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`].
    pub fn run(&self, id: &str) -> Result<Run, StoreError> {
        self.readers.read(|connection| current(connection, id))
    }

    /// Runs, newest first: those made before the run of this id, if one is given.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] of that run.
    pub fn runs(&self, before: Option<&str>, limit: u32) -> Result<Vec<Run>, StoreError> {
        self.readers.read(|connection| {
            if let Some(id) = before {
                current(connection, id)?;
            }
            let with = "WHERE ?1 IS NULL OR seq < (SELECT seq FROM run WHERE id = ?1)
                ORDER BY seq DESC LIMIT ?2";
            let mut found = select(connection, with)?;
            let rows = found.query_map(params![before, limit], stored)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The newest of the last `limit` runs that ended well, by a moment if one is
    /// given (milliseconds since 1970), that is `wanted`.
    ///
    /// `wanted` holds a reader meanwhile: it asks nothing else of the store.
    pub fn find_done_run(
        &self,
        limit: u32,
        by: Option<i64>,
        mut wanted: impl FnMut(&Run) -> bool,
    ) -> Result<Option<Run>, StoreError> {
        self.readers.read(|connection| {
            let with = "WHERE seq IN
                    (SELECT seq FROM run WHERE state = 'done' ORDER BY seq DESC LIMIT ?1)
                AND (?2 IS NULL OR ended_at <= ?2) ORDER BY seq DESC";
            let mut found = select(connection, with)?;
            let mut rows = found.query(params![limit, by])?;
            while let Some(row) = rows.next()? {
                let run = stored(row)?;
                if wanted(&run) {
                    return Ok(Some(run));
                }
            }
            Ok(None)
        })
    }

    /// The ids of the last `limit` runs that ended well, newest first.
    pub fn done_runs(&self, limit: u32) -> Result<Vec<String>, StoreError> {
        self.readers.read(|connection| {
            let sql = "SELECT id FROM run WHERE state = 'done' ORDER BY seq DESC LIMIT ?1";
            let mut found = connection.prepare_cached(sql)?;
            let rows = found.query_map([limit], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// How many runs wait.
    pub fn runs_waiting(&self) -> Result<u32, StoreError> {
        self.readers.read(waiting)
    }

    /// What a run works by: all frameworks in their current versions, oldest first,
    /// and all custom frameworks, as they were at one moment.
    pub fn rules_and_controls(
        &self,
    ) -> Result<(Vec<StoredFramework>, Vec<StoredCustomFramework>), StoreError> {
        self.readers.read(|connection| {
            Ok((
                framework::all(connection)?,
                custom_framework::all(connection)?,
            ))
        })
    }

    /// Starts the run that has waited longest, if one waits. No two callers get the
    /// same.
    pub fn start_next_run(&self, stamp: Stamp) -> Result<Option<Run>, StoreError> {
        self.writer.write(move |connection| {
            let with = "WHERE state = 'queued' ORDER BY seq LIMIT 1";
            let next = select(connection, with)?.query_row([], stored).optional()?;
            let Some(next) = next else {
                return Ok(None);
            };
            let sql = "UPDATE run SET state = 'running', started_at = ?2 WHERE id = ?1";
            let mut start = connection.prepare_cached(sql)?;
            start.execute(params![next.id, stamp.at])?;
            note(
                connection,
                &stamp,
                Action::Start,
                (Resource::Run, &next.id, None),
            )?;
            current(connection, &next.id).map(Some)
        })
    }

    /// Ends a run that is under way, well.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], [`StoreError::RunState`].
    pub fn finish_run(
        &self,
        id: &str,
        summary: impl Into<String>,
        stamp: Stamp,
    ) -> Result<Run, StoreError> {
        let (id, summary) = (id.to_owned(), summary.into());
        self.writer
            .write(move |connection| match current(connection, &id)?.state {
                RunState::Running => end(connection, &id, RunState::Done, &summary, &stamp),
                other => Err(StoreError::RunState(other)),
            })
    }

    /// Ends a run that waits or is under way, badly.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], [`StoreError::RunState`].
    pub fn fail_run(
        &self,
        id: &str,
        reason: impl Into<String>,
        stamp: Stamp,
    ) -> Result<Run, StoreError> {
        self.end_early(id, RunState::Failed, reason.into(), stamp)
    }

    /// Cancels a run that waits or is under way. The stamp is of whoever cancels it.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], [`StoreError::RunState`].
    pub fn cancel_run(
        &self,
        id: &str,
        reason: impl Into<String>,
        stamp: Stamp,
    ) -> Result<Run, StoreError> {
        self.end_early(id, RunState::Cancelled, reason.into(), stamp)
    }

    /// Ends a run that waits or is under way without results.
    fn end_early(
        &self,
        id: &str,
        state: RunState,
        reason: String,
        stamp: Stamp,
    ) -> Result<Run, StoreError> {
        let id = id.to_owned();
        self.writer
            .write(move |connection| match current(connection, &id)?.state {
                RunState::Queued | RunState::Running => {
                    end(connection, &id, state, &reason, &stamp)
                }
                other => Err(StoreError::RunState(other)),
            })
    }

    /// Fails every run that is under way, and tells which: to be called at the
    /// start, when nobody works at them any more. Those that wait go on waiting.
    pub fn fail_interrupted_runs(
        &self,
        reason: impl Into<String>,
        stamp: Stamp,
    ) -> Result<Vec<Run>, StoreError> {
        let reason = reason.into();
        self.writer.write(move |connection| {
            let with = "WHERE state = 'running' ORDER BY seq";
            let under_way: Vec<Run> = select(connection, with)?
                .query_map([], stored)?
                .collect::<Result<_, _>>()?;
            let failed = under_way
                .iter()
                .map(|run| end(connection, &run.id, RunState::Failed, &reason, &stamp));
            failed.collect()
        })
    }
}

fn end(
    connection: &Connection,
    id: &str,
    state: RunState,
    outcome: &str,
    stamp: &Stamp,
) -> Result<Run, StoreError> {
    let sql = "UPDATE run SET state = ?2, ended_at = ?3, outcome = ?4 WHERE id = ?1";
    let mut update = connection.prepare_cached(sql)?;
    update.execute(params![id, state.as_str(), stamp.at, outcome])?;
    let action = match state {
        RunState::Failed => Action::Fail,
        RunState::Cancelled => Action::Cancel,
        _ => Action::Finish,
    };
    note(connection, stamp, action, (Resource::Run, id, None))?;
    current(connection, id)
}

fn waiting(connection: &Connection) -> Result<u32, StoreError> {
    let sql = "SELECT count(*) FROM run WHERE state = 'queued'";
    Ok(connection
        .prepare_cached(sql)?
        .query_row([], |row| row.get(0))?)
}

fn current(connection: &Connection, id: &str) -> Result<Run, StoreError> {
    let found = select(connection, "WHERE id = ?1")?
        .query_row([id], stored)
        .optional()?;
    found.ok_or(StoreError::NotFound(Resource::Run))
}

fn select<'c>(connection: &'c Connection, with: &str) -> rusqlite::Result<CachedStatement<'c>> {
    connection.prepare_cached(&format!("{RUN} {with}"))
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Run> {
    let word: String = row.get(1)?;
    let state = RunState::ALL.into_iter().find(|s| s.as_str() == word);
    Ok(Run {
        id: row.get(0)?,
        state: state.ok_or(rusqlite::Error::InvalidQuery)?,
        request: row.get(2)?,
        folder: row.get(3)?,
        created: Stamp::read(row, 4)?,
        started_at: row.get(7)?,
        ended_at: row.get(8)?,
        outcome: row.get(9)?,
    })
}
