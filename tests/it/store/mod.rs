//! The store: every operation, every refusal, crowds, crashes and broken files.

mod backups;
mod child;
mod crashes;
mod crowds;
mod custom_frameworks;
mod files;
mod formats;
mod frameworks;
mod model;
mod names;
mod rulesets;
mod runs;
mod speed;
mod system;

use classmark::store::{
    FrameworkDocument, Options, Stamp, Store, StoreError, StoredFramework, Wanted,
};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

/// A store in a folder of its own.
struct Place {
    folder: TempDir,
    store: Store,
}

impl std::ops::Deref for Place {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Place {
    fn path(&self) -> PathBuf {
        self.folder.path().join("classmark.db")
    }

    /// The same store, closed and opened again.
    fn again(self) -> Place {
        self.store.close().unwrap();
        let store = Store::open(self.path(), &Options::default()).unwrap();
        Place {
            folder: self.folder,
            store,
        }
    }
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("classmark.db");
    let store = Store::open(path, &Options::default()).unwrap();
    Place { folder, store }
}

/// Says that it is over, also when a test fails: nobody goes on for ever then.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn ada(at: i64) -> Stamp {
    Stamp::new(at, 7, "ada")
}

fn ben(at: i64) -> Stamp {
    Stamp::new(at, 8, "ben")
}

/// An active framework with these rules; its text is its name.
fn document(name: &str, rules: &[&str]) -> FrameworkDocument {
    FrameworkDocument {
        short_name: name.into(),
        active: true,
        rules: rules.iter().map(|r| (*r).to_owned()).collect(),
        text: format!("{{\"name\": \"{name}\"}}"),
    }
}

/// Puts a document in a framework's place, whatever its version.
fn put(
    store: &Store,
    id: &str,
    document: FrameworkDocument,
    stamp: Stamp,
) -> Result<StoredFramework, StoreError> {
    let edited = store.update_framework(id, Wanted::Any, stamp, move |_| Ok::<_, ()>(document));
    edited.map_err(|error| match error {
        classmark::store::EditError::Store(error) => error,
        classmark::store::EditError::Refused(()) => unreachable!("nothing refuses"),
    })
}
