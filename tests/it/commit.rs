//! A folder is committed as a whole, or not at all.

use classmark::output::{CommitError, Refusal, Staging, is_ours};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Barrier};
use std::thread;
use tempfile::TempDir;

const MANIFEST: &str = r#"{"tool": {"name": "classmark", "version": "0.1.0"},
    "outputs": [{"name": "assignments.parquet"}, {"name": "who"}]}"#;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn write(staging: &Staging, name: &str, content: &str) {
    let mut file = staging.create(name).unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file.finish().unwrap();
}

/// A run of two files that name who wrote them.
fn stage(out: &Path, force: bool, who: &str) -> Result<Staging, CommitError> {
    let staging = Staging::begin(out, force)?;
    write(&staging, "assignments.parquet", who);
    write(&staging, "who", who);
    write(&staging, "manifest.json", MANIFEST);
    Ok(staging)
}

fn run(out: &Path, force: bool, who: &str) -> Result<(), CommitError> {
    stage(out, force, who)?.commit()
}

/// Who wrote the run at `out`, which must be whole.
fn whose(out: &Path) -> String {
    assert!(is_ours(out));
    let who = fs::read_to_string(out.join("who")).unwrap();
    let other = fs::read_to_string(out.join("assignments.parquet")).unwrap();
    assert_eq!(who, other);
    who
}

/// The names in a folder, hidden ones too.
fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn refusal(result: Result<impl Sized, CommitError>) -> Refusal {
    match result {
        Err(CommitError::Refused(refusal)) => refusal,
        Err(other) => panic!("failed instead of refusing: {other}"),
        Ok(_) => panic!("not refused"),
    }
}

#[test]
fn nothing_shows_before_the_commit_and_all_of_it_after() {
    let dir = folder();
    let out = dir.path().join("out");
    let staging = stage(&out, false, "a").unwrap();
    assert!(!out.exists());
    staging.commit().unwrap();
    assert_eq!(whose(&out), "a");
    assert_eq!(names(&out), ["assignments.parquet", "manifest.json", "who"]);
    assert_eq!(names(dir.path()), ["out"]);
}

#[test]
fn missing_folders_are_made_and_go_when_the_run_fails() {
    let dir = folder();
    let out = dir.path().join("a/b/c/out");
    drop(stage(&out, false, "a").unwrap());
    assert_eq!(names(dir.path()), Vec::<String>::new());
    run(&out, false, "a").unwrap();
    assert_eq!(whose(&out), "a");
    assert_eq!(names(&dir.path().join("a/b/c")), ["out"]);
}

#[test]
fn folders_that_were_there_stay_when_the_run_fails() {
    let dir = folder();
    fs::create_dir(dir.path().join("a")).unwrap();
    drop(stage(&dir.path().join("a/b/out"), false, "a").unwrap());
    assert_eq!(names(dir.path()), ["a"]);
    assert_eq!(names(&dir.path().join("a")), Vec::<String>::new());
}

#[test]
fn an_empty_folder_is_used() {
    let dir = folder();
    for (out, force) in [("one", false), ("two", true)] {
        let out = dir.path().join(out);
        fs::create_dir(&out).unwrap();
        run(&out, force, "a").unwrap();
        assert_eq!(whose(&out), "a");
    }
    assert_eq!(names(dir.path()), ["one", "two"]);
}

