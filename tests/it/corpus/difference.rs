//! What differs between two results, for people.

use classmark::reference::Assignment;
use std::fmt::Write;

/// `None` when both are the same to the letter and in the same order.
pub(crate) fn difference(expected: &[Assignment], found: &[Assignment]) -> Option<String> {
    if expected == found {
        return None;
    }
    let mut text = String::new();
    for missing in expected.iter().filter(|a| !found.contains(a)) {
        let _ = writeln!(text, "  - {}", line(missing));
    }
    for extra in found.iter().filter(|a| !expected.contains(a)) {
        let _ = writeln!(text, "  + {}", line(extra));
    }
    if text.is_empty() {
        text.push_str("  the same rows in another order or number; expected, then found:\n");
        for (mark, rows) in [('-', expected), ('+', found)] {
            for row in rows {
                let _ = writeln!(text, "  {mark} {}", line(row));
            }
        }
    }
    Some(text)
}

fn line(assignment: &Assignment) -> String {
    format!(
        "{} / {}: {} is {} ({}in the catalog), sensitivity {}, rules {:?}",
        assignment.data_source,
        assignment.column,
        assignment.tag,
        assignment.state,
        if assignment.recorded { "" } else { "not " },
        assignment
            .sensitivity
            .map_or("none".to_owned(), |s| s.to_string()),
        assignment.rules,
    )
}

#[cfg(test)]
mod tests {
    use super::difference;
    use classmark::reference::Assignment;
    use classmark::tag::Tag;

    fn assignment(column: &str) -> Assignment {
        Assignment {
            data_source: "s".to_owned(),
            column: column.to_owned(),
            tag: Tag::curated("X"),
            sensitivity: Some(1),
            rules: vec!["f/r".to_owned()],
            state: "new",
            recorded: false,
        }
    }

    #[test]
    fn what_is_missing_and_what_is_too_much_is_named() {
        let text = difference(&[assignment("a")], &[assignment("b")]).unwrap();
        assert!(
            text.contains("- s / a: X is new (not in the catalog), sensitivity 1, rules [\"f/r\"]")
        );
        assert!(text.contains("+ s / b"));
    }

    #[test]
    fn order_and_number_count() {
        let (a, b) = (assignment("a"), assignment("b"));
        assert!(difference(&[a.clone(), b.clone()], &[a.clone(), b.clone()]).is_none());
        assert!(difference(&[a.clone(), b.clone()], &[b.clone(), a.clone()]).is_some());
        assert!(difference(&[a.clone(), a.clone()], std::slice::from_ref(&a)).is_some());
    }
}
