//! Names → parts of a rule id.

/// Lower case, and each run of characters outside `a-z0-9` one `-`.
///
/// ```
/// use classmark::framework::slug;
/// assert_eq!(slug("HR Rule 1"), "hr-rule-1");
/// assert_eq!(slug("(GDPR) Größe"), "-gdpr-gr-e");
/// ```
pub fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug
}

/// The id of a rule that has none of its own.
pub(super) fn default_id(short_name: &str, rule: &str) -> String {
    format!("{}/{}", slug(short_name), slug(rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_example() {
        let id = default_id("HR Information", "HR Rule 1");
        assert_eq!(id, "hr-information/hr-rule-1");
    }

    #[test]
    fn edges_are_kept() {
        assert_eq!(slug("--a__B--"), "-a-b-");
        assert_eq!(slug("é"), "-");
        assert_eq!(slug(""), "");
    }
}
