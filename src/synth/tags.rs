//! The tags of a synthetic catalog and how often each occurs.

use super::names::tag_name;
use super::random::{Draws, Purpose, Seed};
use super::words::{DOMAINS, EXTERNAL_SOURCES};
use crate::tag::{CURATED, Tag};

/// Share of tags that come from another catalog.
const EXTERNAL: f64 = 0.15;
/// Share of a column's tags that are of its data source's own domain.
const OWN_DOMAIN: f64 = 0.75;

/// Numbers that get rarer the higher they are (Zipf's law, its head flattened).
#[derive(Debug)]
pub(super) struct Skewed {
    /// Sums of the weights up to each number.
    sums: Vec<u64>,
}

impl Skewed {
    pub(super) fn new(count: usize) -> Self {
        let sums = (0..count as u64).scan(0u64, |sum, number| {
            *sum += (1 << 32) / (number + 3);
            Some(*sum)
        });
        Skewed {
            sums: sums.collect(),
        }
    }

    /// A number below the count; `None` if that is 0.
    pub(super) fn draw(&self, draws: &mut Draws) -> Option<usize> {
        let point = draws.below(*self.sums.last()?);
        Some(self.sums.partition_point(|&sum| sum <= point))
    }
}

/// The recorded tags: number `n` is of domain `n % DOMAINS`, frequent ones first.
#[derive(Debug)]
pub(super) struct Recorded {
    tags: Vec<Tag>,
    all: Skewed,
    by_domain: Vec<Skewed>,
}

impl Recorded {
    pub(super) fn new(seed: u64, count: u32) -> Self {
        let seed = Seed::new(seed, Purpose::TagSources);
        let total = count as usize;
        Recorded {
            tags: (0..count)
                .map(|n| Tag::new(source(seed, n), tag_name(n)))
                .collect(),
            all: Skewed::new(total),
            by_domain: (0..DOMAINS)
                .map(|domain| Skewed::new(total.saturating_sub(domain).div_ceil(DOMAINS)))
                .collect(),
        }
    }

    pub(super) fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// A tag as a column of that domain bears it.
    pub(super) fn draw(&self, domain: usize, draws: &mut Draws) -> usize {
        let own = draws.chance(OWN_DOMAIN);
        own.then(|| self.draw_own(domain, draws))
            .flatten()
            .or_else(|| self.all.draw(draws))
            .unwrap_or(0)
    }

    /// A tag of that domain, if there is one.
    pub(super) fn draw_own(&self, domain: usize, draws: &mut Draws) -> Option<usize> {
        let rank = self.by_domain.get(domain)?.draw(draws)?;
        Some(rank * DOMAINS + domain)
    }

    /// One of the rarest tenth.
    pub(super) fn draw_rare(&self, draws: &mut Draws) -> usize {
        let tenth = self.tags.len().div_ceil(10);
        self.tags.len().saturating_sub(1 + draws.index(tenth))
    }
}

fn source(seed: Seed, n: u32) -> &'static str {
    let mut draws = seed.at(u64::from(n));
    match draws.chance(EXTERNAL) {
        true => EXTERNAL_SOURCES[draws.index(EXTERNAL_SOURCES.len())],
        false => CURATED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_numbers_are_drawn_most_and_all_are_in_range() {
        let skewed = Skewed::new(100);
        let mut draws = Seed::new(1, Purpose::Rules).at(0);
        let mut seen = [0u32; 100];
        for _ in 0..100_000 {
            seen[skewed.draw(&mut draws).unwrap()] += 1;
        }
        assert!(seen[0] > 4 * seen[20] && seen[20] > seen[90] && seen[99] > 0);
        assert_eq!(Skewed::new(0).draw(&mut draws), None);
    }

    #[test]
    fn few_tags_are_no_obstacle() {
        for count in 1..20 {
            let recorded = Recorded::new(1, count);
            let mut draws = Seed::new(1, Purpose::Rules).at(0);
            for domain in 0..DOMAINS {
                assert!(recorded.draw(domain, &mut draws) < count as usize);
                let own = recorded.draw_own(domain, &mut draws);
                assert!(own.is_none_or(|n| n % DOMAINS == domain && n < count as usize));
                assert!(recorded.draw_rare(&mut draws) < count as usize);
            }
        }
    }
}
