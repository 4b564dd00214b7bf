//! Random runs that share rows and rules, held against plain maps.

use super::naive::{self, Facts, Moved, Naive};
use super::{compared, folder};
use crate::corpus::{Job, Journey, read_assignments};
use crate::properties::strategies::{job, rejection, row};
use classmark::diff::{Diff, Moves, Standing};
use classmark::evaluate::State;
use classmark::pipeline::{Documents, PENDING_BYTES, Silent, tag};
use classmark::rollup::Verdict;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// A job, and one that has much in common with it.
fn jobs() -> impl Strategy<Value = (Job, Job)> {
    let keys = vec(any::<u8>(), 64);
    let more = (vec(row(), 0..5), vec(rejection(), 0..8));
    (job(), keys, more).prop_map(|(old, keys, (rows, rejected))| {
        let mut new = old.clone();
        let mut keys = keys.into_iter().cycle();
        let mut once_in = |n: u8| keys.next().unwrap() % n == 0;
        new.rows.retain(|_| !once_in(5));
        new.rows.extend(rows);
        if once_in(3) {
            new.rows.reverse();
        }
        new.rejected.retain(|_| !once_in(2));
        new.rejected.extend(rejected);
        for framework in &mut new.frameworks {
            framework.active ^= once_in(5);
            framework.rules.retain(|_| !once_in(6));
        }
        new.frameworks.retain(|_| !once_in(8));
        (old, new)
    })
}

/// Does a job into `<folder>/<name>`, and says what must be in it.
fn run(folder: &Path, name: &str, job: &Job) -> Facts {
    let input = folder.join(format!("{name}-input"));
    std::fs::create_dir(&input).unwrap();
    let journey = Journey::new(2, 5);
    let mut options = journey.options(&input, &job.rows, &job.rejected, job.matching);
    options.out = folder.join(name);
    tag(&Documents::of(job.frameworks.clone()), &options, &Silent).unwrap();
    let active = job.frameworks.iter().filter(|framework| framework.active);
    Facts {
        assignments: read_assignments(&options.out.join("assignments.parquet")),
        data_sources: job.rows.iter().map(|row| row.data_source.clone()).collect(),
        evaluated: active
            .flat_map(|framework| &framework.rules)
            .map(|rule| rule.id.clone())
            .collect(),
    }
}

/// What is counted, as the judge counts it.
fn counted<S: Standing>(moves: &Moves<S>) -> Vec<(Moved, u64)> {
    let any = || S::ALL.iter().copied().map(Some).chain([None]);
    let mut counted = Vec::new();
    for old in any() {
        for new in any() {
            let name = |standing: Option<S>| standing.map(S::name);
            counted.push(((name(old), name(new), true), moves.get(old, new)));
        }
        if let Some(one) = old {
            let (name, absent) = (Some(one.name()), None);
            counted.push(((name, absent, false), moves.incomparable_old(one)));
            counted.push(((absent, name, false), moves.incomparable_new(one)));
        }
    }
    counted.retain(|(_, number)| *number > 0);
    counted
}

fn holds(diff: &Diff, naive: &Naive) -> Result<(), TestCaseError> {
    let assignments: BTreeMap<_, _> = counted(&diff.assignments).into_iter().collect();
    prop_assert_eq!(&assignments, &naive.assignments);
    let findings: BTreeMap<_, _> = diff
        .rules
        .iter()
        .flat_map(|rule| {
            let counted = counted(&rule.findings).into_iter();
            counted.map(|(moved, number)| ((rule.id.clone(), moved), number))
        })
        .collect();
    prop_assert_eq!(&findings, &naive.findings);
    let mut sum = Moves::default();
    diff.rules.iter().for_each(|rule| sum.merge(&rule.findings));
    prop_assert_eq!(&sum, &diff.findings);
    Ok(())
}

/// What is in either run is accounted for, whole.
fn conserves<S: Standing>(
    moves: &Moves<S>,
    old: &BTreeMap<&str, u64>,
    new: &BTreeMap<&str, u64>,
) -> Result<(), TestCaseError> {
    for standing in S::ALL.iter().copied() {
        let all = |run: &BTreeMap<&str, u64>| run.get(standing.name()).copied().unwrap_or(0);
        let unchanged = moves.unchanged(standing);
        let from_old = unchanged + moves.resolved(standing) + moves.incomparable_old(standing);
        let from_new = unchanged + moves.appeared(standing) + moves.incomparable_new(standing);
        prop_assert_eq!((from_old, from_new), (all(old), all(new)));
        prop_assert_eq!(
            (moves.in_old(standing), moves.in_new(standing)),
            (from_old, from_new)
        );
    }
    Ok(())
}

fn states(facts: &Facts) -> BTreeMap<&str, u64> {
    let mut states = BTreeMap::new();
    for a in &facts.assignments {
        *states.entry(a.state).or_default() += 1;
    }
    states
}

