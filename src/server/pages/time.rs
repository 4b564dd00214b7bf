//! Times as people read them.

use crate::output::rollup::report::escaped::Name;
use crate::server::clock::rfc3339;
use crate::store::Stamp;
use std::fmt;

/// `2026-11-21 20:54 UTC`, without more.
pub(super) fn minute(at: i64) -> String {
    let exact = rfc3339(at);
    let (day, rest) = exact.split_once('T').unwrap_or((&exact, ""));
    format!("{day} {} UTC", rest.get(..5).unwrap_or(rest))
}

/// Milliseconds since 1970 as `2026-11-21 20:54 UTC`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time(pub(super) i64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (exact, minute) = (rfc3339(self.0), minute(self.0));
        write!(f, "<time datetime=\"{exact}\">{minute}</time>")
    }
}

/// `2026-11-21 20:54 UTC by ada`.
#[derive(Debug, Clone, Copy)]
pub(super) struct WhenAndWho<'s>(pub(super) &'s Stamp);

impl fmt::Display for WhenAndWho<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stamp { at, by } = self.0;
        write!(f, "{} by {}", Time(*at), Name(&by.name))
    }
}

#[cfg(test)]
mod tests {
    use super::WhenAndWho;
    use crate::store::Stamp;

    #[test]
    fn times_are_to_the_minute_and_names_are_names() {
        let told = WhenAndWho(&Stamp::new(1_697_732_079_109, 7, "a<b")).to_string();
        let time = "<time datetime=\"2023-10-19T16:14:39.109Z\">2023-10-19 16:14 UTC</time>";
        assert_eq!(told, format!("{time} by <bdi>a&lt;b</bdi>"));
    }
}
