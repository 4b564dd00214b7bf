//! What stands in each row of a synthetic catalog, made from the row's number alone.

use super::frameworks::Rulebook;
use super::names::{ColumnNames, source_id};
use super::order::Permutation;
use super::random::{Draws, Purpose, Seed};
use super::tags::{Recorded, Skewed};
use super::words::{DOMAIN_TABLE_TAGS, DOMAINS, TABLE_TAGS};
use super::{Spec, SynthError};
use crate::tag::Tag;

/// Data sources whose sizes are settled together: within a block the sizes
/// vary, the sum does not, so any row is found without knowing other blocks.
const BLOCK: u64 = 64;
/// Blocks that are remembered when rows are scattered: 34 MB.
const BLOCKS: u64 = 1 << 16;
/// How much larger than the smallest a data source may be before rounding.
const LARGEST: f64 = 40.0;
/// Share of columns on which a classification tag is recorded already.
const CLASSIFIED: f64 = 0.02;
/// Share of data sources whose first table tag is their domain's.
const DOMAIN_TAGGED: f64 = 0.6;
/// Most positions of which a distinct tag set is made.
const MOST_DIGITS: usize = 64;

/// A catalog that is known but not made yet.
#[derive(Debug)]
pub(super) struct Catalog {
    pub(super) columns: u64,
    data_sources: u64,
    mean: u64,
    seed: u64,
    density: f64,
    /// Every tag a column may bear: recorded ones, then classification tags.
    tags: Vec<Tag>,
    table_tags: Vec<Tag>,
    recorded: Recorded,
    classification: Skewed,
    table_skew: Skewed,
    scattered: Option<Permutation>,
    distinct: Option<DistinctSets>,
}

/// A data source.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) number: u64,
    pub(super) id: String,
    /// Into [`Catalog::table_tags`], ascending.
    pub(super) table_tags: Vec<usize>,
    domain: usize,
    names: ColumnNames,
}

impl Catalog {
    pub(super) fn new(spec: &Spec) -> Result<Self, SynthError> {
        let columns = spec.columns()?;
        let recorded = Recorded::new(spec.seed, spec.tags);
        let rulebook = Rulebook::new(spec, &recorded);
        let distinct = match spec.distinct {
            true => Some(DistinctSets::new(spec, columns, &rulebook)?),
            false => None,
        };
        let mut tags = recorded.tags().to_vec();
        let given = rulebook.given_tags();
        let classification = Skewed::new(given.len());
        tags.extend(given);
        Ok(Catalog {
            columns,
            data_sources: spec.data_sources,
            mean: u64::from(spec.columns_per_source),
            seed: spec.seed,
            density: spec.density,
            tags,
            table_tags: TABLE_TAGS.iter().map(|name| Tag::curated(*name)).collect(),
            recorded,
            classification,
            table_skew: Skewed::new(TABLE_TAGS.len()),
            scattered: spec
                .scattered
                .then(|| Permutation::new(columns, Seed::new(spec.seed, Purpose::Order))),
            distinct,
        })
    }

    pub(super) fn data_sources(&self) -> u64 {
        self.data_sources
    }

    pub(super) fn tags(&self) -> &[Tag] {
        &self.tags
    }

    pub(super) fn table_tags(&self) -> &[Tag] {
        &self.table_tags
    }

    /// Which column of the catalog stands in row `row` of the file.
    fn column_at(&self, row: u64) -> u64 {
        match &self.scattered {
            Some(order) => order.at(row),
            None => row,
        }
    }

    pub(super) fn source(&self, number: u64) -> Source {
        let mut draws = Seed::new(self.seed, Purpose::Sources).at(number);
        let domain = draws.index(DOMAINS);
        let id = source_id(number, domain, draws.next());
        let names = ColumnNames::new(
            domain,
            Seed::new(self.seed, Purpose::ColumnNames).number(number),
        );
        Source {
            number,
            id,
            table_tags: self.draw_table_tags(domain, &mut draws),
            domain,
            names,
        }
    }

