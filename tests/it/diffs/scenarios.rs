//! Cases by hand: every move, every reason for which nothing can be compared.

use super::made::{Made, MadeRow};
use super::{Changed, compared, folder};
use classmark::compliance::{ComplianceFramework, Control, Requirement, RuleReference};
use classmark::diff::Diff;
use classmark::evaluate::State;
use classmark::pipeline::{DiffOptions, PENDING_BYTES, Silent, diff};
use classmark::rollup::Verdict;

/// Compares two runs, everything waiting in memory and then on disk.
fn of(old: Made<'_>, new: Made<'_>) -> (Diff, Vec<Changed>) {
    let folder = folder();
    old.write(&folder.path().join("old"));
    new.write(&folder.path().join("new"));
    let (on_disk, mut there) = compared(folder.path(), "on disk", 0);
    let (summary, rows) = compared(folder.path(), "in memory", PENDING_BYTES);
    assert_eq!(summary.diff, on_disk.diff);
    let mut here = rows.clone();
    here.sort();
    there.sort();
    assert_eq!(here, there);
    (summary.diff, rows)
}

fn shown(rows: &[Changed]) -> String {
    let mut lines: Vec<String> = rows.iter().map(Changed::to_string).collect();
    lines.sort();
    lines.join("\n")
}

const R: &[(&str, bool)] = &[("r", true)];

#[test]
fn every_move_of_a_state_and_of_a_verdict() {
    let states: Vec<Option<State>> = State::ALL.into_iter().map(Some).chain([None]).collect();
    let name = |old: usize, new: usize| format!("c{old}{new}");
    let names: Vec<Vec<String>> = (0..5)
        .map(|old| (0..5).map(|new| name(old, new)).collect())
        .collect();
    let row = |column, state: State| -> MadeRow<'_> {
        let rules: &[&str] = if state == State::Stale { &[] } else { &["r"] };
        ("s", column, "t", rules, state.as_str())
    };
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for (a, from) in states.iter().enumerate() {
        for (b, to) in states.iter().enumerate() {
            old.extend(from.map(|state| row(&*names[a][b], state)));
            new.extend(to.map(|state| row(&*names[a][b], state)));
        }
    }
    let run = Made {
        rules: R,
        sources: &["s"],
        ..Made::default()
    };
    let (diff, rows) = of(Made { rows: &old, ..run }, Made { rows: &new, ..run });
    for from in &states {
        for to in &states {
            let expected = u64::from(from.is_some() || to.is_some());
            assert_eq!(
                diff.assignments.get(*from, *to),
                expected,
                "{from:?} > {to:?}"
            );
        }
    }
    // A stale assignment has no finding: that is absent, as no assignment is.
    let verdicts: Vec<Option<Verdict>> = Verdict::ALL.into_iter().map(Some).chain([None]).collect();
    for from in &verdicts {
        for to in &verdicts {
            let expected = match (from, to) {
                (None, None) => 0,
                (Some(_), Some(_)) => 1,
                _ => 2,
            };
            assert_eq!(diff.findings.get(*from, *to), expected, "{from:?} > {to:?}");
        }
    }
    for verdict in Verdict::ALL {
        let moves = &diff.findings;
        assert_eq!((moves.appeared(verdict), moves.resolved(verdict)), (4, 4));
        assert_eq!(
            (
                moves.unchanged(verdict),
                moves.in_old(verdict),
                moves.in_new(verdict)
            ),
            (1, 5, 5)
        );
    }
    // 24 pairs of states, of which 4 are unchanged; 21 with a verdict, of which 3 are.
    let kind = |kind: &str| rows.iter().filter(|row| row.kind == kind).count();
    assert_eq!((kind("assignment"), kind("finding")), (20, 18));
    assert!(rows.iter().all(|row| row.comparable));
}

