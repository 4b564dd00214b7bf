//! One run, from its request to its folder of results.

use super::desk::Runs;
use super::outcome::OutcomeRecord;
use super::under_way::UnderWay;
use crate::compliance::ComplianceFramework;
use crate::diagnostic::{Diagnostic, Source};
use crate::framework::Framework;
use crate::pipeline::{
    ComplianceDocuments, Documents, PipelineError, RunPlace, RunRequest, check_rules_known,
    results, tag,
};
use crate::server::custom_frameworks::model_of;
use crate::server::frameworks::parsed;
use crate::store::{Run, StoredCustomFramework, StoredFramework};

impl Runs {
    /// Does a run.
    ///
    /// # Errors
    ///
    /// Why it failed. It names nothing of this machine.
    pub(super) fn perform(
        &self,
        run: &Run,
        under_way: &UnderWay,
    ) -> Result<OutcomeRecord, Box<OutcomeRecord>> {
        let request = RunRequest::parse(&Source::new("request", &*run.request));
        let request = request.map_err(|findings| {
            OutcomeRecord::failed("the request cannot be read").with(&findings)
        })?;
        let (frameworks, customs) = self.store.rules_and_controls().map_err(|error| {
            tracing::error!(run = run.id, cause = ?error, "the rules cannot be read");
            OutcomeRecord::failed(error.to_string())
        })?;
        let documents = Documents::of(all(&frameworks, framework)?);
        let compliance = ComplianceDocuments::of(all(&customs, compliance)?);
        let failed = |error: PipelineError| failed(run, under_way, &error);
        let mut warnings = documents.diagnostics.clone();
        warnings.extend(check_rules_known(&compliance, &documents));
        let files = self
            .confinement()
            .map_err(|refusal| OutcomeRecord::failed(refusal.message.unwrap_or_default()))?;
        let place = RunPlace {
            files,
            out: self.folder(run),
            now: self.clock.now().div_euclid(1000),
            threads: Runs::threads(),
        };
        let options = request.options(&place, compliance);
        let (options, findings) = options.map_err(failed)?;
        warnings.extend(findings);
        let summary = tag(&documents, &options, under_way).map_err(failed)?;
        warnings.extend_from_slice(&summary.warnings);
        let results = results(&place.out).map_err(|error| failed(error.into()))?;
        Ok(OutcomeRecord::done(
            &summary,
            &frameworks,
            results,
            &warnings,
        ))
    }
}

/// A framework without a place: it stands in no document that anybody could open.
fn framework(stored: &StoredFramework) -> Result<Framework, Vec<Diagnostic>> {
    let framework = parsed(stored).map_err(|_| Vec::new())?;
    Ok(Framework {
        origin: None,
        ..framework
    })
}

fn compliance(stored: &StoredCustomFramework) -> Result<ComplianceFramework, Vec<Diagnostic>> {
    // What is wrong with the store is in the log.
    model_of(stored).map_err(|_| Vec::new())
}

/// All that is stored, as the engine takes it.
fn all<S, T>(
    stored: &[S],
    read: impl Fn(&S) -> Result<T, Vec<Diagnostic>>,
) -> Result<Vec<T>, Box<OutcomeRecord>> {
    let read: Result<Vec<T>, _> = stored.iter().map(read).collect();
    read.map_err(|findings| {
        let outcome = OutcomeRecord::failed("what is stored cannot be used");
        Box::new(outcome.with(&findings))
    })
}

fn failed(run: &Run, under_way: &UnderWay, error: &PipelineError) -> OutcomeRecord {
    if let (PipelineError::GivenUp, Some(why)) = (error, under_way.why()) {
        return OutcomeRecord::failed(why.reason);
    }
    if error.is_about_input() {
        return OutcomeRecord::failed(error.to_string()).with(error.findings());
    }
    tracing::error!(run = run.id, %error, "a run failed");
    OutcomeRecord::failed(match error {
        PipelineError::GaveUp(_) => "a part of the catalog could not be read to its end",
        PipelineError::Threads(_) => "threads could not be started",
        _ => "the results could not be written",
    })
}
