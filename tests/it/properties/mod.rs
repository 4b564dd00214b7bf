//! What holds for every job, whatever its frameworks and rows.
//!
//! Each case is run on one engine, drawn with the case, so that more engines
//! cost no more time. `PROPTEST_CASES` sets the number of cases, and
//! `PROPTEST_RNG_SEED` repeats a run.

mod overrides;
pub(crate) mod strategies;

use crate::corpus::{Engine, Job, difference, engines};
use classmark::reference::{self, Assignment, Row};
use classmark::tag::{Tag, TagMatch};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngSeed, TestCaseResult, TestRunner};
use std::collections::BTreeSet;
use std::env;
use std::hash::{BuildHasher, RandomState};
pub(crate) use strategies::job;
use strategies::{declaration, rejection, row, rule, tag};

/// Holds a property against random jobs, each with something more to change it by.
fn hold<S: Strategy>(
    engines: &[Engine],
    more: S,
    property: impl Fn(&Engine, Job, S::Value) -> TestCaseResult,
) {
    if let Err(fault) = refute(engines, more, property) {
        panic!("{fault}");
    }
}

/// Looks for a job that breaks a property.
fn refute<S: Strategy>(
    engines: &[Engine],
    more: S,
    property: impl Fn(&Engine, Job, S::Value) -> TestCaseResult,
) -> Result<(), String> {
    let drawn = (any::<Index>(), job(), more);
    look(2_000, drawn, |(index, job, more)| {
        let engine = index.get(engines);
        property(engine, job, more)
            .map_err(|e| TestCaseError::fail(format!("on {}: {e}", engine.name())))
    })
}

/// Holds a property against random values: so many under `CI`, an eighth of them elsewhere.
pub(crate) fn draw<S: Strategy>(
    in_ci: u64,
    drawn: S,
    property: impl Fn(S::Value) -> TestCaseResult,
) {
    if let Err(fault) = look(in_ci, drawn, property) {
        panic!("{fault}");
    }
}