#[test]
fn every_reason_for_which_nothing_can_be_compared() {
    let old = Made {
        rules: &[("both", true), ("gone", true), ("off", true), ("on", false)],
        sources: &["gone", "kept", "silent"],
        rows: &[
            // The data source is not in NEW at all.
            ("gone", "a", "t", &["both"], "new"),
            ("gone", "b", "u", &[], "stale"),
            // No rule that gives it was evaluated in NEW …
            ("kept", "a", "t", &["gone"], "new"),
            ("kept", "b", "t", &["off"], "muted"),
            // … or one of them was.
            ("kept", "c", "t", &["both", "gone", "off"], "recorded"),
            // In both, so comparable: by now no rule gives it.
            ("kept", "d", "t", &["gone"], "recorded"),
            ("kept", "e", "t", &["gone"], "recorded"),
            // No rule gave it, so none is missing.
            ("kept", "f", "t", &[], "stale"),
            // NEW knows the data source, and has nothing to say of it.
            ("silent", "a", "t", &["both"], "new"),
        ],
        ..Made::default()
    };
    let new = Made {
        rules: &[("both", true), ("off", false), ("on", true), ("come", true)],
        sources: &["silent", "come", "kept"],
        rows: &[
            ("come", "a", "t", &["both"], "new"),
            ("kept", "d", "t", &[], "stale"),
            ("kept", "e", "t", &["come"], "recorded"),
            ("kept", "g", "t", &["come"], "new"),
            ("kept", "h", "t", &["on"], "new"),
            ("kept", "i", "t", &["both", "on"], "new"),
        ],
        ..Made::default()
    };
    let (diff, rows) = of(old, new);
    insta::assert_snapshot!(shown(&rows), @r"
    come.a t by both: - > fail incomparable
    come.a t: - > new incomparable
    gone.a t by both: fail > - incomparable
    gone.a t: new > - incomparable
    gone.b u: stale > - incomparable
    kept.a t by gone: fail > - incomparable
    kept.a t: new > - incomparable
    kept.b t by off: muted > - incomparable
    kept.b t: muted > - incomparable
    kept.c t by both: pass > -
    kept.c t by gone: pass > - incomparable
    kept.c t by off: pass > - incomparable
    kept.c t: recorded > -
    kept.d t by gone: pass > - incomparable
    kept.d t: recorded > stale
    kept.e t by come: - > pass incomparable
    kept.e t by gone: pass > - incomparable
    kept.f t: stale > -
    kept.g t by come: - > fail incomparable
    kept.g t: - > new incomparable
    kept.h t by on: - > fail incomparable
    kept.h t: - > new incomparable
    kept.i t by both: - > fail
    kept.i t by on: - > fail incomparable
    kept.i t: - > new
    silent.a t by both: fail > -
    silent.a t: new > -
    ");
    let scope = &diff.scope;
    assert_eq!(scope.rules_only_old, ["gone"]);
    assert_eq!(scope.rules_only_new, ["come"]);
    assert_eq!(scope.activated, ["on"]);
    assert_eq!(scope.deactivated, ["off"]);
    assert_eq!(scope.data_sources_in_both, 2);
    assert_eq!(
        (scope.data_sources_only_old, scope.data_sources_only_new),
        (1, 1)
    );
    let ids: Vec<_> = diff
        .rules
        .iter()
        .map(|r| (&*r.id, r.in_old, r.in_new))
        .collect();
    let expected = [
        ("both", true, true),
        ("come", false, true),
        ("gone", true, false),
        ("off", true, false),
        ("on", false, true),
    ];
    assert_eq!(ids, expected);
}

#[test]
fn a_rule_that_gives_another_tag_is_the_same_rule() {
    let run = Made {
        rules: R,
        sources: &["s"],
        ..Made::default()
    };
    let old = Made {
        rows: &[
            ("s", "a", "old", &["r"], "recorded"),
            ("s", "b", "old", &["r"], "new"),
        ],
        ..run
    };
    let new = Made {
        rows: &[
            ("s", "a", "new", &["r"], "new"),
            ("s", "b", "new", &["r"], "new"),
        ],
        ..run
    };
    let (diff, rows) = of(old, new);
    insta::assert_snapshot!(shown(&rows), @r"
    s.a new by r: pass > fail
    s.a new: - > new
    s.a old: recorded > -
    s.b new: - > new
    s.b old: new > -
    ");
    assert_eq!(diff.findings.unchanged(Verdict::Fail), 1);
}

#[test]
fn columns_and_tags_in_another_order_are_the_same() {
    let run = Made {
        rules: R,
        sources: &["s"],
        ..Made::default()
    };
    let old = Made {
        rows: &[
            ("s", "a", "t", &["r"], "new"),
            ("s", "b", "t", &["r"], "new"),
            ("s", "b", "u", &[], "stale"),
            ("s", "c", "t", &["r"], "new"),
        ],
        ..run
    };
    let new = Made {
        rows: &[
            ("s", "c", "t", &["r"], "new"),
            ("s", "b", "u", &[], "stale"),
            ("s", "b", "t", &["r"], "new"),
            ("s", "a", "t", &["r"], "new"),
        ],
        ..run
    };
    let (diff, rows) = of(old, new);
    assert_eq!(shown(&rows), "");
    assert!(diff.assignments.is_unchanged() && diff.findings.is_unchanged());
}

#[test]
fn rows_come_by_columns_assignments_first_by_tag() {
    let rules: &[(&str, bool)] = &[("q", true), ("r", true)];
    let run = Made {
        rules,
        sources: &["s", "t"],
        ..Made::default()
    };
    let rows: &[MadeRow<'_>] = &[
        ("s", "z", "u", &["r"], "new"),
        ("s", "z", "t", &["q"], "new"),
        ("s", "a", "t", &["q"], "new"),
        ("t", "a", "t", &["r", "q"], "new"),
    ];
    let (_, rows) = of(run, Made { rows, ..run });
    let lines: Vec<String> = rows.iter().map(Changed::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    s.a t: - > new
    s.a t by q: - > fail
    s.z t: - > new
    s.z u: - > new
    s.z t by q: - > fail
    s.z u by r: - > fail
    t.a t: - > new
    t.a t by q: - > fail
    t.a t by r: - > fail
    ");
}

#[test]
fn integer_ids_are_their_digits() {
    let rows: &[MadeRow<'_>] = &[
        ("-7", "a", "t", &["r"], "new"),
        ("12", "a", "t", &["r"], "new"),
    ];
    let text = Made {
        rules: R,
        sources: &["-7", "12", "012"],
        rows,
        ..Made::default()
    };
    let integers = Made {
        sources: &["-7", "12"],
        integers: true,
        ..text
    };
    let (diff, rows) = of(text, integers);
    assert_eq!(shown(&rows), "");
    assert_eq!(diff.findings.unchanged(Verdict::Fail), 2);
    // `012` is another text.
    assert_eq!(diff.scope.data_sources_only_old, 1);
}

#[test]
fn names_are_kept_whatever_they_are() {
    let long = "ß".repeat(70_000);
    let names = [
        "\u{1b}[31m\n\0",
        "a'\"\\,;",
        "\u{202e}x",
        " ",
        &long,
        "e\u{301}",
        "é",
    ];
    let rules: Vec<(&str, bool)> = names.iter().map(|name| (*name, true)).collect();
    let mut rows: Vec<MadeRow<'_>> = Vec::new();
    for name in &names {
        rows.push((name, name, name, std::slice::from_ref(name), "new"));
    }
    let run = Made {
        rules: &rules,
        sources: &names,
        ..Made::default()
    };
    let (diff, changed) = of(run, Made { rows: &rows, ..run });
    assert_eq!(diff.findings.appeared(Verdict::Fail), names.len() as u64);
    let findings: Vec<&Changed> = changed.iter().filter(|row| row.kind == "finding").collect();
    for name in names {
        let same = |row: &&&Changed| {
            [&row.data_source, &row.column, &row.tag.0] == [name; 3]
                && row.rule.as_deref() == Some(name)
        };
        assert_eq!(findings.iter().filter(same).count(), 1, "{name:.20}");
    }
    let (_, none) = of(Made { rows: &rows, ..run }, Made { rows: &rows, ..run });
    assert_eq!(none, []);
}

#[test]
fn empty_runs_are_runs() {
    let empty = Made::default();
    let (diff, rows) = of(empty, empty);
    assert!(diff.assignments.is_unchanged() && rows.is_empty());
    let some = Made {
        rules: R,
        sources: &["s"],
        rows: &[("s", "a", "t", &["r"], "new")],
        ..empty
    };
    assert_eq!(
        of(empty, some).0.findings.incomparable_new(Verdict::Fail),
        1
    );
    assert_eq!(
        of(some, empty).0.findings.incomparable_old(Verdict::Fail),
        1
    );
}

fn control(name: &str, rules: &[&str]) -> Control {
    let rule = |id: &&str| RuleReference {
        id: (*id).to_owned(),
        origin: None,
    };
    Control {
        name: name.to_owned(),
        rules: rules.iter().map(rule).collect(),
    }
}

#[test]
fn a_rule_in_two_controls_counts_once_above_them() {
    let folder = folder();
    let rules: &[(&str, bool)] = &[("p", true), ("q", true)];
    let run = Made {
        rules,
        sources: &["s"],
        ..Made::default()
    };
    let rows: &[MadeRow<'_>] = &[
        ("s", "a", "t", &["p", "q"], "new"),
        ("s", "b", "t", &["q"], "new"),
    ];
    run.write(&folder.path().join("old"));
    Made { rows, ..run }.write(&folder.path().join("new"));
    let requirement = |name: &str, controls| Requirement {
        name: name.to_owned(),
        controls,
    };
    let framework = ComplianceFramework {
        handle: "hr".into(),
        version: "2".into(),
        name: "HR".into(),
        description: None,
        icon_url: None,
        requirements: vec![
            requirement(
                "one",
                vec![control("x", &["p", "q"]), control("y", &["q", "unknown"])],
            ),
            requirement(
                "two",
                vec![control("z", &["q"]), control("none", &["unknown"])],
            ),
        ],
        origin: None,
    };
    let options = DiffOptions {
        frameworks: vec![framework],
        ..DiffOptions::new(folder.path().join("old"), folder.path().join("new"))
    };
    let diff = diff(&options, &Silent).unwrap().diff;
    let tree = &diff.frameworks[0];
    let new_fails = |moves: &classmark::diff::Moves<Verdict>| moves.appeared(Verdict::Fail);
    assert_eq!(new_fails(&tree.findings), 3);
    let requirements: Vec<u64> = tree
        .requirements
        .iter()
        .map(|r| new_fails(&r.findings))
        .collect();
    assert_eq!(requirements, [3, 2]);
    let controls = tree.requirements.iter().flat_map(|r| &r.controls);
    let controls: Vec<u64> = controls.map(|c| new_fails(&c.findings)).collect();
    assert_eq!(controls, [3, 2, 2, 0]);
    assert_eq!(tree.requirements[0].controls[1].rules, ["q", "unknown"]);
}
