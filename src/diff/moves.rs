//! How often something moved from which standing to which.

use crate::evaluate::State;
use crate::rollup::Verdict;
use std::marker::PhantomData;

/// In what something of a run can stand: a [`State`] or a [`Verdict`].
pub trait Standing: Copy + Eq + 'static {
    /// All of them, in the order of their numbers; five at most.
    const ALL: &'static [Self];
    /// Its place in [`Standing::ALL`].
    fn place(self) -> usize;
    /// Its name as it is written to files.
    fn name(self) -> &'static str;
}

impl Standing for State {
    const ALL: &'static [Self] = &State::ALL;
    fn place(self) -> usize {
        self as usize
    }
    fn name(self) -> &'static str {
        self.as_str()
    }
}

impl Standing for Verdict {
    const ALL: &'static [Self] = &Verdict::ALL;
    fn place(self) -> usize {
        self as usize
    }
    fn name(self) -> &'static str {
        self.as_str()
    }
}

/// Places of a standing, and one for absent.
const PLACES: usize = 5;
const ABSENT: usize = PLACES - 1;

/// How often something moved from which standing to which; `None` is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moves<S> {
    /// From (row) to (column), comparable.
    moves: [[u64; PLACES]; PLACES],
    /// By the standing that it has in the one run.
    incomparable_old: [u64; PLACES],
    incomparable_new: [u64; PLACES],
    standing: PhantomData<S>,
}

impl<S> Default for Moves<S> {
    fn default() -> Self {
        Moves {
            moves: [[0; PLACES]; PLACES],
            incomparable_old: [0; PLACES],
            incomparable_new: [0; PLACES],
            standing: PhantomData,
        }
    }
}

fn place<S: Standing>(standing: Option<S>) -> usize {
    standing.map_or(ABSENT, S::place)
}

impl<S: Standing> Moves<S> {
    /// Counts one. What is in both runs is comparable, whatever is said.
    #[inline]
    pub fn add(&mut self, old: Option<S>, new: Option<S>, comparable: bool) {
        match (old, new) {
            (Some(old), None) if !comparable => self.incomparable_old[old.place()] += 1,
            (None, Some(new)) if !comparable => self.incomparable_new[new.place()] += 1,
            _ => self.moves[place(old)][place(new)] += 1,
        }
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: &Moves<S>) {
        let pairs = self.moves.iter_mut().flatten();
        for (sum, more) in pairs.zip(other.moves.iter().flatten()) {
            *sum += more;
        }
        let sides = [
            (&mut self.incomparable_old, &other.incomparable_old),
            (&mut self.incomparable_new, &other.incomparable_new),
        ];
        for (sums, more) in sides {
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum += more;
            }
        }
    }

    /// How often it moved so, comparable.
    pub fn get(&self, old: Option<S>, new: Option<S>) -> u64 {
        self.moves[place(old)][place(new)]
    }

    /// In this standing in NEW and not in OLD.
    pub fn appeared(&self, standing: S) -> u64 {
        let column = standing.place();
        let all: u64 = self.moves.iter().map(|row| row[column]).sum();
        all - self.unchanged(standing)
    }

    /// In this standing in OLD and not in NEW.
    pub fn resolved(&self, standing: S) -> u64 {
        let row = self.moves[standing.place()];
        row.iter().sum::<u64>() - self.unchanged(standing)
    }

    /// In this standing in both runs.
    pub fn unchanged(&self, standing: S) -> u64 {
        self.get(Some(standing), Some(standing))
    }

    /// In this standing in OLD, and NEW could not have it.
    pub fn incomparable_old(&self, standing: S) -> u64 {
        self.incomparable_old[standing.place()]
    }

    /// In this standing in NEW, and OLD could not have it.
    pub fn incomparable_new(&self, standing: S) -> u64 {
        self.incomparable_new[standing.place()]
    }

    /// In this standing in OLD.
    pub fn in_old(&self, standing: S) -> u64 {
        self.unchanged(standing) + self.resolved(standing) + self.incomparable_old(standing)
    }

    /// In this standing in NEW.
    pub fn in_new(&self, standing: S) -> u64 {
        self.unchanged(standing) + self.appeared(standing) + self.incomparable_new(standing)
    }

    /// Whether everything has stayed, and nothing was incomparable.
    pub fn is_unchanged(&self) -> bool {
        let stayed = |standing: &S| {
            let unchanged = self.unchanged(*standing);
            self.in_old(*standing) == unchanged && self.in_new(*standing) == unchanged
        };
        S::ALL.iter().all(stayed)
    }
}

#[cfg(test)]
mod tests {
    use super::{Moves, Standing};
    use crate::evaluate::State;

    #[test]
    fn every_cell_counts_on_both_sides() {
        let any = || {
            let some = State::ALL.into_iter().map(Some);
            some.chain([None])
        };
        for old in any() {
            for new in any().filter(|new| (old, *new) != (None, None)) {
                let mut moves = Moves::default();
                moves.add(old, new, true);
                for state in State::ALL {
                    let (was, is) = (old == Some(state), new == Some(state));
                    assert_eq!(moves.resolved(state), u64::from(was && !is));
                    assert_eq!(moves.appeared(state), u64::from(is && !was));
                    assert_eq!(moves.unchanged(state), u64::from(is && was));
                    assert_eq!(moves.in_old(state), u64::from(was));
                    assert_eq!(moves.in_new(state), u64::from(is));
                }
                assert_eq!(moves.get(old, new), 1);
                assert_eq!(moves.is_unchanged(), old == new);
            }
        }
    }

    #[test]
    fn what_is_in_both_is_comparable_and_the_rest_as_said() {
        let mut moves = Moves::default();
        moves.add(Some(State::New), Some(State::Stale), false);
        moves.add(Some(State::New), None, false);
        moves.add(None, Some(State::Muted), false);
        assert_eq!(moves.resolved(State::New), 1);
        assert_eq!(moves.incomparable_old(State::New), 1);
        assert_eq!(moves.incomparable_new(State::Muted), 1);
        assert_eq!(
            (moves.in_old(State::New), moves.in_new(State::Muted)),
            (2, 1)
        );
        let mut twice = moves;
        twice.merge(&moves);
        assert_eq!(
            (twice.in_old(State::New), twice.in_new(State::Muted)),
            (4, 2)
        );
        assert_eq!(twice.get(Some(State::New), Some(State::Stale)), 2);
    }

    #[test]
    fn places_are_those_of_all() {
        for (place, state) in State::ALL.into_iter().enumerate() {
            assert_eq!(state.place(), place);
        }
        for (place, verdict) in crate::rollup::Verdict::ALL.into_iter().enumerate() {
            assert_eq!(verdict.place(), place);
        }
    }
}
