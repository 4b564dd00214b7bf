//! What the commands do when all is well, and how they refuse.

use super::*;
use sha2::{Digest, Sha256};
use std::process::Stdio;

#[test]
fn the_demo_runs_end_to_end() {
    let folder = folder();
    let said = tag(folder.path(), &demo_catalog(), &[]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.stdout
            .starts_with("tagged 200 columns of 20 data sources (200 rows) in ")
    );
    assert!(
        said.stdout.contains("  rules        56 of 56 fired\n"),
        "{said:?}"
    );
    assert_eq!(names(folder.path()), ["out"]);
    let out = path(&folder, "out");
    assert_eq!(
        names(&out),
        [
            "assignments.parquet",
            "data_sources.parquet",
            "manifest.json",
            "rules.parquet"
        ]
    );

    let manifest = json(&fs::read_to_string(out.join("manifest.json")).unwrap());
    let outputs = manifest["outputs"].as_array().unwrap();
    assert_eq!(outputs.len(), 3);
    for output in outputs {
        let bytes = fs::read(out.join(output["name"].as_str().unwrap())).unwrap();
        assert_eq!(output["bytes"], bytes.len());
        let sum: String = Sha256::digest(&bytes)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(output["sha256"], sum.as_str());
    }
    assert_eq!(outputs[0]["rows"], manifest["counts"]["assignments"]);
}

#[test]
fn json_tells_the_same_facts() {
    let folder = folder();
    let said = tag(folder.path(), &demo_catalog(), &["--format", "json"]);
    assert_eq!((said.code, &*said.stderr), (0, ""));
    let summary = json(&said.stdout);
    let manifest = json(&fs::read_to_string(path(&folder, "out/manifest.json")).unwrap());
    for (name, count) in manifest["counts"].as_object().unwrap() {
        assert_eq!(&summary[name], count, "{name}");
    }
    assert_eq!(summary["out"], "out");
    assert!(summary["seconds"].is_f64());
}

