//! What `rollup` says of folders that are no finished run, or not whole.

use super::*;
use crate::diffs::made::{Made, MadeRow};
use classmark::archive::{ArchiveError, Run};
use serde_json::Value;

/// A run of the demo, with overrides.
fn run() -> tempfile::TempDir {
    let folder = folder();
    let (compliance, overrides) = (
        format!("{DEMO}/compliance"),
        format!("{DEMO}/overrides.csv"),
    );
    let more = [
        "--quiet",
        "--compliance",
        &compliance,
        "--overrides",
        &overrides,
    ];
    let said = tag(
        folder.path(),
        &demo_catalog(),
        &[&more[..], &["--as-of", "2026-02-01"]].concat(),
    );
    assert_eq!(said.code, 0, "{said:?}");
    folder
}

/// What is said of a run after a change, and the code; nothing is written.
#[track_caller]
fn fault(run: &str, change: impl FnOnce(&Path)) -> (i32, String) {
    let folder = self::run();
    change(&path(&folder, "out"));
    let compliance = format!("{DEMO}/compliance");
    let arguments = [
        "rollup",
        run,
        "--quiet",
        "--compliance",
        &compliance,
        "--out",
        "new",
    ];
    let said = classmark(folder.path(), &arguments);
    assert_eq!(said.stdout, "");
    assert!(!path(&folder, "new").exists());
    let left = names(folder.path());
    assert!(left.iter().all(|name| !name.starts_with('.')), "{left:?}");
    (said.code, said.stderr)
}

/// An edit of the manifest, told as by [`fault`].
#[track_caller]
fn edited(edit: impl FnOnce(&mut Value)) -> (i32, String) {
    fault("out", |out| {
        let path = out.join("manifest.json");
        let mut manifest = json(&fs::read_to_string(&path).unwrap());
        edit(&mut manifest);
        fs::write(&path, manifest.to_string()).unwrap();
    })
}

#[test]
fn what_is_no_run() {
    let told = |run: &str| {
        fault(run, |out| {
            fs::create_dir(out.with_file_name("else")).unwrap()
        })
    };
    let no_run = |path: &str, why: &str| {
        (
            1,
            format!("error: `{path}` is no run of classmark: {why}\n"),
        )
    };
    assert_eq!(
        told("nowhere"),
        (2, "error: `nowhere` does not exist\n".into())
    );
    assert_eq!(told("else"), no_run("else", "it has no `manifest.json`"));
    let file = "out/rules.parquet";
    assert_eq!(told(file), no_run(file, "it is no folder"));
    let folder = run();
    let compliance = format!("{DEMO}/compliance");
    let rollup = |run, out| {
        classmark(
            folder.path(),
            &[
                "rollup",
                run,
                "--compliance",
                &compliance,
                "--quiet",
                "--out",
                out,
            ],
        )
    };
    assert_eq!(rollup("out", "one").code, 0);
    let said = rollup("one", "two");
    assert_eq!(
        (said.code, said.stderr),
        no_run("one", "it was itself made from finished runs")
    );
}

#[test]
fn files_that_are_cut_off_changed_or_gone() {
    for name in [
        "assignments.parquet",
        "rules.parquet",
        "data_sources.parquet",
        "overrides.parquet",
    ] {
        let broken = |why: &str| (1, format!("error: `out/{name}` is broken: {why}\n"));
        let content = broken("its content is not what the run's manifest says");
        let cut = |out: &Path| {
            let bytes = fs::read(out.join(name)).unwrap();
            fs::write(out.join(name), &bytes[..bytes.len() - 10]).unwrap();
        };
        assert_eq!(fault("out", cut), content);
        let changed = |out: &Path| {
            let mut bytes = fs::read(out.join(name)).unwrap();
            bytes[20] ^= 1;
            fs::write(out.join(name), bytes).unwrap();
        };
        assert_eq!(fault("out", changed), content);
        let empty = |out: &Path| fs::write(out.join(name), "").unwrap();
        assert_eq!(fault("out", empty), content);
        let gone = |out: &Path| fs::remove_file(out.join(name)).unwrap();
        assert_eq!(
            fault("out", gone),
            broken("the run's manifest names it, and it is not there")
        );
        let folder = |out: &Path| {
            fs::remove_file(out.join(name)).unwrap();
            fs::create_dir(out.join(name)).unwrap();
        };
        assert_eq!(fault("out", folder), broken("it is no regular file"));
    }
}

