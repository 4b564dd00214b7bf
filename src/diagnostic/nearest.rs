//! "Did you mean …": the accepted name that is nearest to what was written.

/// Longer names are not compared: nobody mistypes them.
const LONGEST: usize = 120;

/// Finds near names until its allowance of work is spent, so that a document
/// of nothing but faults is not read in quadratic time.
#[derive(Debug)]
pub(crate) struct Nearest {
    steps: usize,
}

impl Nearest {
    pub(crate) fn new() -> Self {
        Nearest { steps: 50_000_000 }
    }

    /// The candidate with the fewest slips between it and `written`, if they
    /// are few for its length.
    pub(crate) fn find<'c>(
        &mut self,
        written: &str,
        candidates: impl IntoIterator<Item = &'c str>,
    ) -> Option<&'c str> {
        if written.len() > LONGEST {
            return None;
        }
        let written = written.to_lowercase();
        let mut best: Option<(usize, &str)> = None;
        for candidate in candidates {
            let slips = (written.len().max(candidate.len()) / 3).max(1);
            if candidate.len() > LONGEST || written.len().abs_diff(candidate.len()) > 2 * slips {
                // Looking at a candidate is work, too.
                self.steps = self.steps.checked_sub(10)?;
                continue;
            }
            let work = 100 + written.len() * candidate.len();
            self.steps = self.steps.checked_sub(work)?;
            let distance = strsim::osa_distance(&written, &candidate.to_lowercase());
            if distance <= slips && best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, candidate));
            }
        }
        best.map(|(_, candidate)| candidate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(written: &str) -> Option<&'static str> {
        Nearest::new().find(
            written,
            ["name", "columnTags", "tableTags", "neighborColumnTags"],
        )
    }

    #[test]
    fn slips_are_forgiven_and_strangers_are_not() {
        assert_eq!(find("columTags"), Some("columnTags"));
        assert_eq!(find("column_tags"), Some("columnTags"));
        assert_eq!(find("nmae"), Some("name"));
        assert_eq!(find("NAME"), Some("name"));
        assert_eq!(find("colour"), None);
        assert_eq!(find(""), None);
        assert_eq!(find(&"name".repeat(100)), None);
    }

    #[test]
    fn the_work_ends() {
        let mut nearest = Nearest::new();
        let many = vec!["abcdefgh"; 1000];
        let found =
            (0..10_000).filter(|_| nearest.find("abcdefgx", many.iter().copied()).is_some());
        let found = found.count();
        assert!(found > 10 && found < 1000, "{found}");
    }
}
