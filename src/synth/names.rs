//! The names of tags, data sources and columns.

use super::words::{DOMAINS, Domain, PLATFORMS, QUALIFIERS, SHARED, SUFFIXES, VOCABULARY};

/// Words for the columns of one domain: its own and those that all share.
const WORDS: u64 = 50;

fn domain(domain: usize) -> &'static Domain {
    &VOCABULARY[domain % DOMAINS]
}

/// The name of tag number `n`; no two numbers have one name. Tag `n` is of
/// domain `n % DOMAINS`.
pub(super) fn tag_name(n: u32) -> String {
    let domain = domain(n as usize % DOMAINS);
    let rank = n as usize / DOMAINS;
    let leaf = domain.leaves[rank % 10];
    let category = domain.categories[(rank + rank / 10) % 4];
    let qualifier = QUALIFIERS[rank / 40 % 8];
    let name = format!("{}.{category}.{qualifier}{leaf}", domain.root);
    match rank / 320 {
        0 => name,
        more => format!("{name} {}", more + 1),
    }
}

/// The id of data source number `n`.
pub(super) fn source_id(n: u64, of: usize, chance: u64) -> String {
    let domain = domain(of);
    let platform = PLATFORMS[(chance % 5) as usize];
    let table = domain.tables[(chance / 5 % 6) as usize];
    format!("{platform}.{}.{table}_{n:06}", domain.schema)
}

/// The names of the columns of one data source.
#[derive(Debug, Clone, Copy)]
pub(super) struct ColumnNames {
    domain: usize,
    first: u64,
    step: u64,
    chance: u64,
}

impl ColumnNames {
    pub(super) fn new(domain: usize, chance: u64) -> Self {
        // Steps without a factor of 50, so that every word has its turn.
        const STEPS: [u64; 8] = [1, 3, 7, 9, 11, 13, 17, 19];
        ColumnNames {
            domain,
            first: chance % WORDS,
            step: STEPS[(chance >> 8) as usize % STEPS.len()],
            chance: chance >> 16,
        }
    }

    /// Appends the name of column `n`; no two columns have one name.
    pub(super) fn push(&self, n: u64, name: &mut String) {
        let word = (self.first + n % WORDS * self.step) % WORDS;
        let round = n / WORDS;
        let own = &domain(self.domain).columns;
        let text = match own.get(word as usize) {
            Some(own) => own,
            None => SHARED[word as usize - own.len()],
        };
        name.push_str(text);
        // Most names are plain, the others end in one of the suffixes.
        let chance = self.chance.wrapping_mul(2 * word + 1) >> 8 & 0xff;
        let first = if chance < 150 { 0 } else { chance % 16 };
        name.push_str(SUFFIXES[((first + round) % 16) as usize]);
        if round >= 16 {
            name.push('_');
            name.push_str(&(round / 16 + 1).to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn tag_names_are_unique_and_nested() {
        let names: HashSet<String> = (0..10_000).map(tag_name).collect();
        assert_eq!(names.len(), 10_000);
        assert!(names.iter().all(|name| name.split('.').count() == 3));
        assert_eq!(tag_name(0), "Personal.Contact.Email");
    }

    #[test]
    fn column_names_are_unique_within_a_source() {
        for chance in [0, 1, 12_345, u64::MAX, 0x1234_5678_9abc_def0] {
            for domain in 0..DOMAINS {
                let names = ColumnNames::new(domain, chance);
                let all: HashSet<String> = (0..3_000)
                    .map(|n| {
                        let mut name = String::new();
                        names.push(n, &mut name);
                        name
                    })
                    .collect();
                assert_eq!(all.len(), 3_000, "{domain} {chance}");
            }
        }
    }
}
