//! UUIDs from content: the same rollup is always known by the same ones.

use sha2::{Digest, Sha256};
use std::fmt;
use std::io::{self, Write};

/// A UUID of the version for names, made with SHA-256 in place of SHA-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Uuid([u8; 16]);

impl Uuid {
    /// The UUID of what `write` writes.
    ///
    /// # Errors
    ///
    /// What `write` returns.
    pub(super) fn of_content(
        write: impl FnOnce(&mut Summing) -> io::Result<()>,
    ) -> io::Result<Self> {
        let mut summing = Summing(Sha256::new());
        write(&mut summing)?;
        Ok(Uuid::cut(summing.0))
    }

    /// The UUID of some names in their order.
    pub(super) fn of_names(kind: &str, names: &[&str]) -> Self {
        Uuid::cut(sum(kind, names))
    }

    /// The UUID of the part of this that is of a kind and has a place.
    pub(super) fn part(&self, kind: &str, place: &[usize]) -> Self {
        let mut sum = Sha256::new();
        sum.update(self.0);
        sum.update(kind);
        for number in place {
            sum.update(b"/");
            sum.update(number.to_string());
        }
        Uuid::cut(sum)
    }

    fn cut(sum: Sha256) -> Self {
        let mut bytes = [0; 16];
        for (byte, of_sum) in bytes.iter_mut().zip(sum.finalize()) {
            *byte = of_sum;
        }
        bytes[6] = bytes[6] & 0x0f | 0x50;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Uuid(bytes)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            if [4, 6, 8, 10].contains(&place) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// 16 hexadecimal digits that tell names apart, in their order.
pub(super) fn mark(kind: &str, names: &[&str]) -> String {
    let sum = sum(kind, names).finalize();
    sum.iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// Names with their lengths, so that no two lists run into the same text.
fn sum(kind: &str, names: &[&str]) -> Sha256 {
    let mut sum = Sha256::new();
    for name in [kind].iter().chain(names) {
        sum.update((name.len() as u64).to_le_bytes());
        sum.update(name);
    }
    sum
}

/// Takes the sum of what is written, and keeps nothing of it.
pub(super) struct Summing(Sha256);

impl Write for Summing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn well_formed(uuid: Uuid) -> bool {
        let text = uuid.to_string();
        let parts: Vec<&str> = text.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        let hex = |c: char| c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c);
        lengths == [8, 4, 4, 4, 12]
            && parts[2].starts_with('5')
            && parts[3].starts_with(['8', '9', 'a', 'b'])
            && text.chars().all(hex)
    }

    #[test]
    fn a_part_is_known_by_whole_kind_and_place() {
        let one = Uuid::of_names("x", &[]);
        let other = Uuid::of_names("y", &[]);
        let mut all = vec![one, other];
        for whole in [one, other] {
            for kind in ["finding", "observation"] {
                all.extend([vec![], vec![1], vec![11], vec![1, 1]].map(|p| whole.part(kind, &p)));
            }
        }
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 18);
    }

    proptest! {
        #[test]
        fn names_that_differ_differ_in_uuid_and_mark(
            one in prop::collection::vec(".{0,3}", 0..3),
            other in prop::collection::vec(".{0,3}", 0..3),
        ) {
            let names = |list: &[String]| -> (Uuid, String) {
                let list: Vec<&str> = list.iter().map(String::as_str).collect();
                (Uuid::of_names("k", &list), mark("k", &list))
            };
            let (a, b) = (names(&one), names(&other));
            prop_assert!(well_formed(a.0));
            prop_assert_eq!(a.1.len(), 16);
            prop_assert_eq!(one == other, a.0 == b.0);
            prop_assert_eq!(one == other, a.1 == b.1);
        }
    }
}
