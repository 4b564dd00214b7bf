//! The least and the greatest value of a column chunk, as its statistics tell them.

use parquet::data_type::ByteArray;
use parquet::file::statistics::{Statistics, ValueStatistics};

/// Longer strings are cut in the statistics.
const LONGEST: usize = 64;

/// The least and the greatest of some strings, by their bytes.
#[derive(Debug, Default)]
pub(super) struct TextBounds(Option<(String, String)>);

impl TextBounds {
    pub(super) fn see(&mut self, text: &str) {
        match &mut self.0 {
            None => self.0 = Some((text.to_owned(), text.to_owned())),
            Some((least, _)) if text < least.as_str() => text.clone_into(least),
            Some((_, greatest)) if text > greatest.as_str() => text.clone_into(greatest),
            Some(_) => {}
        }
    }

    pub(super) fn statistics(self, nulls: u64) -> Statistics {
        let Some((least, greatest)) = self.0 else {
            let none = ValueStatistics::<ByteArray>::new(None, None, None, Some(nulls), false);
            return Statistics::ByteArray(none);
        };
        let (below, above) = (cut(&least), cut_above(&greatest));
        let exact = (below.len() == least.len(), above.is_none());
        let above = above.unwrap_or(greatest);
        Statistics::ByteArray(
            ValueStatistics::new(
                Some(ByteArray::from(below)),
                Some(ByteArray::from(above.into_bytes())),
                None,
                Some(nulls),
                false,
            )
            .with_min_is_exact(exact.0)
            .with_max_is_exact(exact.1),
        )
    }
}

/// The longest beginning that is not too long.
fn cut(text: &str) -> &str {
    let ends = (0..=LONGEST.min(text.len())).rev();
    let end = ends.into_iter().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// A short string above a long one: its beginning, the last character that
/// allows it made one greater. `None` where the string is short or no
/// character allows it: then it stands as it is.
fn cut_above(text: &str) -> Option<String> {
    let cut = cut(text);
    if cut.len() == text.len() {
        return None;
    }
    cut.char_indices().rev().find_map(|(start, last)| {
        let next = char::from_u32(u32::from(last) + 1)?;
        (next.len_utf8() == last.len_utf8()).then(|| format!("{}{next}", &cut[..start]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(texts: &[&str]) -> (String, bool, String, bool) {
        let mut bounds = TextBounds::default();
        texts.iter().for_each(|text| bounds.see(text));
        let Statistics::ByteArray(found) = bounds.statistics(0) else {
            unreachable!()
        };
        let text = |bytes: Option<&ByteArray>| bytes.unwrap().as_utf8().unwrap().to_owned();
        let exact = (found.min_is_exact(), found.max_is_exact());
        (
            text(found.min_opt()),
            exact.0,
            text(found.max_opt()),
            exact.1,
        )
    }

    #[test]
    fn short_strings_stand_as_they_are() {
        let found = told(&["b", "", "ä"]);
        assert_eq!(found, (String::new(), true, "ä".into(), true));
    }

    #[test]
    fn long_strings_are_cut_below_and_above() {
        let long = format!("{}é", "z".repeat(63));
        let found = told(&[&long]);
        assert_eq!(found.0, "z".repeat(63));
        assert_eq!(found.2, format!("{}{{", "z".repeat(62)));
        assert_eq!((found.1, found.3), (false, false));
        assert!(found.0 < long && found.2 > long);
    }

    #[test]
    fn where_nothing_is_above_the_string_stands() {
        let highest = "\u{10ffff}".repeat(20);
        let found = told(&[&highest]);
        assert_eq!((found.2.len(), found.3), (80, true));
        assert_eq!((found.0.len(), found.1), (64, false));
    }

    #[test]
    fn no_string_no_bound() {
        let Statistics::ByteArray(found) = TextBounds::default().statistics(7) else {
            unreachable!()
        };
        assert_eq!((found.min_opt(), found.null_count_opt()), (None, Some(7)));
    }
}
