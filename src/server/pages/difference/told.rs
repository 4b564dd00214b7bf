//! Differences, told.

use super::compared::{Difference, Parts};
use crate::framework::{DeclaredTag, Rule};
use crate::output::rollup::report::escaped::{Name, Prose};
use crate::output::rollup::report::numbers::{Grouped, counted, length};
use crate::output::rollup::report::words::level_name;
use crate::server::pages::markup::Markup;
use crate::server::pages::sentence::{Marked, Sentence};
use crate::tag::Tag;

/// Entries of a list; more are counted.
const MOST: usize = 200;

/// All of a difference.
pub(super) fn write(main: &mut Markup, difference: &Difference<'_>) {
    write!(main, "<section>\n<h2>What changed</h2>\n");
    if difference.is_empty() {
        write!(
            main,
            "<p>Nothing that a reader or a rule would notice.</p>\n</section>\n"
        );
        return;
    }
    writeln!(main, "<p>{}.</p>", summary(difference));
    write_active(main, difference.active);
    write_texts(main, &difference.texts);
    writeln!(main, "</section>");
    write_rules(main, &difference.rules);
    write_tags(main, &difference.tags);
}

/// `2 rules added, 1 tag changed`, without what did not change.
pub(super) fn summary(difference: &Difference<'_>) -> String {
    let mut parts = Vec::new();
    match difference.active {
        Some(true) => parts.push("switched on".to_owned()),
        Some(false) => parts.push("switched off".to_owned()),
        None => {}
    }
    counts(&mut parts, &difference.rules, ("rule", "rules"));
    counts(&mut parts, &difference.tags, ("tag", "tags"));
    for (what, _, _) in &difference.texts {
        parts.push(format!("{} changed", what.to_lowercase()));
    }
    let text = parts.join(", ");
    let mut letters = text.chars();
    match letters.next() {
        None => "Nothing changed".into(),
        Some(first) => first.to_uppercase().chain(letters).collect(),
    }
}

fn counts<T>(
    to: &mut Vec<String>,
    parts: &Parts<'_, T>,
    (one, many): (&'static str, &'static str),
) {
    let kinds = [
        (parts.added.len(), "added"),
        (parts.removed.len(), "removed"),
        (parts.changed.len(), "changed"),
    ];
    for (count, what) in kinds.into_iter().filter(|(count, _)| *count > 0) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        to.push(format!("{} {what}", counted(count, one, many)));
    }
    if parts.moved {
        to.push(format!("{many} in another order"));
    }
}

fn write_active(main: &mut Markup, active: Option<bool>) {
    let text = match active {
        None => return,
        Some(true) => "The framework was switched on: its rules are evaluated.",
        Some(false) => "The framework was switched off: its rules are no longer evaluated.",
    };
    writeln!(main, "<p>{text}</p>");
}

