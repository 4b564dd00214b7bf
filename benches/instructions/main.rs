//! How many instructions the inner kernels take for each column: a figure
//! that, unlike time, is the same on a busy machine. A report, not a gate.
//!
//! `cargo bench --bench instructions` runs each kernel under callgrind, once
//! and then [`TIMES`] times over, so that what setting up costs drops out of
//! the difference, and prints it beside the soft limit of `limits.toml`.
//! Without valgrind it says so and does nothing.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a report of a bench; one that cannot be set up has nothing to say"
)]

mod kernels;

use kernels::KERNELS;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// How often a kernel runs the second time.
const TIMES: u64 = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|word| word == "--kernel") {
        Some(at) => {
            let (name, times) = (&arguments[at + 1], &arguments[at + 2]);
            let kernel = KERNELS.iter().find(|kernel| kernel.name == *name);
            let kernel = kernel.expect("a kernel of that name");
            let columns = (kernel.run)(times.parse().expect("a number of times"));
            println!("{columns}");
        }
        None if arguments.iter().any(|word| word == "--bench") => report(),
        // `cargo test` runs benches without that word: each once, to see that it runs.
        None => KERNELS
            .iter()
            .for_each(|kernel| assert!((kernel.run)(1) > 0)),
    }
}

fn report() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("instructions: skipped, there is no valgrind");
        return;
    }
    let limits = limits();
    println!(
        "{:<28} {:>10} {:>10}",
        "instructions per column", "now", "limit"
    );
    for kernel in KERNELS {
        let (once, columns) = instructions(kernel.name, 1);
        let (often, _) = instructions(kernel.name, TIMES);
        let now = often.saturating_sub(once) as f64 / ((TIMES - 1) * columns) as f64;
        let limit = limits.get(kernel.name).copied();
        let shown = limit.map_or("none".to_owned(), |limit| format!("{limit:.0}"));
        println!("{:<28} {now:>10.1} {shown:>10}", kernel.name);
        if limit.is_none_or(|limit| now > limit) {
            println!("warning: `{}` is over its limit", kernel.name);
        }
    }
}

fn limits() -> BTreeMap<String, f64> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions/limits.toml");
    let text = std::fs::read_to_string(path).expect("the limits are there");
    toml::from_str(&text).expect("the limits are numbers by kernel")
}

/// The instructions of a whole process, and the columns of one time.
fn instructions(kernel: &str, times: u64) -> (u64, u64) {
    let own = std::env::current_exe().expect("a bench has a file");
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(own)
        .args(["--kernel", kernel, &times.to_string()])
        .output()
        .expect("valgrind runs");
    let said = String::from_utf8_lossy(&run.stderr);
    let counted = said
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let (_, counted) = counted.expect("callgrind says what it collected");
    let columns = String::from_utf8_lossy(&run.stdout);
    (
        counted.trim().parse().expect("a count"),
        columns.trim().parse().expect("a count"),
    )
}
