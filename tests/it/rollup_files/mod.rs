//! The forms that rollups are written in: each holds what it should, under any
//! names, and all say the same.

mod agreement;
mod forms;
pub(crate) mod sample;
mod staged;

use classmark::output::{Basis, Export, write_rollup_json};
use classmark::rollup::Rollup;
use serde_json::Value;

fn json_of(rollup: &Rollup, basis: &Basis) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_rollup_json(rollup, basis, &mut bytes).unwrap();
    bytes
}

fn written(export: Export, rollup: &Rollup) -> Vec<u8> {
    let mut bytes = Vec::new();
    export.write(rollup, &sample::basis(), &mut bytes).unwrap();
    bytes
}

fn oscal(rollup: &Rollup) -> Value {
    let whole: Value = serde_json::from_slice(&written(Export::Oscal, rollup)).unwrap();
    whole["assessment-results"].clone()
}

fn ocsf(rollup: &Rollup) -> Vec<Value> {
    let bytes = written(Export::Ocsf, rollup);
    let text = str::from_utf8(&bytes).unwrap();
    let lines = text.split_terminator('\n');
    lines.map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn csv_rows(rollup: &Rollup) -> Vec<csv::StringRecord> {
    let bytes = written(Export::Csv, rollup);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(&*bytes);
    reader.records().map(Result::unwrap).collect()
}

/// The properties of a part of OSCAL: the value of each, a JSON string read.
fn property(part: &Value, name: &str) -> String {
    let props = part["props"].as_array().unwrap();
    let value = props.iter().find(|p| p["name"] == name).unwrap();
    let value = value["value"].as_str().unwrap();
    match value.starts_with('"') {
        true => serde_json::from_str(value).unwrap(),
        false => value.to_owned(),
    }
}
