//! What has been worked out once and need not be again.

use super::outcome::{Outcome, feeds_of};
use super::tree::{Step, Tree, Way};
use crate::bits::SetTable;
use ahash::RandomState;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// So many sets of blankets, those that come first, have their ways found
/// without hashing.
const COMMON_BLANKETS: u32 = 16;

/// Signatures, and the ways from them to results.
///
/// Keys are compared as they are; a hash only finds them.
#[derive(Debug, Default)]
pub(super) struct Memo {
    pub(super) signatures: SetTable,
    /// Per signature what is known of it.
    known: Vec<Known>,
    /// The atoms of all signatures that guards listen to.
    heard: Vec<u32>,
    /// Sets of guards that hold and by themselves fire rules; 0 is none.
    pub(super) blankets: SetTable,
    /// Per set of blankets but the first and empty one, and by signature: where
    /// its way begins if these hold …
    blanketed: Vec<Vec<Step>>,
    /// … and for all others, (signature, blankets) → the same.
    rarely_blanketed: HashMap<(u32, u32), Step, RandomState>,
    pub(super) tree: Tree,
    /// Descriptions of results.
    descriptions: SetTable,
    pub(super) results: Vec<Remembered>,
    /// The rules of all results, each as a stretch.
    fired: Vec<u32>,
    /// (signature of all columns, set of the data source) → its shape.
    shapes: HashMap<(u32, u32), u32, RandomState>,
    uniform: Vec<Uniform>,
}

/// What is known of a signature.
#[derive(Debug, Clone)]
struct Known {
    /// Where its way begins, if no blanket holds.
    plain: Step,
    /// Where in `heard` its atoms are.
    heard: Range<u32>,
    /// Whether guards are left out of its way that have never held anywhere.
    shortened: bool,
}

/// A place on the way from a signature to its result.
#[derive(Debug, Clone, Copy)]
pub(super) enum At {
    /// The beginning, for a signature and the blankets that hold.
    Root(u32, u32),
    /// A node, given the answers of its guards.
    Answers(u32, u64),
}

/// What comes of a column.
#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) outcome: Arc<Outcome>,
    /// Where in the memo's `fired` its rules are.
    fired: Range<u32>,
    /// Columns that have come to it since the last count.
    pub(super) columns: u64,
    /// The chunk in which it was last met …
    pub(super) chunk: u32,
    /// … and its place among that chunk's outcomes.
    pub(super) place: u32,
    /// The data source in which its rules were last counted.
    pub(super) source: u32,
    /// Whether rules add to it what guards listen to.
    pub(super) has_feeds: bool,
}

/// A data source whose columns are all alike.
#[derive(Debug)]
pub(super) struct Uniform {
    pub(super) result: u32,
    /// Data sources of this shape since the last count.
    pub(super) sources: u64,
}

impl Memo {
    /// The number of a set that may have one already, or of one that cannot.
    pub(super) fn signature(
        &mut self,
        set: &[u32],
        surely_new: bool,
        is_heard: impl Fn(&u32) -> bool,
    ) -> u32 {
        let signature = match surely_new {
            true => self.signatures.push_new(set),
            false => self.signatures.intern(set),
        };
        while self.known.len() < self.signatures.len() {
            let number = self.known.len() as u32;
            let first = self.heard.len() as u32;
            let atoms = self.signatures.get(number).iter().copied();
            self.heard.extend(atoms.filter(&is_heard));
            self.known.push(Known {
                plain: Step::UNKNOWN,
                heard: first..self.heard.len() as u32,
                shortened: false,
            });
        }
        signature
    }

    /// Where in [`Memo::heard`] the atoms of a signature are that guards
    /// listen to: recorded ones, and those that rules add whatever holds.
    pub(super) fn heard_of(&self, signature: u32) -> Range<u32> {
        self.known[signature as usize].heard.clone()
    }

    /// Says more of what guards hear of a signature.
    pub(super) fn hear(&mut self, signature: u32, tell: impl FnOnce(&mut Vec<u32>)) {
        let first = self.heard.len() as u32;
        tell(&mut self.heard);
        self.known[signature as usize].heard = first..self.heard.len() as u32;
    }

    /// The atoms of a stretch.
    pub(super) fn heard(&self, of: &Range<u32>) -> &[u32] {
        &self.heard[of.start as usize..of.end as usize]
    }

    /// Where the way of a signature begins.
    pub(super) fn root(&self, signature: u32, blankets: u32) -> Step {
        let step = match blankets {
            0 => return self.known[signature as usize].plain,
            1..=COMMON_BLANKETS => {
                let steps = self.blanketed.get(blankets as usize - 1);
                steps.and_then(|steps| steps.get(signature as usize))
            }
            _ => self.rarely_blanketed.get(&(signature, blankets)),
        };
        step.copied().unwrap_or(Step::UNKNOWN)
    }

