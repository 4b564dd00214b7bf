//! Names in lists: a list stays small whatever is stored.

use crate::output::rollup::report::escaped::Name;
use std::fmt;

/// Characters of a name in a list.
const MOST: usize = 120;

/// A name in a list: a long one is cut, and its own page shows all of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Brief<'a>(pub(super) &'a str);

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cut = self.0.char_indices().nth(MOST);
        match cut.and_then(|(at, _)| self.0.get(..at)) {
            None => Name(self.0).fmt(f),
            Some(start) => Name(&format!("{start}…")).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Brief, MOST};

    #[test]
    fn long_names_are_cut_between_characters() {
        let short = "é".repeat(MOST);
        assert_eq!(Brief(&short).to_string(), format!("<bdi>{short}</bdi>"));
        let long = "é".repeat(MOST + 1);
        assert_eq!(Brief(&long).to_string(), format!("<bdi>{short}…</bdi>"));
    }
}
