//! `classmark rollup`: the findings of a finished run, for compliance frameworks.

use crate::arguments::{Format, RollupArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::print;
use crate::progress::Meter;
use crate::render::{Reporter, escaped};
use crate::statement::{in_full, line};
use crate::today::today;
use classmark::compliance::Limits;
use classmark::output::write_rollup_json;
use classmark::pipeline::{RecountOptions, load_compliance, rollup};

/// Counts again, and says or writes what that comes to.
pub(crate) fn run(asked: &RollupArguments, reporter: &Reporter) -> Result<Exit, Failure> {
    asked.rollup.check()?;
    if asked.out.is_none() && asked.rollup.needs_folder() {
        return Err(Failure::NoFolder);
    }
    let documents = load_compliance(&asked.compliance, &Limits::default())?;
    let mut warnings = documents.diagnostics.clone();
    let options = RecountOptions {
        run: asked.run.clone(),
        rollup: asked.rollup.options(documents, today())?,
        as_of: asked.as_of,
        out: asked.out.clone(),
        force: asked.force,
        threads: asked.threads,
    };
    let meter = Meter::new(&asked.output);
    let summary = rollup(&options, &meter);
    drop(meter);
    let summary = summary?;
    if !asked.output.quiet {
        warnings.extend(summary.warnings);
        reporter.findings(&warnings);
    }
    let mut text = Vec::new();
    match asked.output.format {
        Format::Json => write_rollup_json(&summary.rollup, &summary.basis, &mut text)
            .map_err(Failure::Stdout)?,
        Format::Human => {
            let mut words = in_full(&summary.rollup);
            if let Some(out) = &asked.out {
                words.push('\n');
                line(&mut words, "results", &escaped(&out.display().to_string()));
            }
            text = words.into_bytes();
        }
    }
    print(&text)?;
    Ok(asked.rollup.exit(&summary.rollup))
}