#[test]
fn a_file_of_another_run() {
    let (code, words) = fault("out", |out| {
        let folder = run();
        let said = tag(folder.path(), &demo_catalog(), &["--force"]);
        assert_eq!(said.code, 0, "{said:?}");
        let name = "assignments.parquet";
        fs::copy(path(&folder, "out").join(name), out.join(name)).unwrap();
    });
    assert_eq!(code, 1);
    assert!(
        words.contains("`out/assignments.parquet` is broken: its content"),
        "{words}"
    );
}

/// Whoever opens a pipe waits, and a device gives bytes without end.
#[cfg(unix)]
#[test]
fn pipes_and_devices_are_not_read() {
    for name in ["manifest.json", "assignments.parquet", "overrides.parquet"] {
        let pipe = |out: &Path| {
            let path = out.join(name);
            fs::remove_file(&path).unwrap();
            let made = std::process::Command::new("mkfifo").arg(&path).status();
            assert!(made.unwrap().success());
        };
        let device = |out: &Path| {
            fs::remove_file(out.join(name)).unwrap();
            std::os::unix::fs::symlink("/dev/zero", out.join(name)).unwrap();
        };
        for told in [fault("out", pipe), fault("out", device)] {
            assert_eq!(told.0, 1, "{told:?}");
            assert!(told.1.ends_with(" is no regular file\n"), "{told:?}");
        }
    }
}

#[test]
fn manifests_that_are_none() {
    let written = |text: &[u8]| {
        fault("out", |out| {
            fs::write(out.join("manifest.json"), text).unwrap()
        })
    };
    let why = |why: &str| {
        (
            1,
            format!("error: `out` is no run of classmark: `manifest.json` {why}\n"),
        )
    };
    for none in ["", "hello", "[]", "null", " [{}]"] {
        assert_eq!(
            written(none.as_bytes()),
            why("holds no JSON object"),
            "{none}"
        );
    }
    for none in [&b"{}"[..], b"{", b"{\"tool\": 1}", b"{\"\xff\": 1}"] {
        let (code, words) = written(none);
        assert_eq!(code, 1);
        assert!(
            words.contains("`manifest.json` is none of a run: "),
            "{words}"
        );
    }
    let huge = |out: &Path| {
        let file = File::options().write(true).open(out.join("manifest.json"));
        file.unwrap().set_len(5 << 30).unwrap();
    };
    assert_eq!(fault("out", huge), why("is larger than 64 MiB"));
    let other = edited(|manifest| manifest["tool"]["name"] = "else\u{1b}".into());
    assert_eq!(other, why("is by `else\\u{1b}`"));
    for pointer in [
        "/counts",
        "/options",
        "/outputs",
        "/tool",
        "/inputs",
        "/frameworks",
    ] {
        let (code, words) = edited(|manifest| {
            let object = manifest.as_object_mut().unwrap();
            assert!(object.remove(&pointer[1..]).is_some());
        });
        assert_eq!(code, 1);
        let told = format!("is none of a run: missing field `{}`", &pointer[1..]);
        assert!(words.contains(&told), "{words}");
    }
}

