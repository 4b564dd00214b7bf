//! `ruleset/rule`: how a rule is named from outside of its ruleset.
//!
//! Names may hold a `/` themselves: there it is written `%2F`, and `%` is written `%25`,
//! so that no two rules have one reference. Names without either stand as they are.

/// The reference of a rule: `ruleset/rule`, where `/` in a name is written `%2F` and `%` is
/// written `%25`.
///
/// ```
/// use classmark::store::rule_reference;
///
/// assert_eq!(rule_reference("python", "no-eval"), "python/no-eval");
/// assert_ne!(rule_reference("a/b", "c"), rule_reference("a", "b/c"));
/// ```
pub fn rule_reference(ruleset: &str, rule: &str) -> String {
    let escaped = |name: &str| name.replace('%', "%25").replace('/', "%2F");
    format!("{}/{}", escaped(ruleset), escaped(rule))
}

/// Ruleset and rule of a reference; `None` unless it has exactly one `/`. A `%` that
/// begins no code stands for itself.
pub(super) fn named(reference: &str) -> Option<(String, String)> {
    let (ruleset, rule) = reference.split_once('/')?;
    let plain = |name: &str| {
        let name = name.replace("%2F", "/").replace("%2f", "/");
        name.replace("%25", "%")
    };
    (!rule.contains('/')).then(|| (plain(ruleset), plain(rule)))
}

#[cfg(test)]
mod tests {
    use super::{named, rule_reference};
    use proptest::prelude::*;

    #[test]
    fn a_slash_in_a_name_is_told_from_the_one_between_names() {
        assert_eq!(rule_reference("python", "no-eval"), "python/no-eval");
        assert_eq!(rule_reference("a/b", "c"), "a%2Fb/c");
        assert_eq!(rule_reference("a", "b/c"), "a/b%2Fc");
        assert_eq!(rule_reference("a%2Fb", "c"), "a%252Fb/c");
        assert_eq!(named("a/b/c"), None);
        assert_eq!(named("a"), None);
        assert_eq!(named("50%/x"), Some(("50%".into(), "x".into())));
    }

    proptest! {
        #[test]
        fn a_reference_names_its_rule(
            ruleset in "(/|%|2|5|F|f|é|.){0,6}",
            rule in "(/|%|2|5|F|f|é|.){0,6}",
        ) {
            prop_assert_eq!(named(&rule_reference(&ruleset, &rule)), Some((ruleset, rule)));
        }
    }
}