fn verdicts(facts: &Facts) -> BTreeMap<&str, u64> {
    let mut verdicts = BTreeMap::new();
    for a in &facts.assignments {
        let verdict = match a.state {
            "recorded" => "pass",
            "new" => "fail",
            other => other,
        };
        *verdicts.entry(verdict).or_default() += a.rules.len() as u64;
    }
    verdicts
}

/// The same with OLD and NEW exchanged.
fn mirrors<S: Standing>(there: &Moves<S>, back: &Moves<S>) -> bool {
    let any = || S::ALL.iter().copied().map(Some).chain([None]);
    let cells = any().all(|old| any().all(|new| there.get(old, new) == back.get(new, old)));
    cells
        && S::ALL.iter().all(|s| {
            there.appeared(*s) == back.resolved(*s)
                && there.resolved(*s) == back.appeared(*s)
                && there.incomparable_old(*s) == back.incomparable_new(*s)
                && there.incomparable_new(*s) == back.incomparable_old(*s)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn comparisons_equal_those_by_plain_maps((old_job, new_job) in jobs()) {
        let folder = folder();
        let folder = folder.path();
        let old = run(folder, "old", &old_job);
        let new = run(folder, "new", &new_job);
        let naive = naive::compare(&old, &new);
        let mut found = Vec::new();
        for (name, pending) in [("large", PENDING_BYTES), ("none", 0), ("some", 150)] {
            let (summary, mut rows) = compared(folder, name, pending);
            rows.sort();
            prop_assert_eq!(&rows, &naive.rows, "{}", name);
            holds(&summary.diff, &naive)?;
            conserves::<State>(&summary.diff.assignments, &states(&old), &states(&new))?;
            conserves::<Verdict>(&summary.diff.findings, &verdicts(&old), &verdicts(&new))?;
            let scope = &summary.diff.scope;
            let both = old.data_sources.intersection(&new.data_sources).count() as u64;
            prop_assert_eq!(scope.data_sources_in_both, both);
            prop_assert_eq!(scope.data_sources_only_old, old.data_sources.len() as u64 - both);
            prop_assert_eq!(scope.data_sources_only_new, new.data_sources.len() as u64 - both);
            found.push(summary);
        }
        // The same counts to the byte, whatever waited where.
        let text = |at: usize| serde_json::to_string(&found[at].record()).unwrap();
        prop_assert_eq!(text(0), text(1));
        prop_assert_eq!(text(0), text(2));
    }

    #[test]
    fn exchanged_runs_mirror_and_a_run_equals_itself((old_job, new_job) in jobs()) {
        let folder = folder();
        let folder = folder.path();
        let old = run(folder, "old", &old_job);
        run(folder, "new", &new_job);
        let (there, rows) = compared(folder, "there", PENDING_BYTES);
        std::fs::rename(folder.join("old"), folder.join("was old")).unwrap();
        std::fs::rename(folder.join("new"), folder.join("old")).unwrap();
        std::fs::rename(folder.join("was old"), folder.join("new")).unwrap();
        let (back, mut mirrored) = compared(folder, "back", PENDING_BYTES);
        prop_assert!(mirrors(&there.diff.assignments, &back.diff.assignments));
        prop_assert!(mirrors(&there.diff.findings, &back.diff.findings));
        let (a, b) = (&there.diff.scope, &back.diff.scope);
        prop_assert_eq!(&a.rules_only_old, &b.rules_only_new);
        prop_assert_eq!(&a.rules_only_new, &b.rules_only_old);
        prop_assert_eq!(&a.activated, &b.deactivated);
        prop_assert_eq!(&a.deactivated, &b.activated);
        for row in &mut mirrored {
            std::mem::swap(&mut row.old, &mut row.new);
        }
        let mut rows = rows;
        rows.sort();
        mirrored.sort();
        prop_assert_eq!(rows, mirrored);

        // What is `new` now was `old` above.
        let itself = classmark::pipeline::DiffOptions::new(folder.join("new"), folder.join("new"));
        let itself = classmark::pipeline::diff(&itself, &Silent).unwrap().diff;
        prop_assert!(itself.assignments.is_unchanged() && itself.findings.is_unchanged());
        let unchanged: u64 = State::ALL.iter().map(|s| itself.assignments.unchanged(*s)).sum();
        prop_assert_eq!(unchanged, old.assignments.len() as u64);
    }
}

/// What the properties rest on does come about.
#[test]
fn random_runs_are_worth_their_time() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..400 {
        let (old, new) = jobs().new_tree(&mut runner).unwrap().current();
        let folder = folder();
        let (old, new) = (
            run(folder.path(), "old", &old),
            run(folder.path(), "new", &new),
        );
        let naive = naive::compare(&old, &new);
        seen.extend(
            naive
                .findings
                .into_keys()
                .map(|(_, moved)| ("finding", moved)),
        );
        seen.extend(
            naive
                .assignments
                .into_keys()
                .map(|moved| ("assignment", moved)),
        );
    }
    // Of findings: 3 × 3 moves, 3 to absent and 3 from it, comparable or not. Of
    // assignments likewise 4 × 4, 4 and 4.
    assert!(seen.len() >= 50, "{} {seen:#?}", seen.len());
}
