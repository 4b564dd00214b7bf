//! What classmark is measured against and that needs no process of its own
//! language: a bare scan of a catalog, and engines in Rust on data that is
//! read before the clock starts.
//!
//! ```text
//! classmark-peers scan    CATALOG THREADS
//! classmark-peers cedar   CATALOG FRAMEWORKS ROUNDS COLUMNS
//! classmark-peers datalog CATALOG FRAMEWORKS ROUNDS
//! ```
//!
//! Each prints one JSON object.

mod cedar;
mod datalog;
mod prepared;
mod scan;

use std::error::Error;
use std::path::Path;

/// Whatever went wrong: a baseline has nobody to handle it but the terminal.
type Failed = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let report = match arguments.as_slice() {
        ["scan", catalog, threads] => scan::run(Path::new(catalog), threads.parse()?)?,
        ["cedar", catalog, frameworks, rounds, columns] => {
            let prepared = prepared::read(Path::new(catalog), Path::new(frameworks))?;
            cedar::run(&prepared, rounds.parse()?, columns.parse()?)?
        }
        ["datalog", catalog, frameworks, rounds] => {
            let prepared = prepared::read(Path::new(catalog), Path::new(frameworks))?;
            datalog::run(&prepared, rounds.parse()?)?
        }
        _ => return Err("usage: see src/main.rs".into()),
    };
    println!("{report}");
    Ok(())
}
