//! Writes reports of made-up rollups, to look at and for `tests/browser`.
//!
//! `cargo run --release --example sample_report -- FOLDER`

mod samples;

use classmark::output::write_report;
use std::error::Error;
use std::fs::{self, File};
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("which folder?")?;
    let folder = PathBuf::from(folder);
    fs::create_dir_all(&folder)?;
    for (name, sample) in samples::all() {
        let mut file = File::create(folder.join(format!("{name}.html")))?;
        write_report(&mut file, &sample.rollup, &sample.basis, &sample.examples)?;
    }
    Ok(())
}
