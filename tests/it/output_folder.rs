//! Output folders as people have them: with files of their own in them, mounted,
//! shared by a group, and runs that are interrupted.

use classmark::output::{CommitError, Refusal, Staging, is_ours};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo");
/// A user and group that owns nothing.
const NOBODY: u32 = 65534;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    // For runs by another user.
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    folder
}

fn stage(out: &Path, force: bool, who: &str) -> Result<Staging, CommitError> {
    let staging = Staging::begin(out, force)?;
    let manifest = r#"{"tool": {"name": "classmark"}, "outputs": [{"name": "a"}, {"name": "b"}]}"#;
    for (name, text) in [("a", who), ("b", who), ("manifest.json", manifest)] {
        let mut file = staging.create(name)?;
        file.write_all(text.as_bytes()).unwrap();
        file.finish()?;
    }
    Ok(staging)
}

fn run(out: &Path, force: bool, who: &str) -> Result<(), CommitError> {
    stage(out, force, who)?.commit()
}

/// Who wrote the run at `out`, which must be whole.
fn whose(out: &Path) -> String {
    assert!(is_ours(out));
    let [a, b] = ["a", "b"].map(|name| fs::read_to_string(out.join(name)).unwrap());
    assert_eq!(a, b);
    a
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn foreign(result: Result<impl Sized, CommitError>) -> Vec<String> {
    match result {
        Err(CommitError::Refused(Refusal::ForeignEntries { entries, .. })) => entries
            .into_iter()
            .map(|name| name.into_string().unwrap())
            .collect(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("not refused"),
    }
}

#[test]
fn whatever_is_not_a_file_of_the_earlier_run_is_refused() {
    type Put = fn(&Path);
    let cases: [(&str, Put); 6] = [
        ("notes.md", |at| fs::write(at, "keep").unwrap()),
        (".hidden", |at| fs::write(at, "keep").unwrap()),
        ("folder", |at| fs::create_dir(at).unwrap()),
        ("link", |at| symlink("a", at).unwrap()),
        // Names that the manifest lists, and other things there now.
        ("a", |at| {
            fs::remove_file(at).unwrap();
            fs::create_dir(at).unwrap();
        }),
        ("b", |at| {
            fs::remove_file(at).unwrap();
            symlink("a", at).unwrap();
        }),
    ];
    for (name, put) in cases {
        let dir = folder();
        let out = dir.path().join("out");
        run(&out, false, "old").unwrap();
        put(&out.join(name));
        let before = names(&out);
        assert_eq!(foreign(Staging::begin(&out, true)), [name]);
        assert_eq!(names(&out), before);
        assert_eq!(names(dir.path()), ["out"]);
    }
}

#[test]
fn a_file_that_appears_before_the_commit_is_kept() {
    let dir = folder();
    let out = dir.path().join("out");
    run(&out, false, "old").unwrap();
    let staging = stage(&out, true, "new").unwrap();
    fs::write(out.join("notes"), "keep").unwrap();
    assert_eq!(foreign(staging.commit()), ["notes"]);
    assert_eq!(whose(&out), "old");
    assert_eq!(names(&out), ["a", "b", "manifest.json", "notes"]);
    assert_eq!(names(dir.path()), ["out"]);
}

#[test]
fn a_file_of_the_run_that_was_edited_or_removed_is_replaced() {
    let dir = folder();
    let out = dir.path().join("out");
    run(&out, false, "old").unwrap();
    fs::write(out.join("a"), "edited").unwrap();
    fs::remove_file(out.join("b")).unwrap();
    run(&out, true, "new").unwrap();
    assert_eq!(whose(&out), "new");
}

/// Makes runs into `out` work inside it, as long as this is held.
fn inside(out: &Path) -> File {
    let other = out.join(".classmark-0123456789abcdef");
    fs::create_dir_all(&other).unwrap();
    let held = File::open(&other).unwrap();
    held.lock().unwrap();
    held
}

#[test]
fn a_run_inside_its_folder_shows_when_it_is_whole() {
    let dir = folder();
    let out = dir.path().join("out");
    let held = inside(&out);
    let inode = fs::metadata(&out).unwrap().ino();
    let staging = stage(&out, false, "one").unwrap();
    assert!(!out.join("a").exists());
    assert_eq!(names(dir.path()), ["out"]);
    staging.commit().unwrap();
    assert_eq!(whose(&out), "one");
    assert!(matches!(
        stage(&out, false, "two"),
        Err(CommitError::Refused(Refusal::NotEmpty(_)))
    ));
    drop(stage(&out, true, "given up").unwrap());
    assert_eq!(whose(&out), "one");
    run(&out, true, "two").unwrap();
    assert_eq!(whose(&out), "two");
    assert_eq!(fs::metadata(&out).unwrap().ino(), inode);
    drop(held);
    // Nobody holds the other folder any more: it is a leftover.
    run(&out, true, "three").unwrap();
    assert_eq!(names(&out), ["a", "b", "manifest.json"]);
}

#[test]
fn of_many_runs_inside_one_folder_one_stands_whole() {
    for force in [false, true] {
        for _ in 0..10 {
            let dir = folder();
            let out = dir.path().join("out");
            let held = inside(&out);
            let barrier = Arc::new(Barrier::new(8));
            let racers: Vec<_> = (0..8)
                .map(|who| {
                    let (out, barrier) = (out.clone(), Arc::clone(&barrier));
                    thread::spawn(move || {
                        let staging = stage(&out, force, &who.to_string());
                        barrier.wait();
                        staging.and_then(Staging::commit).map(|()| who.to_string())
                    })
                })
                .collect();
            let results: Vec<_> = racers
                .into_iter()
                .map(|racer| racer.join().unwrap())
                .collect();
            let who = whose(&out);
            let winners: Vec<_> = results.iter().flatten().collect();
            assert!(winners.contains(&&who));
            assert!(force || winners.len() == 1);
            for lost in results.iter().filter_map(|result| result.as_ref().err()) {
                assert!(lost.is_refusal(), "{lost}");
            }
            drop(held);
            drop(stage(&out, true, "last").unwrap());
            assert_eq!(names(&out), ["a", "b", "manifest.json"]);
        }
    }
}

/// `classmark` with these arguments, over the demo where it is `tag`.
fn classmark(cwd: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("classmark"));
    command.current_dir(cwd).args(arguments);
    if arguments[0] == "tag" {
        let [frameworks, columns] =
            ["frameworks", "catalog.parquet"].map(|name| format!("{DEMO}/{name}"));
        command.args([
            "--quiet",
            "--frameworks",
            &frameworks,
            "--columns",
            &columns,
        ]);
    }
    command
}

#[track_caller]
fn said(output: &Output, code: i32) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

fn is_run_of_tag(folder: &Path) -> bool {
    is_ours(folder) && folder.join("assignments.parquet").exists()
}

#[test]
fn the_current_folder_is_used_if_it_is_empty() {
    for out in [".", "./", "../here", "./."] {
        let dir = folder();
        let here = dir.path().join("here");
        fs::create_dir(&here).unwrap();
        said(
            &classmark(&here, &["tag", "--out", out]).output().unwrap(),
            0,
        );
        assert!(is_run_of_tag(&here));
        let inode = fs::metadata(&here).unwrap().ino();
        said(
            &classmark(&here, &["tag", "--out", out]).output().unwrap(),
            2,
        );
        let again = ["tag", "--out", out, "--force"];
        said(&classmark(&here, &again).output().unwrap(), 0);
        fs::write(here.join("mine"), "").unwrap();
        let text = said(&classmark(&here, &again).output().unwrap(), 2);
        assert!(text.contains("`mine`"), "{text}");
        assert!(is_run_of_tag(&here));
        assert_eq!(fs::metadata(&here).unwrap().ino(), inode);
        assert!(!names(&here).iter().any(|name| name.starts_with('.')));
        assert_eq!(names(dir.path()), ["here"]);
    }
}

#[test]
fn generate_uses_the_current_folder_too() {
    let dir = folder();
    let arguments = [
        "generate",
        "--out",
        ".",
        "--data-sources",
        "3",
        "--rules",
        "5",
    ];
    said(&classmark(dir.path(), &arguments).output().unwrap(), 0);
    assert_eq!(names(dir.path()), ["columns.parquet", "frameworks"]);
    assert!(!names(&dir.path().join("frameworks")).is_empty());
}

/// Lets another user run the command, if this one may do that and the other
/// one may run it; else the tests rest on the permissions of this user.
fn as_nobody(command: &mut Command) -> &mut Command {
    let probe = |command: &mut Command| command.uid(NOBODY).gid(NOBODY).output().is_ok();
    let mut version = Command::new(assert_cmd::cargo::cargo_bin!("classmark"));
    if geteuid().is_root() && probe(version.arg("--version")) {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

fn give_to_nobody(path: &Path) {
    if geteuid().is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

#[test]
fn a_folder_in_a_parent_that_takes_nothing_is_used() {
    let dir = folder();
    let parent = dir.path().join("parent");
    let own = parent.join("own");
    fs::create_dir_all(&own).unwrap();
    give_to_nobody(&own);
    fs::set_permissions(&parent, Permissions::from_mode(0o555)).unwrap();
    for more in [&[][..], &["--force"]] {
        let arguments = [&["tag", "--out", "parent/own"], more].concat();
        let mut command = classmark(dir.path(), &arguments);
        said(&as_nobody(&mut command).output().unwrap(), 0);
        assert!(is_run_of_tag(&own));
        assert!(!names(&own).iter().any(|name| name.starts_with('.')));
    }
    fs::set_permissions(&parent, Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_folder_that_takes_nothing_is_named() {
    let dir = folder();
    let [own, parent] = ["own", "parent"].map(|name| dir.path().join(name));
    for path in [&own, &parent] {
        fs::create_dir(path).unwrap();
        give_to_nobody(path);
        fs::set_permissions(path, Permissions::from_mode(0o555)).unwrap();
    }
    for (out, told) in [
        ("own", "cannot create files in `"),
        ("parent/new", "cannot create `"),
    ] {
        let mut command = classmark(dir.path(), &["tag", "--out", out]);
        let output = as_nobody(&mut command).output().unwrap();
        if output.status.success() {
            eprintln!("skipped: this user may write anywhere");
            continue;
        }
        let text = said(&output, 3).replace('\n', "");
        assert!(text.contains(told) && text.contains("ermission"), "{text}");
        assert!(!text.contains(".classmark-"), "{text}");
    }
}

#[test]
fn mode_and_group_of_the_folder_stay_and_files_inherit_the_group() {
    let dir = folder();
    let out = dir.path().join("team");
    fs::create_dir(&out).unwrap();
    let group = match chown(&out, None, Some(12345)) {
        Ok(()) => 12345,
        Err(_) => fs::metadata(&out).unwrap().gid(),
    };
    fs::set_permissions(&out, Permissions::from_mode(0o2775)).unwrap();
    for more in [&[][..], &["--force"]] {
        let arguments = [&["tag", "--out", "team"], more].concat();
        said(&classmark(dir.path(), &arguments).output().unwrap(), 0);
        let there = fs::metadata(&out).unwrap();
        assert_eq!((there.gid(), there.mode() & 0o7777), (group, 0o2775));
        let file = fs::metadata(out.join("manifest.json")).unwrap();
        assert_eq!((file.gid(), file.mode() & 0o111), (group, 0));
    }
    assert_eq!(names(dir.path()), ["team"]);
}

#[test]
fn a_refusal_is_told_as_json_too() {
    let dir = folder();
    said(
        &classmark(dir.path(), &["tag", "--out", "out"])
            .output()
            .unwrap(),
        0,
    );
    fs::write(dir.path().join("out/notes\n.md"), "").unwrap();
    let arguments = ["tag", "--out", "out", "--force", "--format", "json"];
    let text = said(&classmark(dir.path(), &arguments).output().unwrap(), 2);
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(told["error"]["kind"], "usage");
    let message = told["error"]["message"].as_str().unwrap();
    assert!(message.contains(r"`notes\n.md`"), "{message}");
    assert!(told["error"]["help"].is_string());
}

#[test]
fn rollups_and_comparisons_keep_other_files_too() {
    let dir = folder();
    said(
        &classmark(dir.path(), &["tag", "--out", "run"])
            .output()
            .unwrap(),
        0,
    );
    let compliance = format!("{DEMO}/compliance");
    let commands = [
        vec!["rollup", "run", "--compliance", &compliance, "--out", "out"],
        vec!["diff", "run", "run", "--out", "out"],
    ];
    for command in commands {
        let out = dir.path().join("out");
        said(&classmark(dir.path(), &command).output().unwrap(), 0);
        let forced = [&command[..], &["--force"]].concat();
        said(&classmark(dir.path(), &forced).output().unwrap(), 0);
        fs::write(out.join("signed.pdf"), "keep").unwrap();
        let text = said(&classmark(dir.path(), &forced).output().unwrap(), 2);
        assert!(text.contains("`signed.pdf`"), "{text}");
        assert!(out.join("signed.pdf").exists() && is_ours(&out));
        fs::remove_dir_all(&out).unwrap();
    }
}

#[test]
fn a_file_that_may_not_grow_is_named_and_leaves_nothing() {
    let dir = folder();
    let generated = ["generate", "--out", "g", "--data-sources", "200"];
    said(&classmark(dir.path(), &generated).output().unwrap(), 0);
    fs::create_dir(dir.path().join("empty")).unwrap();
    let program = assert_cmd::cargo::cargo_bin!("classmark");
    for (out, told) in [
        ("out", "out/assignments.parquet"),
        ("empty", "empty/assignments.parquet"),
    ] {
        // Files of at most 512 or 1,024 bytes.
        let script = format!(
            "trap '' XFSZ; ulimit -f 1; exec '{}' tag --quiet --frameworks g/frameworks \
             --columns g/columns.parquet --out {out}",
            program.display()
        );
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(dir.path())
            .output();
        let text = said(&output.unwrap(), 3).replace(['\n', ' ', '│'], "");
        assert!(text.contains(told), "{text}");
        assert_eq!(names(dir.path()), ["empty", "g"]);
        assert_eq!(names(&dir.path().join("empty")), Vec::<String>::new());
    }
}

/// A catalog for which a run spills and takes a while.
fn scattered(dir: &Path) {
    let arguments = [
        "generate",
        "--out",
        "g",
        "--data-sources",
        "6000",
        "--columns-per-source",
        "50",
        "--rules",
        "20",
        "--scattered",
    ];
    said(&classmark(dir, &arguments).output().unwrap(), 0);
}

/// A run over that catalog, once it has begun to write.
fn begun(dir: &Path, day: &str) -> Child {
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("classmark"))
        .current_dir(dir)
        .args([
            "tag",
            "--frameworks",
            "g/frameworks",
            "--columns",
            "g/columns.parquet",
        ])
        .args(["--memory", "1MiB", "--out", day])
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let nightly = dir.join("nightly");
    let began = Instant::now();
    while !fs::read_dir(&nightly)
        .is_ok_and(|mut entries| entries.any(|e| is_spilling(&e.unwrap().path())))
    {
        assert!(child.try_wait().unwrap().is_none(), "too fast");
        assert!(began.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(1));
    }
    child
}

fn is_spilling(staging: &Path) -> bool {
    staging.join(".scratch").exists()
}

fn signalled(mut child: Child, signals: &[Signal]) -> ExitStatus {
    let pid = Pid::from_raw(child.id() as i32).unwrap();
    for signal in signals {
        kill_process(pid, *signal).unwrap();
    }
    child.wait().unwrap()
}

#[test]
fn an_interrupted_run_leaves_nothing() {
    let dir = folder();
    scattered(dir.path());
    for signals in [
        &[Signal::INT][..],
        &[Signal::TERM],
        &[Signal::HUP],
        // As `timeout` does it.
        &[Signal::INT, Signal::INT],
    ] {
        let ended = signalled(begun(dir.path(), "nightly/2026-01-01"), signals);
        assert_eq!(ended.signal(), Some(signals[0].as_raw()), "{ended}");
        assert_eq!(names(dir.path()), ["g"]);
    }
}

/// Bytes of all files below a folder.
fn bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let bytes = entries.map(|path: PathBuf| match path.is_dir() {
        true => bytes(&path),
        false => fs::metadata(&path).unwrap().len(),
    });
    bytes.sum()
}

#[test]
fn a_killed_run_leaves_no_spill_and_its_neighbor_clears_the_rest() {
    let dir = folder();
    scattered(dir.path());
    let nightly = dir.path().join("nightly");
    for day in ["nightly/2026-01-01", "nightly/2026-01-02"] {
        let child = begun(dir.path(), day);
        // Long enough to spill, and short enough not to end.
        thread::sleep(Duration::from_millis(20));
        let ended = signalled(child, &[Signal::KILL]);
        assert_eq!(ended.signal(), Some(9));
    }
    assert!(bytes(&nightly) < 1 << 20, "{}", bytes(&nightly));
    let arguments = ["tag", "--out", "nightly/2026-01-03"];
    said(&classmark(dir.path(), &arguments).output().unwrap(), 0);
    assert_eq!(names(&nightly), ["2026-01-03"]);
}