#[test]
fn manifests_that_do_not_fit_their_files() {
    let told = edited(|manifest| manifest["counts"]["overrides"] = 17.into());
    let words =
        "error: `out/manifest.json` is broken: it counts 17 overrides in force, and 2 are listed\n";
    assert_eq!(told, (1, words.into()));
    let remove = |manifest: &mut Value, name: &str| {
        let outputs = manifest["outputs"].as_array_mut().unwrap();
        outputs.retain(|output| output["name"] != name);
    };
    let (code, words) = edited(|manifest| remove(manifest, "overrides.parquet"));
    assert_eq!(code, 1);
    assert!(
        words.contains("it counts 2 overrides in force, and 0 are listed"),
        "{words}"
    );
    // As before there was such a file.
    let told = edited(|manifest| remove(manifest, "data_sources.parquet"));
    let words = "error: `out` is no run of classmark: its manifest names no `data_sources.parquet`; older runs have to be made again\n";
    assert_eq!(told, (1, words.into()));
    for day in ["<script>", "2026-02-30", ""] {
        let (code, words) = edited(|manifest| manifest["options"]["as_of"] = day.into());
        assert_eq!(code, 1);
        let told = format!("`manifest.json` dates it by `{day}`, which is no day");
        assert!(words.contains(&told), "{words}");
    }
}

#[test]
fn a_run_that_was_moved_is_the_same() {
    let folder = run();
    let compliance = format!("{DEMO}/compliance");
    let rollup = |run: &str| {
        let said = classmark(
            folder.path(),
            &[
                "rollup",
                run,
                "--compliance",
                &compliance,
                "--format",
                "json",
            ],
        );
        assert_eq!(said.code, 0, "{said:?}");
        said.stdout
    };
    let before = rollup("out");
    fs::rename(path(&folder, "out"), path(&folder, "moved")).unwrap();
    assert_eq!(rollup("moved"), before);
}

#[test]
fn a_run_that_is_replaced_while_it_is_read_is_told() {
    let folder = run();
    let run = Run::open(&path(&folder, "out")).unwrap();
    run.is_still_there().unwrap();
    // The same command: only the timings of the manifest are others.
    let said = tag(folder.path(), &demo_catalog(), &["--force", "--quiet"]);
    assert_eq!(said.code, 0, "{said:?}");
    let error = run.is_still_there().unwrap_err();
    assert!(matches!(error, ArchiveError::Replaced(_)), "{error}");
    fs::remove_dir_all(path(&folder, "out")).unwrap();
    assert!(run.is_still_there().is_err());
}

/// More rule ids than are read at once, so that columns lie in several batches.
#[test]
fn rows_that_name_very_many_rules() {
    const RULES: usize = 3_000;
    const COLUMNS: usize = 400;
    let ids: Vec<String> = (0..RULES).map(|rule| format!("r{rule}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let names: Vec<String> = (0..COLUMNS).map(|column| format!("c{column}")).collect();
    let rows = names.iter().flat_map(|name| -> [MadeRow<'_>; 2] {
        let (some, rest) = ids.split_at(RULES / 3);
        [
            ("s", name, "t", some, "new"),
            ("s", name, "u", rest, "recorded"),
        ]
    });
    let rows: Vec<MadeRow<'_>> = rows.collect();
    let rules: Vec<(&str, bool)> = ids.iter().map(|id| (*id, true)).collect();
    let folder = folder();
    let made = Made {
        rules: &rules,
        sources: &["s"],
        rows: &rows,
        integers: false,
    };
    made.write(&path(&folder, "run"));
    let controls = serde_json::json!([{"name": "q", "controls": [{"name": "c", "rules_id": ids}]}]);
    let document = serde_json::json!({
        "handle": "h", "version": "1", "name": "H", "requirements": controls
    });
    fs::write(path(&folder, "h.json"), document.to_string()).unwrap();
    let arguments = [
        "rollup",
        "run",
        "--compliance",
        "h.json",
        "--format",
        "json",
    ];
    let said = classmark(folder.path(), &arguments);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let framework = &json(&said.stdout)["frameworks"][0];
    let findings = serde_json::json!({
        "pass": COLUMNS * (RULES - RULES / 3), "fail": COLUMNS * (RULES / 3), "muted": 0
    });
    assert_eq!(framework["findings"], findings);
    assert_eq!(framework["columns"], COLUMNS);
    assert_eq!(framework["data_sources"], 1);
}