    /// The node at a place, which asks `guards`; made if there is none yet.
    pub(super) fn node(&mut self, at: At, guards: &[(u32, u32)]) -> u32 {
        let step = match at {
            At::Root(signature, blankets) => self.root(signature, blankets),
            At::Answers(node, answers) => self.tree.after(node, answers),
        };
        match step.way() {
            Way::Ask(node) => node,
            Way::Unknown | Way::Result(_) => {
                let node = self.tree.grow(guards);
                self.lead(at, Step::to_node(node));
                node
            }
        }
    }

    /// Says where the way goes on from a place.
    pub(super) fn lead(&mut self, at: At, to: Step) {
        match at {
            At::Root(signature, 0) => self.known[signature as usize].plain = to,
            At::Root(signature, blankets @ 1..=COMMON_BLANKETS) => {
                let (nth, place) = (blankets as usize - 1, signature as usize);
                if self.blanketed.len() <= nth {
                    self.blanketed.resize(nth + 1, Vec::new());
                }
                let steps = &mut self.blanketed[nth];
                if steps.len() <= place {
                    steps.resize(place + 1, Step::UNKNOWN);
                }
                steps[place] = to;
            }
            At::Root(signature, blankets) => {
                self.rarely_blanketed.insert((signature, blankets), to);
            }
            At::Answers(node, answers) => self.tree.lead(node, answers, to),
        }
    }

    /// Guards that have never held are left out of a signature's way.
    pub(super) fn shorten(&mut self, signature: u32) {
        self.known[signature as usize].shortened = true;
    }

    /// Forgets all ways from which guards were left out: one of them may hold now.
    pub(super) fn wake(&mut self) {
        for known in self.known.iter_mut().filter(|known| known.shortened) {
            known.plain = Step::UNKNOWN;
        }
        self.blanketed.iter_mut().for_each(Vec::clear);
        self.rarely_blanketed.clear();
    }

    /// The result of a signature in any data source without blankets.
    pub(super) fn direct(&self, signature: u32) -> Option<u32> {
        match self.known[signature as usize].plain.way() {
            Way::Result(result) => Some(result),
            _ => None,
        }
    }

    /// The number of a described result.
    pub(super) fn result(&mut self, description: &[u32]) -> u32 {
        // The description of nothing at all is `[0]`, so none has the number 0.
        let number = self.descriptions.intern(description) - 1;
        if number as usize == self.results.len() {
            let outcome = Outcome::read(description);
            let first = self.fired.len() as u32;
            self.fired.extend_from_slice(outcome.fired());
            self.results.push(Remembered {
                outcome: Arc::new(outcome),
                fired: first..self.fired.len() as u32,
                columns: 0,
                chunk: 0,
                place: 0,
                source: 0,
                has_feeds: !feeds_of(description).is_empty(),
            });
        }
        number
    }

    /// The derived atoms of a result that guards listen to.
    pub(super) fn feeds(&self, result: u32) -> &[u32] {
        match self.results[result as usize].has_feeds {
            true => feeds_of(self.descriptions.get(result + 1)),
            false => &[],
        }
    }

    /// The rules that fire in a result.
    pub(super) fn fired(&self, result: u32) -> &[u32] {
        let fired = &self.results[result as usize].fired;
        &self.fired[fired.start as usize..fired.end as usize]
    }

    /// The shape of data sources whose columns all have one signature.
    pub(super) fn shape(&self, signature: u32, table: u32) -> Option<u32> {
        self.shapes.get(&(signature, table)).copied()
    }

    /// Keeps what all columns of such data sources come to.
    pub(super) fn keep_shape(&mut self, signature: u32, table: u32, result: u32) -> u32 {
        let shape = self.uniform.len() as u32;
        self.uniform.push(Uniform { result, sources: 0 });
        self.shapes.insert((signature, table), shape);
        shape
    }

    /// The data sources whose columns are all alike, by shape.
    pub(super) fn uniform(&mut self) -> &mut [Uniform] {
        &mut self.uniform
    }

    /// Forgets everything, but keeps the memory for what comes.
    pub(super) fn clear(&mut self) {
        self.signatures.clear();
        self.known.clear();
        self.heard.clear();
        self.blankets.clear();
        self.blanketed.iter_mut().for_each(Vec::clear);
        self.rarely_blanketed.clear();
        self.tree.clear();
        self.descriptions.clear();
        self.results.clear();
        self.fired.clear();
        self.shapes.clear();
        self.uniform.clear();
    }

    /// How many numbers of four bytes all this holds, about.
    pub(super) fn size(&self) -> usize {
        let sets = [&self.signatures, &self.blankets, &self.descriptions];
        let lists = self.heard.len() + self.fired.len();
        // An outcome takes about twice what its description does.
        let outcomes = 20 * self.results.len() + 2 * self.descriptions.size();
        let blanketed: usize = self.blanketed.iter().map(Vec::len).sum();
        let keyed = blanketed + 6 * self.rarely_blanketed.len() + 10 * self.uniform.len();
        sets.iter().map(|set| set.size()).sum::<usize>()
            + 12 * self.known.len()
            + lists
            + outcomes
            + keyed
            + self.tree.size()
    }
}
