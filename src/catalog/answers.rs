//! What the tags of a dictionary come to, looked up once.

use super::lexicon::Lexicon;
use ahash::RandomState;
use std::collections::HashMap;

const UNKNOWN: u32 = u32::MAX;
const NO_SOURCE: u32 = u32::MAX;

/// (name's place, source's place) → the set that the tag makes true. 0 is "no
/// rule could notice".
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Per name: a source, and the answer for both: nearly all names come with one source.
    usual: Vec<(u32, u32)>,
    /// The answers for all other pairs.
    others: HashMap<(u32, u32), u32, RandomState>,
    /// The lexicon's epoch in which the answers were given.
    epoch: u64,
}

impl Answers {
    /// No answer yet, over so many names.
    pub(super) fn over(names: usize) -> Self {
        Answers {
            usual: vec![(NO_SOURCE, UNKNOWN); names],
            ..Answers::default()
        }
    }

    /// Forgets answers that the lexicon has forgotten; whether it has.
    pub(super) fn refresh(&mut self, lexicon: &Lexicon) -> bool {
        if self.epoch == lexicon.epoch() {
            return false;
        }
        self.epoch = lexicon.epoch();
        self.usual.fill((NO_SOURCE, UNKNOWN));
        self.others.clear();
        true
    }

    /// The answer for a name with the source that it comes with as a rule.
    #[inline]
    pub(super) fn usual(&self, name: u32, source: Option<u32>) -> Option<u32> {
        let (usual, answer) = *self.usual.get(name as usize)?;
        (usual == source.unwrap_or(NO_SOURCE) && answer != UNKNOWN).then_some(answer)
    }

    /// The answer for a name and a source, asked for when it is not known.
    pub(super) fn of(
        &mut self,
        name: u32,
        source: Option<u32>,
        mut look_up: impl FnMut() -> u32,
    ) -> u32 {
        let source = source.unwrap_or(NO_SOURCE);
        let Some(usual) = self.usual.get_mut(name as usize) else {
            return *self
                .others
                .entry((name, source))
                .or_insert_with(&mut look_up);
        };
        if usual.1 == UNKNOWN {
            *usual = (source, look_up());
        }
        match usual.0 == source {
            true => usual.1,
            false => *self
                .others
                .entry((name, source))
                .or_insert_with(&mut look_up),
        }
    }
}
