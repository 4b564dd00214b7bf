//! Connections that read, lent out one by one.

use super::error::{OpenError, StoreError};
use super::open;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Connections that read. A read sees everything acknowledged before it began.
pub(super) struct Readers {
    path: PathBuf,
    most: usize,
    shelf: Mutex<Shelf>,
    returned: Condvar,
}

struct Shelf {
    idle: Vec<Connection>,
    lent: usize,
    closed: bool,
}

impl Readers {
    pub(super) fn open(path: &Path, most: usize) -> Result<Self, OpenError> {
        let first = open::reader(path).map_err(|error| OpenError::sqlite(path, error))?;
        Ok(Readers {
            path: path.to_owned(),
            most: most.max(1),
            shelf: Mutex::new(Shelf {
                idle: vec![first],
                lent: 0,
                closed: false,
            }),
            returned: Condvar::new(),
        })
    }

    /// Reads from the state that some commit left, however long it takes.
    pub(super) fn read<T, E: From<StoreError>>(
        &self,
        operation: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let lent = self.lend()?;
        let Some(connection) = &lent.connection else {
            return Err(StoreError::Closed.into());
        };
        let snapshot = connection.unchecked_transaction();
        let _ends_with_us = snapshot.map_err(StoreError::from)?;
        operation(connection)
    }

    /// Later reads are refused; those under way end.
    pub(super) fn close(&self) {
        let mut shelf = self.shelf();
        shelf.closed = true;
        shelf.idle.clear();
        while shelf.lent > 0 {
            let waited = self.returned.wait(shelf);
            shelf = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lend(&self) -> Result<Lent<'_>, StoreError> {
        let mut shelf = self.shelf();
        while !shelf.closed && shelf.idle.is_empty() && shelf.lent >= self.most {
            let waited = self.returned.wait(shelf);
            shelf = waited.unwrap_or_else(PoisonError::into_inner);
        }
        if shelf.closed {
            return Err(StoreError::Closed);
        }
        let idle = shelf.idle.pop();
        shelf.lent += 1;
        drop(shelf);
        let mut lent = Lent {
            readers: self,
            connection: idle,
        };
        if lent.connection.is_none() {
            lent.connection = Some(open::reader(&self.path)?);
        }
        Ok(lent)
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that finds its way back, whatever its borrower does.
struct Lent<'r> {
    readers: &'r Readers,
    connection: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut shelf = self.readers.shelf();
        shelf.lent -= 1;
        if !shelf.closed {
            shelf.idle.extend(self.connection.take());
        }
        drop(shelf);
        // Close waits for the last one, others for any.
        self.readers.returned.notify_all();
    }
}
