//! Frameworks, custom frameworks, rulesets and runs, in one SQLite file.
//!
//! The store keeps texts and a few facts about them; what is in a text, and
//! whether it is any good, was judged before it came here. What only the store
//! can judge it does judge, in the transaction that writes: whether a name is
//! taken, a version still the current one, a rule id known, or had by two active
//! frameworks. Such refusals are [`StoreError`]s of their own.
//!
//! - No version of a framework is ever changed or removed: each change appends
//!   one, numbered without a gap, and deleting takes the framework out of sight.
//! - A write that was answered is on disk, whatever happens then.
//! - Every write is in the [audit log](Store::audit), in the same transaction.
//! - There is no clock here: every write comes with a [`Stamp`].
//!
//! Calls wait for the disk. Servers make them where waiting harms nobody.
//!
//! ```
//! use classmark::store::{FrameworkDocument, Options, Stamp, Store, Wanted};
//!
//! let folder = tempfile::tempdir()?;
//! let store = Store::open(folder.path().join("classmark.db"), &Options::default())?;
//! let document = |text: &str| FrameworkDocument {
//!     short_name: "HR".into(),
//!     active: true,
//!     rules: vec!["hr/salary".into()],
//!     text: text.into(),
//! };
//! let first = store.create_framework(document("{}"), Stamp::new(1_000, 7, "ada"))?;
//! let stamp = Stamp::new(2_000, 8, "ben");
//! let next = document(r#"{"name": "HR"}"#);
//! let second = store.update_framework(&first.id, Wanted::Any, stamp, move |_| Ok::<_, ()>(next))?;
//! assert_eq!((second.number, second.created.by.user_id), (2, 7));
//! assert_eq!(store.framework_versions(&first.id)?.len(), 2);
//! store.close()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod audit;
mod backup;
mod custom_framework;
mod error;
mod framework;
mod heads;
mod hold;
mod log_place;
mod memory;
mod open;
mod readers;
mod reference;
mod revision;
mod ruleset;
mod run;
mod schema;
mod stamp;
mod uuid;
mod writer;

pub use audit::{Action, AuditEntry};
pub use backup::backup;
pub use custom_framework::{CustomDocument, StoredCustomFramework};
pub use error::{Clash, FaultKind, OpenError, Resource, StoreError};
pub use framework::{
    EditError, FrameworkDocument, Shipped, StoredFramework, SystemFramework, Wanted,
};
pub use heads::{CustomFrameworkHead, FrameworkHead, VersionHead};
pub use memory::MemoryResult;
pub use open::Options;
pub use reference::rule_reference;
pub use revision::{Prompt, Revision, RevisionDocument};
pub use ruleset::{Ruleset, RulesetRule};
pub use run::{Run, RunState};
pub use stamp::{Actor, Stamp};

use hold::Hold;
use readers::Readers;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use writer::Writer;

/// A store that is open. Threads share it.
pub struct Store {
    readers: Readers,
    writer: Writer,
    /// Given back once everything is closed.
    hold: Mutex<Option<Hold>>,
}

impl Store {
    /// Opens a store, or makes one where nothing is.
    ///
    /// A store of an older format becomes one of this program's.
    ///
    /// # Errors
    ///
    /// Whatever is there and is no store that is whole and that this program
    /// knows is refused and left as it is; also one that is open elsewhere.
    pub fn open(path: impl AsRef<Path>, options: &Options) -> Result<Self, OpenError> {
        let path = path.as_ref();
        open::look(path, options.create)?;
        let hold = Hold::take(path, options.create)?;
        let opened = Store::connect(path, options);
        let (readers, writer) = opened.inspect_err(|_| hold.remove_if_empty(path))?;
        Ok(Store {
            readers,
            writer,
            hold: Mutex::new(Some(hold)),
        })
    }

    fn connect(path: &Path, options: &Options) -> Result<(Readers, Writer), OpenError> {
        log_place::check(path)?;
        let connection = open::writer(path, options)?;
        let readers = Readers::open(path, options.readers)?;
        let writer = Writer::start(connection, log_place::log_of(path));
        Ok((
            readers,
            writer.map_err(|error| OpenError::io(path, &error))?,
        ))
    }

    /// Does what was handed in, and leaves one file that holds everything.
    ///
    /// Calls from then on are refused with [`StoreError::Closed`]. Dropping a
    /// store closes it, too, and tells no error.
    ///
    /// # Errors
    ///
    /// The log could not be moved into the file: it lies beside it, and nothing
    /// is lost as long as it does.
    pub fn close(&self) -> Result<(), StoreError> {
        self.readers.close();
        let Some(connection) = self.writer.close() else {
            return Ok(());
        };
        // A backup under way may hold it up: then the next opening moves the log.
        let sql = "PRAGMA busy_timeout = 200";
        let sooner = connection.query_row(sql, [], |_| Ok(()));
        let truncate = "PRAGMA wal_checkpoint(TRUNCATE)";
        let moved = sooner.and_then(|()| log_place::moved(&connection, truncate));
        let moved = moved.and_then(|moved| {
            if moved {
                log_place::clear(&connection)?;
                log_place::moved(&connection, truncate)?;
            }
            Ok(())
        });
        let closed = connection.close().map_err(|(_, error)| error);
        let mut hold = self.hold.lock().unwrap_or_else(PoisonError::into_inner);
        hold.take();
        Ok(moved.and(closed)?)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // What could not be moved is moved at the next opening.
        let _ = self.close();
    }
}