#[test]
fn an_older_run_is_refused_without_force_and_replaced_with_it() {
    let dir = folder();
    let out = dir.path().join("out");
    run(&out, false, "old").unwrap();
    let manifest = MANIFEST.replace("[{", r#"[{"name": "rejected.parquet"}, {"#);
    fs::write(out.join("manifest.json"), manifest).unwrap();
    fs::write(out.join("rejected.parquet"), "only the old run has it").unwrap();
    assert!(matches!(
        refusal(Staging::begin(&out, false)),
        Refusal::NotEmpty(_)
    ));
    assert_eq!(whose(&out), "old");
    let staging = stage(&out, true, "new").unwrap();
    assert_eq!(whose(&out), "old");
    staging.commit().unwrap();
    assert_eq!(whose(&out), "new");
    assert_eq!(names(&out), ["assignments.parquet", "manifest.json", "who"]);
    assert_eq!(names(dir.path()), ["out"]);
}

#[test]
fn a_forced_run_that_fails_leaves_the_older_one() {
    let dir = folder();
    let out = dir.path().join("out");
    run(&out, false, "old").unwrap();
    drop(stage(&out, true, "new").unwrap());
    assert_eq!(whose(&out), "old");
    assert_eq!(names(dir.path()), ["out"]);
}

#[test]
fn a_strangers_folder_is_never_touched() {
    let manifests = [
        None,
        Some(""),
        Some("{}"),
        Some(r#"{"tool": {"name": "other"}}"#),
        Some(r#"{"tool": {"name": "classmark"}"#),
    ];
    for manifest in manifests {
        let dir = folder();
        let out = dir.path().join("out");
        fs::create_dir(&out).unwrap();
        fs::write(out.join("thesis.tex"), "years of work").unwrap();
        if let Some(text) = manifest {
            fs::write(out.join("manifest.json"), text).unwrap();
        }
        let before = names(&out);
        assert!(matches!(
            refusal(Staging::begin(&out, true)),
            Refusal::NotOurs(_)
        ));
        assert!(matches!(
            refusal(Staging::begin(&out, false)),
            Refusal::NotEmpty(_)
        ));
        assert_eq!(names(&out), before);
        assert_eq!(names(dir.path()), ["out"]);
    }
}

#[test]
fn a_file_in_place_is_refused() {
    let dir = folder();
    let out = dir.path().join("out");
    fs::write(&out, "a file").unwrap();
    for force in [false, true] {
        assert!(matches!(
            refusal(Staging::begin(&out, force)),
            Refusal::NotAFolder(_)
        ));
        assert!(matches!(
            refusal(Staging::begin(&out.join("below/it"), force)),
            Refusal::ParentNotAFolder(_)
        ));
        let mut slash = out.clone().into_os_string();
        slash.push("/");
        refusal(Staging::begin(Path::new(&slash), force));
    }
    assert_eq!(fs::read_to_string(&out).unwrap(), "a file");
    assert_eq!(names(dir.path()), ["out"]);
}

#[test]
fn who_fills_the_folder_meanwhile_keeps_it() {
    for force in [false, true] {
        let dir = folder();
        let out = dir.path().join("out");
        fs::create_dir(&out).unwrap();
        let staging = stage(&out, force, "late").unwrap();
        fs::write(out.join("theirs"), "x").unwrap();
        refusal(staging.commit());
        assert_eq!(names(&out), ["theirs"]);
        assert_eq!(names(dir.path()), ["out"]);
    }
}

#[test]
fn who_makes_the_place_a_file_meanwhile_keeps_it() {
    let dir = folder();
    let out = dir.path().join("out");
    let staging = stage(&out, true, "late").unwrap();
    fs::write(&out, "x").unwrap();
    assert!(matches!(refusal(staging.commit()), Refusal::NotAFolder(_)));
    assert_eq!(fs::read_to_string(&out).unwrap(), "x");
    assert_eq!(names(dir.path()), ["out"]);
}

#[test]
fn a_run_that_is_no_more_ours_at_the_commit_is_kept() {
    let dir = folder();
    let out = dir.path().join("out");
    run(&out, false, "old").unwrap();
    let staging = stage(&out, true, "new").unwrap();
    fs::write(out.join("manifest.json"), "{}").unwrap();
    assert!(matches!(refusal(staging.commit()), Refusal::NotOurs(_)));
    assert_eq!(fs::read_to_string(out.join("who")).unwrap(), "old");
}

#[test]
fn an_older_run_that_vanishes_meanwhile_is_no_obstacle() {
    let dir = folder();
    let out = dir.path().join("out");
    run(&out, false, "old").unwrap();
    let staging = stage(&out, true, "new").unwrap();
    fs::remove_dir_all(&out).unwrap();
    staging.commit().unwrap();
    assert_eq!(whose(&out), "new");
}

#[test]
fn a_file_that_was_not_finished_stops_the_commit() {
    let dir = folder();
    let out = dir.path().join("out");
    let staging = stage(&out, false, "a").unwrap();
    drop(staging.create("half").unwrap());
    assert!(matches!(
        staging.commit(),
        Err(CommitError::Unfinished { files: 1, .. })
    ));
    assert_eq!(names(dir.path()), Vec::<String>::new());
}

#[test]
fn file_names_stay_in_the_folder_and_are_used_once() {
    let dir = folder();
    let staging = Staging::begin(&dir.path().join("out"), false).unwrap();
    for name in [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "/etc/x",
        "a/",
        "./a",
        ".scratch",
        ".journal",
        ".replaced",
    ] {
        assert!(staging.create(name).is_err(), "{name}");
    }
    write(&staging, "once", "");
    assert!(!staging.create("once").unwrap_err().is_refusal());
}

#[test]
fn scratch_is_never_part_of_the_output() {
    let dir = folder();
    let out = dir.path().join("out");
    let staging = stage(&out, false, "a").unwrap();
    let scratch = staging.scratch().unwrap();
    assert_eq!(scratch, staging.scratch().unwrap());
    fs::write(scratch.join("spill"), "x").unwrap();
    staging.commit().unwrap();
    assert!(!names(&out).iter().any(|name| name.contains("scratch")));
    assert!(!scratch.exists());
}

#[test]
fn names_of_any_length_and_spelling_work() {
    let dir = folder();
    let mut places: Vec<PathBuf> = ["x", " ", "a\nb", "ü", ".hidden", "-", "*?"]
        .iter()
        .map(|name| dir.path().join(name))
        .collect();
    places.extend([199, 201, 255].map(|length| dir.path().join("n".repeat(length))));
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt;
        places.push(dir.path().join(std::ffi::OsStr::from_bytes(b"not\xffutf8")));
    }
    for out in &places {
        run(out, false, "a").unwrap();
        run(out, true, "b").unwrap();
        assert_eq!(whose(out), "b");
    }
    assert_eq!(names(dir.path()).len(), places.len());
    let long = dir.path().join("n".repeat(256));
    assert!(matches!(
        refusal(Staging::begin(&long, false)),
        Refusal::NoName(_)
    ));
}

#[test]
fn odd_ways_of_naming_one_folder_reach_it() {
    let dir = folder();
    fs::create_dir(dir.path().join("side")).unwrap();
    let root = dir.path().to_str().unwrap();
    for (i, out) in ["out/", "./out2/.", "side/../out3", "side/./out4//"]
        .iter()
        .enumerate()
    {
        run(Path::new(&format!("{root}/{out}")), false, "a").unwrap();
        let plain = ["out", "out2", "out3", "side/out4"][i];
        assert_eq!(whose(&dir.path().join(plain)), "a");
    }
    assert_eq!(names(dir.path()), ["out", "out2", "out3", "side"]);
}

#[test]
fn folders_that_cannot_be_replaced_are_refused() {
    for out in ["", "/"] {
        for force in [false, true] {
            refusal(Staging::begin(Path::new(out), force));
        }
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_before_and_never_replaced() {
    use std::os::unix::fs::symlink;
    let dir = folder();
    let real = dir.path().join("disk/real");
    fs::create_dir_all(&real).unwrap();
    let link = dir.path().join("link");
    symlink(&real, &link).unwrap();
    run(&link, false, "a").unwrap();
    run(&link, true, "b").unwrap();
    assert_eq!(whose(&real), "b");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(names(&dir.path().join("disk")), ["real"]);

    let nowhere = dir.path().join("nowhere");
    symlink(dir.path().join("gone"), &nowhere).unwrap();
    refusal(Staging::begin(&nowhere, true));
    symlink("round", dir.path().join("round")).unwrap();
    assert!(Staging::begin(&dir.path().join("round"), true).is_err());

    // A link that takes the place meanwhile.
    let out = dir.path().join("out");
    let staging = stage(&out, true, "late").unwrap();
    symlink(&real, &out).unwrap();
    assert!(matches!(refusal(staging.commit()), Refusal::NotAFolder(_)));
    assert_eq!(whose(&real), "b");
}

#[cfg(unix)]
#[test]
fn permissions_of_the_folder_in_place_are_kept() {
    use std::os::unix::fs::PermissionsExt;
    let dir = folder();
    let out = dir.path().join("out");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    fs::create_dir(&out).unwrap();
    fs::set_permissions(&out, fs::Permissions::from_mode(0o700)).unwrap();
    run(&out, false, "a").unwrap();
    assert_eq!(mode(&out), 0o700);
    run(&out, true, "b").unwrap();
    assert_eq!(mode(&out), 0o700);
}

#[cfg(target_os = "linux")]
#[test]
fn a_place_where_nothing_can_be_made_fails() {
    // Nobody can make a folder in /proc, not even root.
    for out in ["/proc/classmark", "/proc/classmark/below"] {
        let failed = Staging::begin(Path::new(out), false).unwrap_err();
        assert!(!failed.is_refusal(), "{failed}");
        let told = "cannot create `/proc/classmark`: No such file or directory";
        assert!(failed.to_string().starts_with(told), "{failed}");
    }
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_above_fails() {
    use std::os::unix::fs::PermissionsExt;
    let dir = folder();
    let above = dir.path().join("above");
    fs::create_dir(&above).unwrap();
    fs::set_permissions(&above, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::create_dir(above.join("probe")).is_ok() {
        eprintln!("skipped: this user may write anywhere");
        return;
    }
    let failed = Staging::begin(&above.join("out"), false).unwrap_err();
    assert!(!failed.is_refusal(), "{failed}");
}

#[test]
fn of_two_commits_at_once_one_wins_whole() {
    for round in 0..50 {
        let dir = folder();
        let out = dir.path().join("out");
        if round % 2 == 1 {
            fs::create_dir(&out).unwrap();
        }
        let barrier = Arc::new(Barrier::new(2));
        let racers = ["a", "b"].map(|who| {
            let staging = stage(&out, false, who).unwrap();
            let barrier = Arc::clone(&barrier);
            thread::spawn(move || {
                barrier.wait();
                staging.commit().map(|()| who)
            })
        });
        let results = racers.map(|racer| racer.join().unwrap());
        let winners: Vec<_> = results.iter().flatten().collect();
        assert_eq!(winners.len(), 1);
        assert_eq!(whose(&out), *winners[0]);
        let lost = results.into_iter().find_map(Result::err).unwrap();
        assert!(lost.is_refusal(), "{lost}");
        assert_eq!(names(dir.path()), ["out"]);
    }
}

#[test]
fn of_many_forced_runs_at_once_one_stands_whole() {
    for _ in 0..20 {
        let dir = folder();
        let out = dir.path().join("out");
        run(&out, false, "old").unwrap();
        let barrier = Arc::new(Barrier::new(4));
        let racers = ["a", "b", "c", "d"].map(|who| {
            let (out, barrier) = (out.clone(), Arc::clone(&barrier));
            thread::spawn(move || {
                barrier.wait();
                run(&out, true, who).map(|()| who)
            })
        });
        let results = racers.map(|racer| racer.join().unwrap());
        let who = whose(&out);
        assert!(results.iter().flatten().any(|winner| *winner == who));
        for lost in results.iter().filter_map(|result| result.as_ref().err()) {
            assert!(
                matches!(lost, CommitError::Refused(Refusal::Busy(_))),
                "{lost}"
            );
        }
        assert_eq!(names(dir.path()), ["out"]);
    }
}

#[test]
fn runs_that_begin_and_end_at_once_never_take_each_others_folders() {
    let dir = folder();
    let out = dir.path().join("deep/er/out");
    let workers = [(); 4].map(|()| {
        let out = out.clone();
        thread::spawn(move || {
            for _ in 0..50 {
                drop(stage(&out, false, "x").unwrap());
            }
        })
    });
    for worker in workers {
        worker.join().unwrap();
    }
    assert!(!out.exists());
}

const PLACE: &str = "CLASSMARK_TEST_KILLED_AT";

/// Not a test of its own: what `a_killed_run_is_cleared_by_the_next` kills.
#[test]
fn killed_halfway() {
    let Ok(out) = std::env::var(PLACE) else {
        return;
    };
    let staging = stage(Path::new(&out), true, "killed").unwrap();
    fs::write(staging.scratch().unwrap().join("spill"), "x").unwrap();
    println!("\nstaged");
    thread::sleep(std::time::Duration::from_secs(60));
}

#[test]
fn a_killed_run_is_cleared_by_the_next() {
    let dir = folder();
    let out = dir.path().join("out");
    run(&out, false, "old").unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "commit::killed_halfway", "--nocapture"])
        .env(PLACE, &out)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map(Result::unwrap).any(|line| line == "staged"));

    // Alive, it is left alone.
    drop(stage(&out, true, "b").unwrap());
    assert_eq!(names(dir.path()).len(), 2);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(names(dir.path()).len(), 2);
    assert_eq!(whose(&out), "old");

    // Even a run that is then refused clears it.
    refusal(Staging::begin(&out, false));
    assert_eq!(names(dir.path()), ["out"]);
    assert_eq!(whose(&out), "old");
}
