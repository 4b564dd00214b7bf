//! A rollup with a control of every status, and names that are hard on the
//! formats, in every form that rollups are written in; and a rollup of nothing.
//!
//! `cargo run --example sample_exports -- FOLDER`; the gate has other readers
//! read `FOLDER/hard` and `FOLDER/nothing`.

#[path = "../tests/it/rollup_files/sample.rs"]
mod sample;

use classmark::output::{
    CountsRecord, CsvOptions, Export, Manifest, OptionsRecord, Staging, ToolRecord, write_rollup,
};
use classmark::rollup::Rollup;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let out = std::env::args_os().nth(1).ok_or("a folder is missing")?;
    let out = PathBuf::from(out);
    write(&out.join("hard"), &sample::hostile())?;
    write(&out.join("nothing"), &sample::rollup(Vec::new()))
}

fn write(out: &Path, rollup: &Rollup) -> Result<(), Box<dyn Error>> {
    let basis = sample::basis();
    let staging = Staging::begin(out, true)?;
    let outputs = write_rollup(
        &staging,
        rollup,
        &basis,
        &Export::ALL,
        CsvOptions::default(),
    )?;
    let manifest = Manifest {
        tool: ToolRecord::default(),
        inputs: basis.inputs,
        frameworks: basis.frameworks,
        options: OptionsRecord {
            as_of: None,
            tag_match: "exact",
            bad_rows: "fail",
            map: BTreeMap::new(),
            no_table_tags: false,
        },
        counts: CountsRecord::default(),
        timings: BTreeMap::new(),
        outputs,
    };
    manifest.write(&staging)?;
    staging.commit()?;
    Ok(())
}
