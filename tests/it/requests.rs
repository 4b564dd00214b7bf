//! What a run may be asked for, and that nothing that it names lies outside.
#![cfg(unix)]

use classmark::diagnostic::{Diagnostic, Source};
use classmark::framework::Limits;
use classmark::pipeline::{
    ComplianceDocuments, Confinement, PipelineError, Progress, RunPlace, RunRequest, Silent,
    StoredRollup, TagSummary, load_compliance, load_frameworks, results, tag,
};
use proptest::prelude::*;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tempfile::TempDir;

/// A root with the demo's catalog in it, beside things that are outside.
struct Place {
    dir: TempDir,
}

fn demo(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/demo")
        .join(name)
}

fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let place = Place { dir };
    fs::create_dir_all(place.root().join("catalog/deep")).unwrap();
    fs::copy(
        demo("catalog.parquet"),
        place.root().join("catalog/a.parquet"),
    )
    .unwrap();
    fs::copy(demo("overrides.csv"), place.root().join("overrides.csv")).unwrap();
    fs::copy(
        demo("catalog.parquet"),
        place.dir.path().join("outside.parquet"),
    )
    .unwrap();
    place
}

impl Place {
    fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn run(&self, request: &str) -> Result<TagSummary, PipelineError> {
        self.watched(request, &Silent)
    }

    fn watched(&self, request: &str, progress: &dyn Progress) -> Result<TagSummary, PipelineError> {
        let place = RunPlace {
            files: Confinement::open(&self.root()).unwrap(),
            out: self.out(),
            now: 1_795_000_000,
            threads: None,
        };
        let documents = load_frameworks(&[demo("frameworks")], &Limits::default()).unwrap();
        let compliance = load_compliance(&[demo("compliance")], &Default::default()).unwrap();
        let (options, _) = parse(request).unwrap().options(&place, compliance)?;
        tag(&documents, &options, progress)
    }

