//! Two runs compared: what is new, what is resolved, what has stayed, and what
//! cannot be compared.
//!
//! # What is compared
//!
//! - An **assignment** is a data source, a column and a tag. It stands in a
//!   state: `new`, `recorded`, `muted` or `stale`.
//! - A **finding** is a rule and a column. It stands in a verdict: `pass` where
//!   the assignment is recorded, `fail` where it is new, or `muted`. Each rule
//!   of an assignment is a finding; a stale one has none.
//!
//! Each is looked for in both runs. Found in both in the same standing it is
//! *unchanged*. Else it has moved from one standing to another, or to or from
//! being absent, and that counts on both sides: *resolved* where it was, *new*
//! where it is now. What was not `fail` and is now is a new fail; what was
//! `fail` and is not any more is a resolved one, whether it became `pass`,
//! `muted` or went.
//!
//! What is in one run only is *incomparable*, and neither new nor resolved, if
//! the other run could not have it:
//!
//! - its data source is not in the other run at all, tagged or not;
//! - its rule was not evaluated in the other run, or, for an assignment that
//!   rules give, none of these rules was.
//!
//! What is in both runs is always comparable. A column that went away while its
//! data source stayed has its findings resolved: a run does not list columns
//! without tags, so one that went cannot be told from one that lost its tags.
//!
//! Data sources, columns, tags and rules are the same if they are called the
//! same; an integer id is its digits. A rule that gives another tag now is still
//! the same rule, and its finding the same finding.
//!
//! # An example
//!
//! The findings of one rule. The data source `s` is in both runs, `t` in OLD only.
//!
//! | column | in OLD | in NEW | so |
//! | --- | --- | --- | --- |
//! | `s.a` | fail | pass | a resolved fail and a new pass |
//! | `s.b` | fail | fail | an unchanged fail |
//! | `s.c` | fail | – | a resolved fail |
//! | `s.d` | – | fail | a new fail |
//! | `t.e` | fail | – | an incomparable fail of OLD |
//!
//! ```
//! use classmark::diff::Moves;
//! use classmark::rollup::Verdict::{Fail, Pass};
//! let mut moves = Moves::default();
//! moves.add(Some(Fail), Some(Pass), true);
//! moves.add(Some(Fail), Some(Fail), true);
//! moves.add(Some(Fail), None, true);
//! moves.add(None, Some(Fail), true);
//! moves.add(Some(Fail), None, false);
//! assert_eq!((moves.appeared(Fail), moves.resolved(Fail), moves.unchanged(Fail)), (1, 2, 1));
//! assert_eq!(moves.appeared(Pass), 1);
//! // All of OLD: unchanged, resolved and incomparable. All of NEW likewise.
//! assert_eq!((moves.in_old(Fail), moves.in_new(Fail)), (4, 2));
//! ```
//!
//! This room takes a data source of either run as a [`Block`] of bytes, so that
//! whoever reads the runs can keep what waits for its mate small, or on disk.

mod block;
mod compare;
mod model;
mod moves;
mod sheet;

pub use block::{Block, BlockWriter};
pub use compare::{Change, Comparison};
pub use model::{
    ControlDiff, Diff, FrameworkDiff, RequirementDiff, RuleDiff, ScopeDiff, Side, findings_of,
};
pub use moves::{Moves, Standing};
