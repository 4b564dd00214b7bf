//! Every document of `fixtures/compliance/documents.toml`.

use super::{block_yaml, placeless, read, told};
use classmark::compliance::{Format, Parsed};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    good: String,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    why: String,
    #[serde(default)]
    format: Option<String>,
    #[serde(default)]
    payload: Option<String>,
    #[serde(default)]
    replace: Option<(String, String)>,
    #[serde(default)]
    expect: Vec<String>,
    #[serde(default)]
    frameworks: usize,
    #[serde(default)]
    only: bool,
}

impl Case {
    fn text(&self, good: &str) -> String {
        match (&self.payload, &self.replace) {
            (Some(payload), None) => payload.clone(),
            (None, Some((old, new))) => {
                assert!(good.contains(old), "{}: `{old}` is not there", self.name);
                good.replacen(old, new, 1)
            }
            _ => panic!("{}: a payload or a replacement", self.name),
        }
    }

    /// What is wrong with what was found; nothing, if it is as written.
    fn fault(&self, parsed: &Parsed, way: &str) -> Option<String> {
        let found = told(&parsed.diagnostics);
        let count = parsed.frameworks.len();
        let (name, why) = (&self.name, &self.why);
        for finding in &parsed.diagnostics {
            let has_help = finding.help.is_some() || finding.code.as_str() == "syntax";
            assert!(has_help || !finding.is_error(), "{name}: {finding:?}");
            assert!(!finding.message.ends_with('.'), "{name}: {finding:?}");
        }
        let as_written = found == self.expect && count == self.frameworks;
        (!as_written).then(|| format!("{name} {way}: {why}\n  {count} frameworks, {found:#?}\n"))
    }
}

fn file() -> File {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/compliance");
    toml::from_str(&fs::read_to_string(folder.join("documents.toml")).unwrap()).unwrap()
}

/// Codes and pointers, in an order that does not depend on that of the keys.
fn places(parsed: &Parsed) -> Vec<String> {
    let place = |line: &String| {
        let words: Vec<&str> = line.split(' ').collect();
        format!("{} {} {}", words[0], words[1], words[3..].join(" "))
    };
    let mut places: Vec<String> = told(&parsed.diagnostics).iter().map(place).collect();
    places.sort();
    places
}

#[test]
fn every_document_is_found_to_be_as_written() {
    let file = file();
    assert!(file.case.len() > 50, "only {} cases", file.case.len());
    let mut faults = String::new();
    for case in &file.case {
        let text = case.text(&file.good);
        if case.format.as_deref() == Some("yaml") {
            faults.extend(case.fault(&read(&text, Format::Yaml), "as YAML"));
            continue;
        }
        let json = read(&text, Format::Json);
        faults.extend(case.fault(&json, "as JSON"));
        if case.only {
            continue;
        }
        let flow = read(&text, Format::Yaml);
        faults.extend(case.fault(&flow, "read as YAML"));
        let value = serde_json::from_str(&text).unwrap();
        let block = read(&block_yaml(&value, 0), Format::Yaml);
        assert_eq!(places(&block), places(&json), "{} in blocks", case.name);
        let json = placeless(json.frameworks);
        assert_eq!(placeless(flow.frameworks), json, "{}", case.name);
        assert_eq!(placeless(block.frameworks), json, "{}", case.name);
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn cases_are_named_and_say_why() {
    let mut names = BTreeSet::new();
    for case in file().case {
        let kebab = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(case.name.chars().all(kebab), "{}", case.name);
        assert!(!case.why.is_empty(), "{}", case.name);
        assert!(names.insert(case.name.clone()), "{} twice", case.name);
        let format = case.format.as_deref();
        assert!(matches!(format, None | Some("yaml")), "{}", case.name);
    }
}