    fn draw_table_tags(&self, domain: usize, draws: &mut Draws) -> Vec<usize> {
        let mut tags = Vec::new();
        for nth in 0..draws.below(4) {
            let own = nth == 0 && draws.chance(DOMAIN_TAGGED);
            tags.extend(match own {
                true => Some(DOMAIN_TABLE_TAGS + domain),
                false => self.table_skew.draw(draws),
            });
        }
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    /// Puts into `tags` what column number `column` of the catalog bears.
    fn draw_column_tags(&self, column: u64, domain: usize, tags: &mut Vec<usize>) {
        tags.clear();
        if let Some(sets) = &self.distinct {
            return sets.set(column, tags);
        }
        let mut draws = Seed::new(self.seed, Purpose::ColumnTags).at(column);
        // As many tries as make the mean come out, with some spread.
        let tries = (self.density * 2.0).max(4.0) as u64;
        let share = self.density / tries as f64;
        for _ in 0..tries {
            if draws.chance(share) {
                tags.push(self.recorded.draw(domain, &mut draws));
            }
        }
        if draws.chance(CLASSIFIED) {
            let given = self.classification.draw(&mut draws);
            tags.extend(given.map(|n| self.recorded.tags().len() + n));
        }
        tags.sort_unstable();
        tags.dedup();
    }
}

/// Goes over the rows of a catalog and remembers where data sources begin.
#[derive(Debug)]
pub(super) struct Cursor {
    /// Block `n` is remembered at `n` modulo the length.
    blocks: Vec<Block>,
    source: Source,
    name: String,
    tags: Vec<usize>,
}

/// Data sources whose sizes are settled together.
#[derive(Debug, Clone, Default)]
struct Block {
    /// Number of the block that is remembered.
    number: Option<u64>,
    /// Where each data source begins, counted from the first one.
    begins: Vec<u64>,
}

/// One row.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) source: &'a Source,
    pub(super) name: &'a str,
    /// Into [`Catalog::tags`], ascending.
    pub(super) tags: &'a [usize],
}

impl Cursor {
    pub(super) fn new(catalog: &Catalog) -> Self {
        // In order, a block is done with before the next one begins.
        let blocks = match catalog.scattered {
            Some(_) => catalog.data_sources.div_ceil(BLOCK).clamp(1, BLOCKS),
            None => 1,
        };
        Cursor {
            blocks: vec![Block::default(); blocks as usize],
            source: catalog.source(0),
            name: String::new(),
            tags: Vec::new(),
        }
    }

    /// Row `row` of the catalog; rows are below [`Catalog::columns`].
    pub(super) fn row(&mut self, catalog: &Catalog, row: u64) -> Row<'_> {
        let column = catalog.column_at(row);
        let in_block = BLOCK * catalog.mean;
        let offset = column % in_block;
        let number = column / in_block;
        let slot = (number % self.blocks.len() as u64) as usize;
        let block = &mut self.blocks[slot];
        block.become_block(number, catalog);
        let after = block.begins.partition_point(|&begin| begin <= offset);
        let nth = after.saturating_sub(1);
        let begin = block.begins.get(nth).copied().unwrap_or(0);
        let number = number * BLOCK + nth as u64;
        if self.source.number != number {
            self.source = catalog.source(number);
        }
        self.name.clear();
        self.source.names.push(offset - begin, &mut self.name);
        catalog.draw_column_tags(column, self.source.domain, &mut self.tags);
        Row {
            source: &self.source,
            name: &self.name,
            tags: &self.tags,
        }
    }
}

impl Block {
    /// Settles sizes: each data source has one column at least, the rest is
    /// shared out by weights, a few of them large.
    fn become_block(&mut self, number: u64, catalog: &Catalog) {
        if self.number == Some(number) {
            return;
        }
        self.number = Some(number);
        let first = number * BLOCK;
        let sources = BLOCK.min(catalog.data_sources.saturating_sub(first));
        let to_share = sources * (catalog.mean - 1);
        self.begins.clear();
        let mut sum = 0;
        for source in first..first + sources {
            self.begins.push(sum);
            sum += weight(Seed::new(catalog.seed, Purpose::Sizes).at(source));
        }
        // Below 2^60: 64 sources of 32-bit means, 64 weights below 2^16.
        for (nth, begin) in (0..).zip(&mut self.begins) {
            *begin = nth + to_share * *begin / sum.max(1);
        }
    }
}

/// A Pareto weight. Square roots only: they come out alike on every machine.
fn weight(mut draws: Draws) -> u64 {
    let unit = draws.unit();
    let large = 1.0 / (unit * unit.sqrt()).sqrt();
    (large.min(LARGEST) * 1024.0) as u64
}

/// Sets of tags that differ for every column: the column's number, scrambled,
/// written with a digit alphabet of its own for each position.
#[derive(Debug)]
struct DistinctSets {
    scramble: Permutation,
    digits: usize,
    /// Size of each position's alphabet.
    base: usize,
    /// Numbers of the tags that are used.
    alphabet: Vec<usize>,
}

impl DistinctSets {
    fn new(spec: &Spec, columns: u64, rulebook: &Rulebook) -> Result<Self, SynthError> {
        let read = rulebook.recorded_criteria();
        let all = || (0..spec.tags as usize).collect::<Vec<_>>();
        let fitting =
            |alphabet: Vec<usize>| digits(alphabet.len(), columns).map(|digits| (digits, alphabet));
        let (digits, alphabet) =
            fitting(read)
                .or_else(|| fitting(all()))
                .ok_or(SynthError::NotDistinct {
                    tags: spec.tags,
                    columns,
                })?;
        Ok(DistinctSets {
            scramble: Permutation::new(columns, Seed::new(spec.seed, Purpose::DistinctSets)),
            digits,
            base: alphabet.len() / digits,
            alphabet,
        })
    }

