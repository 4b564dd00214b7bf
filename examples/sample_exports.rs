//! A rollup with a control of every status, and names that are hard on the
//! formats, in every form that rollups are written in.
//!
//! `cargo run --example sample_exports -- FOLDER`; the gate has other readers
//! read that folder.

#[path = "../tests/it/rollup_files/sample.rs"]
mod sample;

use classmark::output::{
    CountsRecord, Export, Manifest, OptionsRecord, Staging, ToolRecord, write_rollup,
};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let out = std::env::args_os().nth(1).ok_or("a folder is missing")?;
    let basis = sample::basis();
    let staging = Staging::begin(&PathBuf::from(out), true)?;
    let outputs = write_rollup(&staging, &sample::hostile(), &basis, &Export::ALL)?;
    let manifest = Manifest {
        tool: ToolRecord::default(),
        inputs: basis.inputs,
        frameworks: basis.frameworks,
        options: OptionsRecord {
            tag_match: "exact",
            bad_rows: "fail",
            map: BTreeMap::new(),
        },
        counts: CountsRecord::default(),
        timings: BTreeMap::new(),
        outputs,
    };
    manifest.write(&staging)?;
    staging.commit()?;
    Ok(())
}
