//! A rule as a sentence.
//!
//! "A column gets **PII.Email** if it has the tag **Email** and some column of its
//! data source has **Name**." The words are chosen so that they say what a rule
//! means and no more: several tags of neighbours may be on several columns, and a
//! rule that asks nothing of the column puts its tag on every one.

use crate::framework::Rule;
use crate::output::rollup::report::escaped::Name;
use crate::tag::{CURATED, Tag};
use std::fmt;

/// A rule as a sentence, with its tags set apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sentence<'r>(pub(super) &'r Rule);

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.0;
        let every = rule.column_tags.is_empty();
        let mut clauses = Vec::new();
        if let Some(tags) = listed(&rule.column_tags) {
            clauses.push(format!("it {} {tags}", has(&rule.column_tags, true)));
        }
        if !rule.neighbor_column_tags.is_empty() {
            clauses.push(neighbours(
                &rule.neighbor_column_tags,
                clauses.is_empty(),
                every,
            ));
        }
        if let Some(tags) = listed(&rule.table_tags) {
            let has = has(&rule.table_tags, clauses.is_empty());
            let whose = if every { "the" } else { "its" };
            clauses.push(format!("{whose} data source {has} {tags}"));
        }
        let who = if every {
            "Every column of a data source"
        } else {
            "A column"
        };
        let tag = Marked(&rule.classification_tag);
        // Where a part has an `and` of its own, a comma shows where it ends.
        let lists = [
            &rule.column_tags,
            &rule.neighbor_column_tags,
            &rule.table_tags,
        ];
        let and = match lists.iter().any(|tags| tags.len() > 1) {
            true => ", and ",
            false => " and ",
        };
        write!(f, "{who} gets {tag} if {}.", clauses.join(and))
    }
}

/// "has the tag", "has the tags", or "has" where that has been said.
fn has(tags: &[Tag], first: bool) -> &'static str {
    match (first, tags.len()) {
        (false, _) => "has",
        (true, 1) => "has the tag",
        (true, _) => "has the tags",
    }
}

/// Each may be on another column, or on the same: so each is said for itself.
fn neighbours(tags: &[Tag], first: bool, every: bool) -> String {
    let parts = tags.iter().enumerate().map(|(at, tag)| {
        let column = match (at, every) {
            (0, false) => "some column of its data source",
            _ => "some column",
        };
        let has = if first && at == 0 {
            "has the tag"
        } else {
            "has"
        };
        format!("{column} {has} {}", Marked(tag))
    });
    joined(&parts.collect::<Vec<_>>()).unwrap_or_default()
}

/// `A`, `A and B`, `A, B and C`; none of nothing.
fn listed(tags: &[Tag]) -> Option<String> {
    let tags: Vec<String> = tags.iter().map(|tag| Marked(tag).to_string()).collect();
    joined(&tags)
}

fn joined(parts: &[String]) -> Option<String> {
    let (last, before) = parts.split_last()?;
    Some(match before {
        [] => last.clone(),
        _ => format!("{} and {last}", before.join(", ")),
    })
}

/// A tag that stands out, with where it comes from unless that is here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marked<'t>(pub(super) &'t Tag);

impl fmt::Display for Marked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tag { name, source } = self.0;
        write!(f, "<strong>{}</strong>", Name(name))?;
        match source == CURATED {
            true => Ok(()),
            false => write!(f, " (from {})", Name(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Sentence;
    use crate::framework::Rule;
    use crate::tag::Tag;

    /// Tags as `Name` or `source:Name`.
    fn tags(names: &[&str]) -> Vec<Tag> {
        let tag = |name: &&str| match name.split_once(':') {
            Some((source, name)) => Tag::new(source, name),
            None => Tag::curated(*name),
        };
        names.iter().map(tag).collect()
    }

    fn said(tag: &str, column: &[&str], neighbours: &[&str], table: &[&str]) -> String {
        let rule = Rule {
            id: "a/b".into(),
            has_own_id: false,
            name: "b".into(),
            classification_tag: tags(&[tag]).remove(0),
            column_tags: tags(column),
            neighbor_column_tags: tags(neighbours),
            table_tags: tags(table),
            origin: None,
        };
        let text = Sentence(&rule).to_string();
        let text = text
            .replace("<strong><bdi>", "*")
            .replace("</bdi></strong>", "*");
        text.replace("<bdi>", "").replace("</bdi>", "")
    }

    #[test]
    fn one_criterion() {
        assert_eq!(
            said("PII.Email", &["Email"], &[], &[]),
            "A column gets *PII.Email* if it has the tag *Email*."
        );
        assert_eq!(
            said("PII", &[], &["Name"], &[]),
            "Every column of a data source gets *PII* if some column has the tag *Name*."
        );
        assert_eq!(
            said("PII", &[], &[], &["Customer"]),
            "Every column of a data source gets *PII* if the data source has the tag *Customer*."
        );
    }

    #[test]
    fn all_three_kinds() {
        assert_eq!(
            said("PII.Email", &["Email"], &["Name"], &["Customer"]),
            "A column gets *PII.Email* if it has the tag *Email* and some column of its data \
             source has *Name* and its data source has *Customer*."
        );
        assert_eq!(
            said("X", &[], &["Name"], &["Customer"]),
            "Every column of a data source gets *X* if some column has the tag *Name* and the \
             data source has *Customer*."
        );
        assert_eq!(
            said("X", &["A"], &[], &["B"]),
            "A column gets *X* if it has the tag *A* and its data source has *B*."
        );
    }

    #[test]
    fn several_of_a_kind() {
        assert_eq!(
            said("X", &["A", "B", "C"], &[], &[]),
            "A column gets *X* if it has the tags *A*, *B* and *C*."
        );
        assert_eq!(
            said("X", &["A", "B"], &["C", "D", "E"], &["F", "G"]),
            "A column gets *X* if it has the tags *A* and *B*, and some column of its data \
             source has *C*, some column has *D* and some column has *E*, and its data source \
             has *F* and *G*."
        );
        assert_eq!(
            said("X", &[], &["A", "B"], &[]),
            "Every column of a data source gets *X* if some column has the tag *A* and some \
             column has *B*."
        );
        assert_eq!(
            said("X", &[], &[], &["A", "B"]),
            "Every column of a data source gets *X* if the data source has the tags *A* and *B*."
        );
    }

    #[test]
    fn names_are_whole_and_sources_are_told_unless_they_are_our_own() {
        assert_eq!(
            said(
                "Kind.Contact.Mail",
                &["collibra:Customer Email"],
                &["curated:A\\.b.C"],
                &[]
            ),
            "A column gets *Kind.Contact.Mail* if it has the tag *Customer Email* (from \
             collibra) and some column of its data source has *A\\.b.C*."
        );
    }

    #[test]
    fn names_are_only_names() {
        let text = said("<script>", &["a\u{202e}b"], &[], &["</strong>"]);
        assert!(
            text.contains("&lt;script&gt;") && text.contains(r"a\u{202e}b"),
            "{text}"
        );
        assert!(
            !text.contains("</strong>") && !text.contains('\u{202e}'),
            "{text}"
        );
    }
}
