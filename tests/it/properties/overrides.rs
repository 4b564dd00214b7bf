//! What is told of overrides is true, whichever way the catalog was read.

use super::hold;
use super::same;
use super::strategies::rejection;
use crate::corpus::{Container, Engine, Job, Journey, OverrideFormat};
use classmark::pipeline::{Documents, Silent, tag};
use classmark::reference::{self, Rejection};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// How far the way to a rejected tag leads, by the rows themselves.
fn told(job: &Job, rejection: &Rejection) -> Option<&'static str> {
    let mut of_source = job
        .rows
        .iter()
        .filter(|row| row.data_source == rejection.data_source)
        .peekable();
    if of_source.peek().is_none() {
        return Some("the catalog has no data source");
    }
    let mut of_column = of_source
        .filter(|row| row.column == rejection.column)
        .peekable();
    if of_column.peek().is_none() {
        return Some("has no column");
    }
    let recorded = of_column.any(|row| row.column_tags.contains(&rejection.tag));
    let assigned = reference::assign(&job.frameworks, &job.rows, &job.rejected, job.matching);
    let muted = assigned.iter().any(|a| {
        let there = (&a.data_source, &a.column, &a.tag);
        a.state == "muted" && there == (&rejection.data_source, &rejection.column, &rejection.tag)
    });
    match recorded || muted {
        true => None,
        false => Some("does not bear"),
    }
}

#[test]
fn what_matches_nothing_is_told_and_why() {
    let journeys = [
        Journey::new(2, 3),
        Journey::new(8, 8192),
        Journey {
            memory: 0,
            ..Journey::new(1, 7)
        },
        Journey {
            two_tables: true,
            ..Journey::new(2, 8192)
        },
        Journey {
            container: Container::ArrowFile,
            ..Journey::new(2, 3)
        },
        Journey {
            container: Container::ArrowStream,
            ..Journey::new(1, 3)
        },
    ];
    let none: [Engine; 1] = [Engine::new("journeys", |_, _, _, _| Vec::new())];
    hold(
        &none,
        prop::sample::select(journeys.to_vec()),
        |_, mut job, journey| {
            let mut seen = BTreeSet::new();
            job.rejected
                .retain(|r| seen.insert((r.data_source.clone(), r.column.clone(), r.tag.clone())));
            let folder = tempfile::tempdir().unwrap();
            let options = journey.options(folder.path(), &job.rows, &job.rejected, job.matching);
            let documents = Documents::of(job.frameworks.clone());
            let summary = tag(&documents, &options, &Silent).unwrap();
            prop_assert_eq!(summary.overrides.len(), job.rejected.len());
            let mut warnings = summary.warnings.iter();
            for (rejection, record) in job.rejected.iter().zip(&summary.overrides) {
                let expected = told(&job, rejection);
                prop_assert_eq!(
                    record.matched,
                    expected.is_none(),
                    "{:?} {:?}",
                    rejection,
                    journey
                );
                if let Some(expected) = expected {
                    let message = &warnings.next().unwrap().message;
                    prop_assert!(message.contains(expected), "{}: {:?}", message, rejection);
                }
            }
            prop_assert!(warnings.next().is_none());
            Ok(())
        },
    );
}

#[test]
fn overrides_from_files_act_like_those_given_in_hand() {
    let none: [Engine; 1] = [Engine::new("journeys", |_, _, _, _| Vec::new())];
    let more = (
        prop::sample::select(&OverrideFormat::ALL[..]),
        prop::collection::vec(rejection(), 0..4),
    );
    hold(&none, more, |_, mut job, (format, more)| {
        // Some are there twice.
        job.rejected
            .extend(more.iter().cloned().chain(more.clone()));
        let in_hand = Journey::new(2, 3);
        let from_file = Journey {
            overrides: Some(format),
            ..in_hand
        };
        same(&in_hand.engine().run(&job), &from_file.engine().run(&job))
    });
}