    fn set(&self, column: u64, tags: &mut Vec<usize>) {
        let mut rest = self.scramble.at(column);
        for position in 0..self.digits {
            let digit = (rest % self.base as u64) as usize;
            rest /= self.base as u64;
            tags.extend(self.alphabet.get(position * self.base + digit));
        }
        tags.sort_unstable();
    }
}

/// How many positions it takes to give `columns` columns different sets.
fn digits(alphabet: usize, columns: u64) -> Option<usize> {
    (1..=MOST_DIGITS).find(|&digits| {
        let base = (alphabet / digits) as u128;
        let sets = (0..digits).try_fold(1u128, |sets, _| {
            (sets < u128::from(columns)).then(|| sets * base)
        });
        base > 0 && sets.is_none_or(|sets| sets >= u128::from(columns))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{HashMap, HashSet};

    fn spec() -> Spec {
        Spec {
            data_sources: 300,
            columns_per_source: 20,
            ..Spec::default()
        }
    }

    /// Per row: data source, column name, tags.
    fn rows(spec: &Spec) -> Vec<(String, String, Vec<usize>)> {
        let catalog = Catalog::new(spec).unwrap();
        let mut cursor = Cursor::new(&catalog);
        (0..catalog.columns)
            .map(|n| {
                let row = cursor.row(&catalog, n);
                (row.source.id.clone(), row.name.into(), row.tags.to_vec())
            })
            .collect()
    }

    #[test]
    fn sizes_vary_and_sum_up() {
        let mut sizes = HashMap::new();
        let rows = rows(&spec());
        for (source, _, _) in &rows {
            *sizes.entry(source).or_insert(0) += 1;
        }
        assert_eq!(rows.len(), 6_000);
        assert_eq!(sizes.len(), 300);
        let largest = sizes.values().max().unwrap();
        let small = sizes.values().filter(|&&size| size < 20).count();
        assert!((80..600).contains(largest), "{largest}");
        assert!(small > 180, "{small}");
    }

    #[test]
    fn a_column_stands_once_in_its_data_source() {
        let rows = rows(&spec());
        let names: HashSet<_> = rows.iter().map(|(s, c, _)| (s, c)).collect();
        assert_eq!(names.len(), rows.len());
    }

    #[test]
    fn scattered_is_the_same_in_another_order() {
        let plain = rows(&spec());
        let mut scattered = rows(&Spec {
            scattered: true,
            ..spec()
        });
        assert_ne!(plain, scattered);
        let changes = scattered.windows(2).filter(|w| w[0].0 != w[1].0).count();
        assert!(changes > 5_500, "{changes}");
        let mut plain = plain;
        plain.sort();
        scattered.sort();
        assert_eq!(plain, scattered);
    }

    #[test]
    fn density_is_the_mean_number_of_tags() {
        for density in [0.0, 0.5, 0.8, 3.0, 8.0] {
            let rows = rows(&Spec { density, ..spec() });
            let tags: usize = rows.iter().map(|(_, _, tags)| tags.len()).sum();
            let mean = tags as f64 / rows.len() as f64;
            // Tags drawn twice are missing, recorded classifications are extra.
            assert!(
                (mean - density).abs() < 0.1 + density * 0.2,
                "{density}: {mean}"
            );
        }
    }

    #[test]
    fn distinct_sets_are_distinct_even_for_rules() {
        let spec = Spec {
            distinct: true,
            ..spec()
        };
        let rows = rows(&spec);
        let sets: HashSet<_> = rows.iter().map(|(_, _, tags)| tags).collect();
        assert_eq!(sets.len(), rows.len());
        let recorded = Recorded::new(spec.seed, spec.tags);
        let read = Rulebook::new(&spec, &recorded).recorded_criteria();
        assert!(
            sets.iter()
                .all(|set| set.iter().all(|tag| read.contains(tag)))
        );
    }

    #[test]
    fn digits_suffice_and_never_overflow() {
        assert_eq!(digits(10, 10), Some(1));
        assert_eq!(digits(10, 11), Some(2));
        assert_eq!(digits(1000, 10_000_000), Some(3));
        assert_eq!(digits(1, 1), Some(1));
        assert_eq!(digits(1, 2), None);
        assert_eq!(digits(0, 1), None);
        assert_eq!(digits(10_000_000, i64::MAX as u64), Some(3));
    }
}