fn write_texts(main: &mut Markup, texts: &[(&'static str, &str, &str)]) {
    if texts.is_empty() {
        return;
    }
    writeln!(main, "<dl class=\"facts\">");
    for (what, before, after) in texts {
        write!(main, "<div><dt>{what}</dt><dd class=\"prose\">");
        write_before_and_after(main, &Prose(before).to_string(), &Prose(after).to_string());
        writeln!(main, "</dd></div>");
    }
    writeln!(main, "</dl>");
}

/// Markup of both; nothing is said of one that is empty.
fn write_before_and_after(main: &mut Markup, before: &str, after: &str) {
    if !before.is_empty() {
        write!(main, "<del dir=\"auto\">{before}</del>");
    }
    if !after.is_empty() {
        write!(main, "<ins dir=\"auto\">{after}</ins>");
    }
}

fn write_rules(main: &mut Markup, rules: &Parts<'_, Rule>) {
    if rules.is_empty() {
        return;
    }
    write!(main, "<section>\n<h2>Rules</h2>\n");
    if rules.moved {
        writeln!(
            main,
            "<p>The rules stand in another order, which means nothing for what they find.</p>"
        );
    }
    write_each(main, "Changed", &rules.changed, |main, (old, new)| {
        write_changed(main, old, new)
    });
    write_each(main, "Added", &rules.added, |main, rule| {
        write_rule(main, rule);
        writeln!(main, "<p><ins>{}</ins></p>", Sentence(rule));
    });
    write_each(main, "Removed", &rules.removed, |main, rule| {
        write_rule(main, rule);
        writeln!(main, "<p><del>{}</del></p>", Sentence(rule));
    });
    writeln!(main, "</section>");
}

fn write_each<T>(
    main: &mut Markup,
    what: &str,
    all: &[T],
    mut write_one: impl FnMut(&mut Markup, &T),
) {
    if all.is_empty() {
        return;
    }
    write!(
        main,
        "<h3>{what} <small>{}</small></h3>\n<ul class=\"entries\">\n",
        Grouped(length(all))
    );
    for one in all.iter().take(MOST) {
        writeln!(main, "<li>");
        write_one(main, one);
        writeln!(main, "</li>");
    }
    writeln!(main, "</ul>");
    let more = length(all).saturating_sub(MOST as u64);
    if more > 0 {
        writeln!(main, "<p class=\"quiet\">And {} more.</p>", Grouped(more));
    }
}

fn write_rule(main: &mut Markup, rule: &Rule) {
    writeln!(
        main,
        "<h4>{} <code>{}</code></h4>",
        Name(&rule.name),
        Name(&rule.id)
    );
}

/// Sentences before and after, and then criterion by criterion.
fn write_changed(main: &mut Markup, old: &Rule, new: &Rule) {
    write_rule(main, new);
    let (before, after) = (Sentence(old).to_string(), Sentence(new).to_string());
    if before != after {
        write!(
            main,
            "<p><del>{before}</del></p>\n<p><ins>{after}</ins></p>\n"
        );
    }
    writeln!(main, "<ul>");
    for line in lines(old, new) {
        writeln!(main, "<li>{line}</li>");
    }
    writeln!(main, "</ul>");
}

fn lines(old: &Rule, new: &Rule) -> Vec<String> {
    let mut lines = Vec::new();
    if old.name != new.name {
        let (before, after) = (Name(&old.name), Name(&new.name));
        lines.push(format!(
            "It was called {before}, and is called {after} now."
        ));
    }
    if old.id != new.id {
        let (before, after) = (Name(&old.id), Name(&new.id));
        lines.push(format!(
            "Its id was <code>{before}</code> and is <code>{after}</code>: controls that name it have to be changed, too."
        ));
    }
    if old.classification_tag != new.classification_tag {
        let (before, after) = (
            Marked(&old.classification_tag),
            Marked(&new.classification_tag),
        );
        lines.push(format!("It gave {before}, and gives {after} now."));
    }
    for (what, before, after) in [
        ("on the column", &old.column_tags, &new.column_tags),
        (
            "on some column of the data source",
            &old.neighbor_column_tags,
            &new.neighbor_column_tags,
        ),
        ("on the data source", &old.table_tags, &new.table_tags),
    ] {
        let missing = |from: &[Tag], tag: &Tag| !from.contains(tag);
        for tag in after.iter().filter(|tag| missing(before, tag)) {
            lines.push(format!("It asks for {} {what} now.", Marked(tag)));
        }
        for tag in before.iter().filter(|tag| missing(after, tag)) {
            lines.push(format!("It no longer asks for {} {what}.", Marked(tag)));
        }
    }
    lines
}

fn write_tags(main: &mut Markup, tags: &Parts<'_, DeclaredTag>) {
    if tags.is_empty() {
        return;
    }
    write!(main, "<section>\n<h2>Tags</h2>\n");
    if tags.moved {
        writeln!(
            main,
            "<p>The tags stand in another order, which means nothing.</p>"
        );
    }
    write_each(main, "Changed", &tags.changed, |main, (old, new)| {
        write!(main, "<p>{}</p>\n<ul>\n", Marked(&new.tag));
        if old.sensitivity != new.sensitivity {
            let (before, after) = (level_name(old.sensitivity), level_name(new.sensitivity));
            writeln!(
                main,
                "<li>Its sensitivity was {before}, and is {after} now.</li>"
            );
        }
        if old.description != new.description {
            let text = |tag: &DeclaredTag| tag.description.clone().unwrap_or_default();
            write!(main, "<li class=\"prose\">Its description: ");
            let (before, after) = (text(old), text(new));
            write_before_and_after(
                main,
                &Prose(&before).to_string(),
                &Prose(&after).to_string(),
            );
            writeln!(main, "</li>");
        }
        writeln!(main, "</ul>");
    });
    for (what, all) in [("Added", &tags.added), ("Removed", &tags.removed)] {
        write_each(main, what, all, |main, tag| {
            let level = level_name(tag.sensitivity);
            writeln!(main, "<p>{}, sensitivity {level}</p>", Marked(&tag.tag));
        });
    }
    writeln!(main, "</section>");
}
