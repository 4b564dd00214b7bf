//! The numbers below `n` in another order, each found alone.

use super::random::Seed;

const ROUNDS: u64 = 4;

/// A seeded permutation of the numbers below a limit, without a table: a small
/// Feistel network over the next even power of two, walked until it lands
/// below the limit.
#[derive(Debug, Clone)]
pub(super) struct Permutation {
    limit: u64,
    half: u32,
    seed: Seed,
}

impl Permutation {
    /// A permutation of the numbers below `limit`, which is at most 2^62.
    pub(super) fn new(limit: u64, seed: Seed) -> Self {
        let bits = u64::BITS - limit.saturating_sub(1).leading_zeros();
        Permutation {
            limit,
            half: bits.div_ceil(2).max(1),
            seed,
        }
    }

    /// What stands at `position`; positions from the limit on stand for themselves.
    pub(super) fn at(&self, position: u64) -> u64 {
        if position >= self.limit {
            return position;
        }
        // Ends: the walk goes round a cycle that holds `position` itself.
        let mut number = self.shuffle(position);
        while number >= self.limit {
            number = self.shuffle(number);
        }
        number
    }

    fn shuffle(&self, number: u64) -> u64 {
        let mask = (1u64 << self.half) - 1;
        let (mut left, mut right) = (number >> self.half, number & mask);
        for round in 0..ROUNDS {
            let mixed = self.seed.number((round << 48) ^ right) & mask;
            (left, right) = (right, left ^ mixed);
        }
        (left << self.half) | right
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::Purpose;
    use super::*;

    #[test]
    fn every_number_stands_once() {
        for limit in [0, 1, 2, 3, 5, 16, 17, 1000, 4096, 4097] {
            let order = Permutation::new(limit, Seed::new(3, Purpose::Order));
            let mut all: Vec<u64> = (0..limit).map(|i| order.at(i)).collect();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..limit), "{limit}");
        }
    }

    #[test]
    fn neighbours_are_torn_apart() {
        let limit = 100_000;
        let order = Permutation::new(limit, Seed::new(3, Purpose::Order));
        let near = (1..limit)
            .filter(|&i| order.at(i).abs_diff(order.at(i - 1)) < 100)
            .count();
        assert!(near < 1_000, "{near}");
    }

    #[test]
    fn the_largest_limit_works() {
        let order = Permutation::new(1 << 62, Seed::new(3, Purpose::Order));
        assert!(order.at((1 << 62) - 1) < 1 << 62);
    }
}
