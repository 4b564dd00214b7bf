//! Chance that is looked up, not drawn: number `n` of a seed is always the same.

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Scrambles 64 bits so that neighbours have nothing in common (splitmix64's
/// finisher).
fn scramble(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What a seed is used for; each use has numbers of its own.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Sizes,
    Sources,
    ColumnNames,
    ColumnTags,
    TagSources,
    Order,
    DistinctSets,
    Rules,
    Sensitivities,
}

/// A family of random numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seed(u64);

impl Seed {
    pub(super) fn new(seed: u64, purpose: Purpose) -> Self {
        Seed(scramble(seed ^ scramble(purpose as u64 + 1)))
    }

    /// The sequence that belongs to `n`.
    pub(super) fn at(self, n: u64) -> Draws {
        Draws(scramble(self.0.wrapping_add(n.wrapping_mul(STEP))))
    }

    /// One number that belongs to `n`.
    pub(super) fn number(self, n: u64) -> u64 {
        self.at(n).next()
    }
}

/// A sequence of random numbers.
#[derive(Debug, Clone)]
pub(super) struct Draws(u64);

impl Draws {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        scramble(self.0)
    }

    /// A number below `n`; 0 if `n` is 0.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// An index below `n`; 0 if `n` is 0.
    pub(super) fn index(&mut self, n: usize) -> usize {
        self.below(n as u64) as usize
    }

    /// A number above 0, at most 1.
    pub(super) fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    /// True in a share `p` of all cases.
    pub(super) fn chance(&mut self, p: f64) -> bool {
        self.unit() <= p
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_fixed_for_all_time() {
        // Published first outputs of splitmix64 for the state 0.
        let mut draws = Draws(0);
        assert_eq!(draws.next(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(draws.next(), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn draws_stay_in_range_and_reach_it() {
        let mut draws = Seed::new(7, Purpose::Sizes).at(0);
        let mut seen = [0; 10];
        for _ in 0..10_000 {
            seen[draws.index(10)] += 1;
            let unit = draws.unit();
            assert!(unit > 0.0 && unit <= 1.0);
        }
        assert!(seen.iter().all(|&count| (800..1200).contains(&count)));
        assert_eq!(draws.below(0), 0);
        assert!(!draws.chance(0.0));
        assert!(draws.chance(1.0));
    }
}
