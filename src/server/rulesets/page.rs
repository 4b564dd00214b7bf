//! One page of a list.

use crate::server::answer::Refusal;
use crate::server::call::Call;
use crate::server::openapi::Parameter;
use serde_json::json;

const OFFSET: &str = "page[offset]";
const LIMIT: &str = "page[limit]";

/// The most that a page holds. A longer one is refused and never cut short: clients
/// take a short page for the last one.
const MOST: u64 = 1_000;

/// Bytes of the texts of a page of more than one entry.
const MOST_BYTES: u64 = 64 << 20;

/// A stretch of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) offset: u32,
    pub(super) limit: u32,
}

impl Page {
    /// The one that is asked for; else the first hundred.
    ///
    /// # Errors
    ///
    /// 400 if it is none.
    pub(super) fn of(call: &Call) -> Result<Self, Refusal> {
        Page::read(call.asked(OFFSET)?, call.asked(LIMIT)?)
    }

    fn read(offset: Option<String>, limit: Option<String>) -> Result<Self, Refusal> {
        let offset = whole(OFFSET, offset.as_deref().unwrap_or("0"), i64::MAX as u64)?;
        let limit = whole(LIMIT, limit.as_deref().unwrap_or("100"), MOST)?;
        let clamped = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Page {
            // No list is as long as that.
            offset: clamped(offset),
            limit: clamped(limit),
        })
    }

    /// Refuses a page of several entries whose texts have more bytes than an answer may.
    ///
    /// # Errors
    ///
    /// 400.
    pub(super) fn check_size(&self, bytes: u64) -> Result<(), Refusal> {
        if self.limit <= 1 || bytes <= MOST_BYTES {
            return Ok(());
        }
        let message = format!(
            "this page would have {bytes} bytes of texts, the limit is {MOST_BYTES}: ask for \
             fewer entries with a smaller `{LIMIT}`"
        );
        Err(Refusal::bad(message).in_query(LIMIT))
    }

    /// What the query may say.
    pub(super) fn parameters() -> [Parameter; 2] {
        let offset = json!({"type": "integer", "format": "int64", "minimum": 0,
            "maximum": i64::MAX, "default": 0});
        let limit = json!({"type": "integer", "format": "int64", "minimum": 0,
            "maximum": MOST, "default": 100});
        [
            Parameter::query(OFFSET, "How many to pass over.", offset),
            Parameter::query(LIMIT, "How many to show at most.", limit),
        ]
    }
}

fn whole(name: &str, text: &str, most: u64) -> Result<u64, Refusal> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| digits && *number <= most);
    number.ok_or_else(|| {
        let message = format!("`{name}` must be a whole number up to {most}");
        Refusal::bad(message).in_query(name)
    })
}

#[cfg(test)]
mod tests {
    use super::Page;

    fn read(offset: &str, limit: &str) -> Option<(u32, u32)> {
        let page = Page::read(Some(offset.into()), Some(limit.into())).ok()?;
        Some((page.offset, page.limit))
    }

    #[test]
    fn pages_are_whole_numbers_in_range() {
        let first = Page::read(None, None).unwrap();
        assert_eq!((first.offset, first.limit), (0, 100));
        assert_eq!(read("7", "1000"), Some((7, 1000)));
        assert_eq!(read("007", "0"), Some((7, 0)));
        assert_eq!(read("9223372036854775807", "1"), Some((u32::MAX, 1)));
        for wrong in [
            "",
            " 1",
            "-1",
            "+1",
            "1.0",
            "1e2",
            "x",
            "٣",
            "9223372036854775808",
        ] {
            assert_eq!(read(wrong, "1"), None, "{wrong}");
            assert_eq!(read("1", wrong), None, "{wrong}");
        }
        assert_eq!(read("0", "1001"), None);
    }
}