fn look<S: Strategy>(
    in_ci: u64,
    drawn: S,
    property: impl Fn(S::Value) -> TestCaseResult,
) -> Result<(), String> {
    let number = |name| env::var(name).ok()?.parse::<u64>().ok();
    let standard = match env::var_os("CI") {
        Some(_) => in_ci,
        None => in_ci.div_ceil(8),
    };
    let cases = number("PROPTEST_CASES").unwrap_or(standard);
    let seed = number("PROPTEST_RNG_SEED").unwrap_or_else(|| RandomState::new().hash_one(0));
    println!("PROPTEST_RNG_SEED={seed} PROPTEST_CASES={cases} repeats this run");
    let mut runner = TestRunner::new(ProptestConfig {
        cases: u32::try_from(cases).unwrap_or(u32::MAX),
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let outcome = runner.run(&drawn, property);
    outcome.map_err(|e| format!("with PROPTEST_RNG_SEED={seed} PROPTEST_CASES={cases}\n{e}"))
}

fn same(expected: &[Assignment], found: &[Assignment]) -> TestCaseResult {
    match difference(expected, found) {
        None => Ok(()),
        Some(text) => Err(TestCaseError::fail(format!("- expected, + found\n{text}"))),
    }
}

fn equals_reference(engine: &Engine, job: &Job) -> TestCaseResult {
    let expected = reference::assign(&job.frameworks, &job.rows, &job.rejected, job.matching);
    same(&expected, &engine.run(job))
}

type Fact = (String, String, Tag);

/// What is on the columns because rules give it: `new` or `recorded`.
fn given(assignments: &[Assignment]) -> BTreeSet<Fact> {
    let there = assignments
        .iter()
        .filter(|a| ["new", "recorded"].contains(&a.state));
    there
        .map(|a| (a.data_source.clone(), a.column.clone(), a.tag.clone()))
        .collect()
}

/// Per fact every rule that fires for it, muted or not.
fn fired(assignments: &[Assignment]) -> BTreeSet<(&str, &str, &Tag, &str)> {
    let mut fired = BTreeSet::new();
    for a in assignments {
        let finding = |id| (a.data_source.as_str(), a.column.as_str(), &a.tag, id);
        fired.extend(a.rules.iter().map(String::as_str).map(finding));
    }
    fired
}

fn sorted(mut assignments: Vec<Assignment>) -> Vec<Assignment> {
    assignments.sort();
    assignments
}

/// A new order for a list, from one random number per place.
fn permute<T>(list: &mut Vec<T>, keys: &[u8]) {
    let mut keyed: Vec<(u8, T)> = keys.iter().copied().cycle().zip(list.drain(..)).collect();
    keyed.sort_by_key(|(key, _)| *key);
    list.extend(keyed.into_iter().map(|(_, item)| item));
}

/// Nothing that was given or fired may be lost on the way from `before` to `after`.
fn grows(engine: &Engine, before: &Job, after: &Job) -> TestCaseResult {
    let (less, more) = (engine.run(before), engine.run(after));
    prop_assert!(
        given(&less).is_subset(&given(&more)),
        "lost: {less:#?}, then {more:#?}"
    );
    prop_assert!(
        fired(&less).is_subset(&fired(&more)),
        "lost: {less:#?}, then {more:#?}"
    );
    Ok(())
}

#[test]
fn engines_equal_the_reference() {
    let all = engines();
    // Every case on every engine: this is the property that the others rest on.
    hold(&all[..1], Just(()), |_, job, ()| {
        all.iter()
            .try_for_each(|engine| equals_reference(engine, &job))
    });
}

#[test]
fn an_engine_that_forgets_chains_is_found_out() {
    let forgetful = Engine::new("forgetful", |frameworks, rows, rejected, matching| {
        let one = |framework| std::slice::from_ref(framework);
        let run = |f| reference::assign(one(f), rows, rejected, matching);
        frameworks.iter().flat_map(run).collect()
    });
    let found_out = refute(&[forgetful], Just(()), |engine, job, ()| {
        equals_reference(engine, &job)
    });
    assert!(found_out.is_err());
}

#[test]
fn another_tag_on_a_column_takes_nothing_away() {
    hold(
        &engines(),
        (any::<Index>(), tag()),
        |engine, before, (place, tag)| {
            let mut after = before.clone();
            if !after.rows.is_empty() {
                place.get_mut(&mut after.rows).column_tags.push(tag);
            }
            grows(engine, &before, &after)
        },
    );
}

#[test]
fn another_tag_on_a_data_source_takes_nothing_away() {
    hold(
        &engines(),
        (any::<Index>(), tag()),
        |engine, before, (place, tag)| {
            let mut after = before.clone();
            if !after.rows.is_empty() {
                place.get_mut(&mut after.rows).table_tags.push(tag);
            }
            grows(engine, &before, &after)
        },
    );
}

#[test]
fn another_row_takes_nothing_away() {
    hold(
        &engines(),
        (any::<Index>(), row()),
        |engine, before, (place, row)| {
            let mut after = before.clone();
            after.rows.insert(place.index(before.rows.len() + 1), row);
            grows(engine, &before, &after)
        },
    );
}

#[test]
fn another_rule_takes_nothing_away() {
    hold(
        &engines(),
        (any::<Index>(), rule()),
        |engine, before, (place, mut rule)| {
            let mut after = before.clone();
            if !after.frameworks.is_empty() {
                let framework = place.get_mut(&mut after.frameworks);
                rule.id = "another/rule".to_owned();
                let gives = &rule.classification_tag;
                if framework.tags.iter().all(|d| d.tag != *gives) {
                    framework.tags.push(declaration((gives.clone(), None)));
                }
                framework.rules.push(rule);
            }
            grows(engine, &before, &after)
        },
    );
}

#[test]
fn another_rejection_adds_nothing() {
    hold(&engines(), rejection(), |engine, after, rejection| {
        let mut before = after.clone();
        before.rejected.push(rejection);
        grows(engine, &before, &after)
    });
}

#[test]
fn hierarchical_matching_finds_what_exact_matching_finds() {
    hold(&engines(), Just(()), |engine, mut before, ()| {
        before.matching = TagMatch::Exact;
        let mut after = before.clone();
        after.matching = TagMatch::Hierarchical;
        grows(engine, &before, &after)
    });
}

#[test]
fn order_changes_no_more_than_order() {
    let keys = prop::collection::vec(any::<u8>(), 14);
    hold(&engines(), keys, |engine, job, keys| {
        let mut permuted = job.clone();
        permute(&mut permuted.rows, &keys);
        permute(&mut permuted.rejected, &keys);
        permute(&mut permuted.frameworks, &keys);
        for framework in &mut permuted.frameworks {
            permute(&mut framework.rules, &keys);
            permute(&mut framework.tags, &keys);
        }
        same(&sorted(engine.run(&job)), &sorted(engine.run(&permuted)))
    });
}

#[test]
fn the_order_of_rules_and_frameworks_changes_nothing_at_all() {
    let keys = prop::collection::vec(any::<u8>(), 14);
    hold(&engines(), keys, |engine, job, keys| {
        let mut permuted = job.clone();
        permute(&mut permuted.frameworks, &keys);
        for framework in &mut permuted.frameworks {
            permute(&mut framework.rules, &keys);
        }
        same(&engine.run(&job), &engine.run(&permuted))
    });
}

#[test]
fn data_sources_do_not_know_of_each_other() {
    hold(&engines(), Just(()), |engine, job, ()| {
        let mut ids: Vec<&str> = Vec::new();
        for row in &job.rows {
            if !ids.contains(&&*row.data_source) {
                ids.push(&row.data_source);
            }
        }
        let alone = |id: &str| {
            let mut part = job.clone();
            part.rows.retain(|row| row.data_source == id);
            engine.run(&part)
        };
        let joined: Vec<Assignment> = ids.into_iter().flat_map(alone).collect();
        same(&engine.run(&job), &joined)
    });
}

#[test]
fn a_row_may_be_told_in_pieces() {
    hold(&engines(), Just(()), |engine, job, ()| {
        let mut pieces = job.clone();
        pieces.rows.clear();
        for row in &job.rows {
            let bare = Row {
                column_tags: Vec::new(),
                ..row.clone()
            };
            let tagged = |tag: &Tag| Row {
                column_tags: vec![tag.clone()],
                table_tags: Vec::new(),
                ..row.clone()
            };
            pieces.rows.push(bare);
            pieces.rows.extend(row.column_tags.iter().map(tagged));
        }
        same(&engine.run(&job), &engine.run(&pieces))
    });
}

/// Rules that ask for several tags of a column, whose tags come in rows that
/// lie apart, but in one data source: what one row lacks the next may bring.
#[test]
fn what_stands_beside_a_tag_may_come_later() {
    let all = engines();
    let more = (
        prop::collection::vec(tag(), 12),
        prop::collection::vec(any::<u8>(), 14),
    );
    hold(&all[..1], more, |_, mut job, (tags, keys)| {
        let rules = job.frameworks.iter_mut().flat_map(|f| &mut f.rules);
        for (number, rule) in rules.enumerate() {
            for tag in tags.iter().cycle().skip(number).take(1 + number % 2) {
                if !rule.column_tags.contains(tag) {
                    rule.column_tags.push(tag.clone());
                }
            }
        }
        let in_pieces = |row: &Row| -> Vec<Row> {
            let piece = |tag: &Tag| Row {
                column_tags: vec![tag.clone()],
                ..row.clone()
            };
            let bare = Row {
                column_tags: Vec::new(),
                ..row.clone()
            };
            std::iter::once(bare)
                .chain(row.column_tags.iter().map(piece))
                .collect()
        };
        for (row, apart) in job.rows.iter_mut().zip(&keys) {
            row.column_tags.truncate(usize::from(apart % 5));
        }
        job.rows = job.rows.iter().flat_map(in_pieces).collect();
        permute(&mut job.rows, &keys);
        job.rows.sort_by(|a, b| a.data_source.cmp(&b.data_source));
        all.iter()
            .try_for_each(|engine| equals_reference(engine, &job))
    });
}

#[test]
fn a_recorded_result_is_confirmed() {
    hold(&engines(), Just(()), |engine, job, ()| {
        let mut expected = engine.run(&job);
        let mut recorded = job.clone();
        for assignment in expected.iter_mut().filter(|a| a.state == "new") {
            assignment.state = "recorded";
            assignment.recorded = true;
            recorded.rows.push(Row {
                data_source: assignment.data_source.clone(),
                column: assignment.column.clone(),
                column_tags: vec![assignment.tag.clone()],
                table_tags: Vec::new(),
            });
        }
        same(&expected, &engine.run(&recorded))
    });
}

#[test]
fn rules_of_inactive_frameworks_change_nothing() {
    hold(&engines(), Just(()), |engine, job, ()| {
        let mut without = job.clone();
        for framework in without.frameworks.iter_mut().filter(|f| !f.active) {
            framework.rules.clear();
        }
        same(&engine.run(&job), &engine.run(&without))
    });
}

/// Jobs on which nothing happens would hold every property.
#[test]
fn random_jobs_are_worth_their_time() {
    let mut runner = TestRunner::deterministic();
    let mut states = std::collections::BTreeMap::<&str, u32>::new();
    let (mut chained, mut hierarchical) = (0, 0);
    for _ in 0..300 {
        let job = job().new_tree(&mut runner).unwrap().current();
        let run = |frameworks: &[_], matching| {
            reference::assign(frameworks, &job.rows, &job.rejected, matching)
        };
        let whole = run(&job.frameworks, TagMatch::Exact);
        let seen: BTreeSet<&str> = whole.iter().map(|a| a.state).collect();
        seen.into_iter()
            .for_each(|state| *states.entry(state).or_default() += 1);
        let alone = job
            .frameworks
            .iter()
            .flat_map(|f| run(std::slice::from_ref(f), TagMatch::Exact));
        let alone: Vec<Assignment> = alone.collect();
        chained += u32::from(fired(&alone) != fired(&whole));
        hierarchical += u32::from(whole != run(&job.frameworks, TagMatch::Hierarchical));
    }
    println!("{states:?}, {chained} chained, {hierarchical} hierarchical of 300");
    for state in ["new", "recorded", "muted", "stale"] {
        assert!(
            states.get(state).is_some_and(|n| *n >= 30),
            "{state}: {states:?}"
        );
    }
    assert!(chained >= 30, "{chained} jobs chain between frameworks");
    assert!(
        hierarchical >= 30,
        "{hierarchical} jobs tell the modes apart"
    );
}