#[test]
fn an_existing_folder_is_refused_and_replaced_with_force() {
    let folder = folder();
    assert_eq!(tag(folder.path(), &demo_catalog(), &[]).code, 0);
    fs::write(path(&folder, "out/mine.txt"), "mine").unwrap();
    let before = fs::read(path(&folder, "out/manifest.json")).unwrap();

    let refused = tag(folder.path(), &demo_catalog(), &["--quiet"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("exists and is not empty"),
        "{refused:?}"
    );
    assert!(refused.stderr.contains("`--force`"), "{refused:?}");
    assert_eq!(
        fs::read(path(&folder, "out/manifest.json")).unwrap(),
        before
    );
    assert!(path(&folder, "out/mine.txt").exists());

    // Files of other people are named, and never deleted.
    let refused = tag(folder.path(), &demo_catalog(), &["--force"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("`mine.txt`"), "{refused:?}");
    let manifest = path(&folder, "out/manifest.json");
    assert_eq!(fs::read(manifest).unwrap(), before);
    fs::remove_file(path(&folder, "out/mine.txt")).unwrap();
    assert_eq!(tag(folder.path(), &demo_catalog(), &["--force"]).code, 0);
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn a_strangers_folder_is_never_replaced() {
    let folder = folder();
    fs::create_dir(path(&folder, "out")).unwrap();
    fs::write(path(&folder, "out/mine.txt"), "mine").unwrap();
    let said = tag(folder.path(), &demo_catalog(), &["--force"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert_eq!(names(&path(&folder, "out")), ["mine.txt"]);
}

#[test]
fn an_output_that_cannot_be_made_is_3_or_2() {
    let folder = folder();
    fs::write(path(&folder, "file"), "").unwrap();
    let frameworks = format!("{DEMO}/frameworks");
    let arguments = [
        "tag",
        "--frameworks",
        &frameworks,
        "--columns",
        &demo_catalog(),
        "--out",
    ];
    let below_a_file = classmark(folder.path(), &[&arguments[..], &["file/out"]].concat());
    assert_eq!(below_a_file.code, 2, "{below_a_file:?}");
    let nowhere = classmark(
        folder.path(),
        &[&arguments[..], &["/proc/nowhere/out"]].concat(),
    );
    assert_eq!(nowhere.code, 3, "{nowhere:?}");
}

#[test]
fn quiet_is_quiet() {
    let folder = folder();
    let said = tag(folder.path(), &demo_catalog(), &["--quiet"]);
    assert_eq!((said.code, &*said.stderr), (0, ""));
    let loud = tag(folder.path(), &demo_catalog(), &["--force"]);
    assert_eq!(loud.stderr, "reading ids\ntagging 200 rows\nwriting\n");
}

#[test]
fn results_do_not_depend_on_threads_or_memory() {
    let folder = folder();
    let spec = [
        "generate",
        "--out",
        "g",
        "--data-sources",
        "40",
        "--rules",
        "100",
        "--scattered",
    ];
    assert_eq!(classmark(folder.path(), &spec).code, 0);
    let mut seen = Vec::new();
    for more in [["--threads", "1"], ["--threads", "5"], ["--memory", "1KB"]] {
        let mut arguments = vec!["tag", "--frameworks", "g/frameworks", "--columns"];
        arguments.extend(["g/columns.parquet", "--out", "out", "--force"]);
        arguments.extend(more);
        let said = classmark(folder.path(), &arguments);
        assert_eq!(said.code, 0, "{said:?}");
        seen.push(fs::read(path(&folder, "out/assignments.parquet")).unwrap());
    }
    assert!(seen.windows(2).all(|two| two[0] == two[1]));
}

#[test]
fn generated_catalogs_are_the_same_each_time_and_can_be_tagged() {
    let folder = folder();
    let spec = [
        "--data-sources",
        "30",
        "--rules",
        "80",
        "--seed",
        "7",
        "--two-tables",
    ];
    for out in ["a", "deep/b"] {
        let said = classmark(
            folder.path(),
            &[&["generate", "--out", out][..], &spec].concat(),
        );
        assert_eq!((said.code, &*said.stderr), (0, ""), "{said:?}");
        let first = format!("wrote 7 files into {out}\n");
        assert!(said.stdout.starts_with(&first), "{said:?}");
    }
    let files = ["columns.parquet", "sources.parquet", "frameworks"];
    let mut expected = files;
    expected.sort_unstable();
    assert_eq!(names(&path(&folder, "a")), expected);
    let frameworks = names(&path(&folder, "a/frameworks"));
    let inside = frameworks.iter().map(|name| format!("frameworks/{name}"));
    for file in inside.chain(files[..2].iter().map(|name| (*name).to_owned())) {
        let [a, b] = ["a", "deep/b"].map(|out| fs::read(path(&folder, out).join(&file)).unwrap());
        assert_eq!(a, b, "{file}");
    }
    let mut arguments = vec!["tag", "--frameworks", "a/frameworks", "--columns"];
    arguments.extend([
        "a/columns.parquet",
        "--sources",
        "a/sources.parquet",
        "--out",
        "out",
    ]);
    let said = classmark(folder.path(), &arguments);
    assert_eq!(said.code, 0, "{said:?}");
}

#[test]
fn generate_refuses_and_leaves_nothing() {
    let folder = folder();
    fs::create_dir(path(&folder, "full")).unwrap();
    fs::write(path(&folder, "full/mine"), "mine").unwrap();
    let refused = classmark(folder.path(), &["generate", "--out", "full"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    for wrong in [
        ["--density", "-1"],
        ["--columns-per-source", "0"],
        ["--tags", "0"],
    ] {
        let said = classmark(
            folder.path(),
            &[&["generate", "--out", "new"][..], &wrong].concat(),
        );
        assert_eq!(said.code, 2, "{said:?}");
    }
    assert_eq!(names(folder.path()), ["full"]);
    let said = classmark(
        folder.path(),
        &[
            "generate",
            "--out",
            "j",
            "--data-sources",
            "3",
            "--rules",
            "0",
            "--format",
            "json",
        ],
    );
    let generated = json(&said.stdout);
    assert_eq!(generated["files"][0]["name"], "columns.parquet");
    assert_eq!(generated["files"][0]["rows"], 150);
}

#[test]
fn wrong_usage_is_2() {
    let folder = folder();
    for wrong in [
        &["--no-such-flag"][..],
        &["--memory", "lots"],
        &["--memory", "0"],
        &["--threads", "0"],
        &["--threads", "many"],
        &["--map", "nonsense"],
        &["--map", "colour=red"],
        &["--map", "column_name=a", "--map", "column_name=b"],
        &["--bad-rows", "ignore"],
        &["--tag-match", "fuzzy"],
        &["--format", "xml"],
    ] {
        let said = tag(folder.path(), &demo_catalog(), wrong);
        assert_eq!((said.code, &*said.stdout), (2, ""), "{wrong:?}: {said:?}");
        assert_eq!(errors(&said), 1, "{said:?}");
    }
    assert_eq!(classmark(folder.path(), &[]).code, 2);
    assert_eq!(classmark(folder.path(), &["check"]).code, 2);
    assert_eq!(
        classmark(folder.path(), &["check", "--sources", "x"]).code,
        2
    );
    assert_eq!(classmark(folder.path(), &["completions", "basic"]).code, 2);
    assert!(names(folder.path()).is_empty());
}

#[test]
fn help_version_and_completions_are_results() {
    let folder = folder();
    let version = classmark(folder.path(), &["--version"]);
    assert_eq!(
        version.stdout,
        concat!("classmark ", env!("CARGO_PKG_VERSION"), "\n")
    );
    for command in ["tag", "check", "generate", "completions"] {
        let said = classmark(folder.path(), &[command, "--help"]);
        assert_eq!((said.code, &*said.stderr), (0, ""));
    }
    let said = classmark(folder.path(), &["completions", "bash"]);
    assert_eq!(said.code, 0);
    assert!(said.stdout.contains("--bad-rows"), "{said:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_reader_that_leaves_is_no_failure_and_a_full_disk_is_one() {
    let folder = folder();
    let run = |stdout: Stdio| {
        std::process::Command::new(assert_cmd::cargo::cargo_bin!("classmark"))
            .args(["completions", "bash"])
            .current_dir(folder.path())
            .stdout(stdout)
            .output()
            .unwrap()
    };
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let gone = run(writer.into());
    assert_eq!((gone.status.code(), &*gone.stderr), (Some(0), &b""[..]));
    let full = run(File::options()
        .write(true)
        .open("/dev/full")
        .unwrap()
        .into());
    assert_eq!(full.status.code(), Some(3));
}