    fn columns(&self, path: &str) -> Result<TagSummary, PipelineError> {
        self.run(&format!(r#"{{"columns": ["{path}"]}}"#))
    }

    fn look(&self, path: &str) -> Vec<Diagnostic> {
        let request = parse(&format!(r#"{{"columns": ["{path}"]}}"#)).unwrap();
        request.look(&Confinement::open(&self.root()).unwrap())
    }
}

fn parse(request: &str) -> Result<RunRequest, Vec<Diagnostic>> {
    RunRequest::parse(&Source::new("request", request))
}

/// Code and pointer of all findings.
fn faults(request: &str) -> Vec<(String, String)> {
    let findings = parse(request).unwrap_err();
    let fault = |f: &Diagnostic| (f.code.to_string(), f.pointer.clone());
    findings.iter().map(fault).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let pair = |(code, pointer): &(&str, &str)| ((*code).to_owned(), (*pointer).to_owned());
    expected.iter().map(pair).collect()
}

#[test]
fn everything_wrong_with_a_request_is_told() {
    let told = |request: &str, expected: &[(&str, &str)]| {
        assert_eq!(faults(request), pairs(expected), "{request}");
    };
    told("", &[("syntax", "")]);
    told("[]", &[("wrong-type", "")]);
    told("{}", &[("missing-field", "")]);
    told(r#"{"columns": []}"#, &[("empty-list", "/columns")]);
    told(r#"{"columns": null}"#, &[("empty-list", "/columns")]);
    told(r#"{"columns": "a"}"#, &[("wrong-type", "/columns")]);
    told(r#"{"columns": [""]}"#, &[("empty-value", "/columns/0")]);
    told(
        r#"{"columns": ["a"], "column": ["b"]}"#,
        &[("unknown-field", "/column")],
    );
    told(
        r#"{"columns": ["a", "../b", "/c"], "sources": ["x/../../y"], "overrides": ["z\u0000"],
            "tagMatch": "Exact", "badRows": "skip", "asOf": "2026-02-30", "report": "yes",
            "export": ["pdf"], "map": {"column_names": "x", "column_tags": ""}}"#,
        &[
            ("bad-value", "/columns/1"),
            ("bad-value", "/columns/2"),
            ("bad-value", "/sources/0"),
            ("bad-value", "/overrides/0"),
            ("bad-value", "/tagMatch"),
            ("bad-value", "/badRows"),
            ("bad-value", "/asOf"),
            ("wrong-type", "/report"),
            ("bad-value", "/export/0"),
            ("unknown-field", "/map/column_names"),
            ("empty-value", "/map/column_tags"),
        ],
    );
    told(
        r#"{"columns": ["a"], "sources": ["b"], "noTableTags": true,
            "map": {"column_tags.name": "x", "column_tags.source": "x"}}"#,
        &[("bad-value", "/noTableTags"), ("bad-value", "/map")],
    );
    let long = |length: usize| format!(r#"{{"columns": ["{}"]}}"#, "n".repeat(length));
    assert!(parse(&long(255)).is_ok());
    told(&long(256), &[("too-long", "/columns/0")]);
    let deep = format!(r#"{{"columns": ["{}x"]}}"#, "d/".repeat(2048));
    told(&deep, &[("too-long", "/columns/0")]);
    let many = format!(r#"{{"columns": [{}"a"]}}"#, r#""a","#.repeat(1000));
    told(&many, &[("too-long", "/columns")]);
}

#[test]
fn a_run_names_files_as_they_were_asked_for() {
    let place = place();
    let request = r#"{"columns": ["./catalog"], "overrides": ["overrides.csv"], "asOf": "2026-11-21",
        "tagMatch": "exact", "badRows": "quarantine", "report": true, "export": ["csv"]}"#;
    let summary = place.run(request).unwrap();
    assert!(summary.counts.columns > 0 && summary.counts.overrides > 0);
    let manifest = fs::read_to_string(place.out().join("manifest.json")).unwrap();
    for wanted in [
        r#""path": "catalog/a.parquet""#,
        r#""path": "overrides.csv""#,
    ] {
        assert!(manifest.contains(wanted), "{manifest}");
    }
    let listed = results(&place.out()).unwrap();
    for file in fs::read_dir(place.out()).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        assert!(listed.iter().any(|output| output.name == name), "{name}");
        let bytes = fs::read(file.path()).unwrap();
        let machine = place.dir.path().to_str().unwrap().as_bytes();
        let told = bytes.windows(machine.len()).any(|part| part == machine);
        assert!(!told, "{name} tells where the machine keeps its files");
    }
    let rollup = StoredRollup::read(&place.out()).unwrap().unwrap();
    let counted = &summary.rollup.unwrap().frameworks[0];
    assert_eq!(rollup.as_of, "2026-11-21");
    assert_eq!(rollup.frameworks[0].handle, counted.handle);
    assert_eq!(rollup.frameworks[0].status, counted.head.status.as_str());
    assert_eq!(
        rollup.frameworks[0].findings.fail,
        counted.head.findings.fail
    );
}

#[test]
fn what_lies_outside_is_never_opened() {
    let place = place();
    let root = place.root();
    fs::write(place.dir.path().join("is-there"), "").unwrap();
    let link = |to: &str, from: &str| symlink(to, root.join(from)).unwrap();
    link("../outside.parquet", "file");
    link("..", "folder");
    link("../is-there", "there");
    link("../is-not-there", "not-there");
    link(
        place.dir.path().join("outside.parquet").to_str().unwrap(),
        "absolute",
    );
    link("/proc/self/root", "proc");
    link("/dev/zero", "zero");
    for path in [
        "file",
        "folder",
        "folder/outside.parquet",
        "folder/root/catalog/a.parquet",
        "there",
        "not-there",
        "absolute",
        "proc",
        "proc/etc/passwd",
        "zero",
    ] {
        let error = place.columns(path).unwrap_err();
        assert!(error.is_about_input());
        // Word for word the same, whatever is or is not at the other end.
        let expected = format!("`{path}` leads out of the folder that files are read from");
        assert_eq!(error.to_string(), expected);
        assert_eq!(place.look(path)[0].message, expected);
    }
    for path in [
        "catalog%2f..%2f..%2foutside.parquet",
        "%2e%2e/outside.parquet",
        "..\\\\outside.parquet",
        "catalog/a.parquet/..x",
        "~",
        "$HOME",
        "*",
        "catalog/*.parquet",
        "{catalog,x}",
        "CATALOG",
        "...",
    ] {
        let error = place.columns(path).unwrap_err();
        assert!(error.to_string().ends_with("does not exist"), "{error}");
    }
    assert!(!place.out().exists());
}

#[test]
fn folders_are_read_without_what_leads_out_of_them() {
    let place = place();
    let root = place.root();
    fs::copy(
        demo("catalog.parquet"),
        root.join("catalog/_hidden.parquet"),
    )
    .unwrap();
    fs::copy(
        demo("catalog.parquet"),
        root.join("catalog/.hidden.parquet"),
    )
    .unwrap();
    fs::write(root.join("catalog/notes.md"), "x").unwrap();
    symlink("..", root.join("catalog/deep/loop")).unwrap();
    symlink("nowhere", root.join("catalog/dangling")).unwrap();
    symlink("itself", root.join("catalog/itself")).unwrap();
    symlink("a.parquet", root.join("catalog/again.parquet")).unwrap();
    let summary = place.columns("catalog").unwrap();
    assert_eq!(summary.counts.rows, 200, "one file, once");
    fs::remove_dir_all(place.out()).unwrap();
    // The root itself, which holds the same.
    fs::remove_file(root.join("overrides.csv")).unwrap();
    assert_eq!(place.columns(".").unwrap().counts.rows, 200);
    fs::remove_dir_all(place.out()).unwrap();

    symlink("../../outside.parquet", root.join("catalog/b.parquet")).unwrap();
    let error = place.columns("catalog").unwrap_err();
    let expected = "`catalog/b.parquet` leads out of the folder that files are read from";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let place = place();
    let pipe = place.root().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let _socket = std::os::unix::net::UnixListener::bind(place.root().join("socket")).unwrap();
    for (path, kind) in [("pipe", "a pipe"), ("socket", "a socket")] {
        for error in [place.columns(path), place.columns(".")] {
            let error = error.unwrap_err().to_string();
            assert!(error.contains("is no regular file but"), "{error}");
        }
        let told = &place.look(path)[0].message;
        assert_eq!(*told, format!("`{path}` is no regular file but {kind}"));
    }
}

#[test]
fn files_of_ours_below_the_root_are_no_catalogs() {
    let place = place();
    let store = place.root().join("classmark.db");
    fs::write(&store, b"SQLite format 3\0 and pages").unwrap();
    let error = place.columns("classmark.db").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`classmark.db` is no catalog: it looks like an SQLite database, and is neither Parquet nor Arrow IPC"
    );
    place.columns("catalog").unwrap();
    fs::rename(place.out(), place.root().join("out")).unwrap();
    let error = place.columns("out/assignments.parquet").unwrap_err();
    assert!(
        error.to_string().contains("column `column_tags`"),
        "{error}"
    );
}

#[test]
fn a_link_that_is_exchanged_meanwhile_leads_nowhere() {
    let place = place();
    // Columns of the outside would show as another number of rows.
    let outside = place.dir.path().join("outside.parquet");
    fs::write(&outside, "no catalog at all").unwrap();
    let (near, far) = (place.root().join("near"), place.root().join("far"));
    let ends = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ends.load(Ordering::Relaxed) {
                for target in ["catalog/a.parquet", "../outside.parquet"] {
                    let _ = fs::remove_file(&far);
                    symlink(target, &far).unwrap();
                    fs::rename(&far, &near).unwrap();
                }
            }
        });
        let mut read = 0;
        for _ in 0..300 {
            match place.columns("near") {
                Ok(summary) => {
                    assert_eq!(summary.counts.rows, 200);
                    fs::remove_dir_all(place.out()).unwrap();
                    read += 1;
                }
                // Had the outside been opened, it would be told as no catalog.
                Err(error) => {
                    let text = error.to_string();
                    assert!(!text.contains("no catalog"), "{text}");
                }
            }
        }
        ends.store(true, Ordering::Relaxed);
        assert!(read > 0);
    });
}

/// Gives up after some rows or phases.
struct GivesUp {
    after: u64,
    asked: AtomicU64,
}

impl Progress for GivesUp {
    fn phase(&self, _: &'static str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn is_over(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) >= self.after
    }
}

#[test]
fn a_run_that_is_given_up_leaves_nothing_behind() {
    let place = place();
    let mut after = 0;
    loop {
        let asked = AtomicU64::new(0);
        let progress = GivesUp { after, asked };
        match place.watched(r#"{"columns": ["catalog"]}"#, &progress) {
            Err(PipelineError::GivenUp) => {}
            Err(other) => panic!("{other}"),
            Ok(_) => break,
        }
        let left: Vec<_> = fs::read_dir(place.dir.path()).unwrap().collect();
        assert_eq!(left.len(), 2, "{left:?}");
        after += 1;
    }
    assert!(after >= 3, "it was asked {after} times");
}

#[test]
fn a_rollup_needs_something_to_roll_up_for() {
    let place = place();
    let here = RunPlace {
        files: Confinement::open(&place.root()).unwrap(),
        out: place.out(),
        now: 0,
        threads: None,
    };
    let options = |request: &str| {
        let request = parse(request).unwrap();
        request.options(&here, ComplianceDocuments::default())
    };
    assert!(
        options(r#"{"columns": ["catalog"]}"#)
            .unwrap()
            .0
            .rollup
            .is_none()
    );
    for asked in [r#""report": true"#, r#""export": ["oscal"]"#] {
        let error = options(&format!(r#"{{"columns": ["catalog"], {asked}}}"#)).unwrap_err();
        assert!(matches!(error, PipelineError::Compliance(_)), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Of whatever parts a path is made, it leads to the one file that is inside, or nowhere.
    #[test]
    fn paths_lead_inside_or_nowhere(
        parts in prop::collection::vec(
            prop::sample::select(vec!["..", ".", "", "/", "catalog", "a.parquet", "up", "out", "b"]),
            1..8,
        ),
        slash in prop::sample::select(vec!["/", "//", "/./"]),
    ) {
        let place = place();
        symlink("..", place.root().join("catalog/up")).unwrap();
        symlink("../..", place.root().join("catalog/out")).unwrap();
        fs::write(place.dir.path().join("b"), "outside").unwrap();
        fs::write(place.dir.path().join("a.parquet"), "outside").unwrap();
        let path = parts.join(slash);
        let escaped = serde_json::to_string(&path).unwrap();
        if let Ok(request) = parse(&format!(r#"{{"columns": [{escaped}]}}"#)) {
            let files = Confinement::open(&place.root()).unwrap();
            if request.look(&files).is_empty() {
                // By its names: a file may be named with a slash at the end.
                let named: PathBuf = PathBuf::from(&path).components().collect();
                let real = fs::canonicalize(place.root().join(named)).unwrap();
                let root = fs::canonicalize(place.root()).unwrap();
                prop_assert!(real.starts_with(&root), "{} leads to {}", path, real.display());
            }
        }
    }
}
