//! The folder of results beside the inputs.

use super::PipelineError;
use super::documents::Documents;
use super::tag::TagOptions;
use crate::catalog::Catalog;
use std::path::Path;

/// Refuses an output folder that holds an input: it would be replaced.
pub(super) fn check_out(
    documents: &Documents,
    options: &TagOptions,
    catalog: &Catalog,
) -> Result<(), PipelineError> {
    let compliance = options.rollup.iter().flat_map(|asked| &asked.inputs);
    let records = documents.inputs.iter().chain(&options.override_inputs);
    let records = records.chain(compliance);
    let records = records.map(|input| Path::new(&input.path));
    let tables = catalog.files().chain(catalog.source_files());
    let mut inputs = records.chain(tables.map(|(path, _)| path));
    let out = &options.out;
    match inputs.find(|input| options.catalog.files.lies_in(input, out)) {
        None => Ok(()),
        Some(input) => Err(PipelineError::OverInput {
            out: out.clone(),
            input: input.to_owned(),
        }),
    }
}
