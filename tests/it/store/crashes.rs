//! Processes that end in the middle of writing.

use super::{Place, ada, child, document, place};
use classmark::store::{Options, Store};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

/// Every version that was answered is there; numbers have no gap; every version
/// is in the log, and nothing else.
fn nothing_is_lost(store: &Store, answered: &[String]) {
    let mut kept = BTreeMap::new();
    for framework in store.frameworks(None).unwrap() {
        let versions = store.framework_versions(&framework.id).unwrap();
        let numbers: Vec<i64> = versions.iter().map(|v| v.number).collect();
        assert_eq!(numbers, (1..=versions.len() as i64).collect::<Vec<_>>());
        for version in versions {
            kept.insert(
                format!("{} {} {}", version.id, version.number, version.version),
                (),
            );
        }
    }
    for line in answered {
        assert!(kept.contains_key(line), "`{line}` was answered and is lost");
    }
    let log = store.audit(0, u32::MAX).unwrap();
    assert_eq!(log.len(), kept.len());
}

fn with_frameworks(count: usize) -> Place {
    let store = place();
    for n in 0..count {
        let mut asleep = document(&n.to_string(), &[]);
        asleep.active = false;
        store.create_framework(asleep, ada(0)).unwrap();
    }
    store
}

#[test]
fn a_process_killed_in_a_storm_of_writes_loses_none_that_was_answered() {
    let place = with_frameworks(4);
    let (folder, path) = (&place.folder, place.path());
    place.store.close().unwrap();
    let mut answered: Vec<String> = Vec::new();
    for round in 0..3u64 {
        let mut storm = child::command("storm", &path, None).spawn().unwrap();
        let mut lines = BufReader::new(storm.stdout.take().unwrap()).lines();
        let mut heard = 0;
        let begun = Instant::now();
        for line in lines.by_ref() {
            let line = line.unwrap();
            if let Some(told) = child::said(&line) {
                answered.push(told.to_owned());
                heard += 1;
            }
            // At different places of whatever it is doing.
            if heard > 200 + 37 * round || begun.elapsed() > Duration::from_secs(30) {
                break;
            }
        }
        storm.kill().unwrap();
        // What was still in the pipe was answered, too.
        for line in lines.map_while(Result::ok) {
            answered.extend(child::said(&line).map(str::to_owned));
        }
        storm.wait().unwrap();
        assert!(heard > 100, "only {heard}");
        let log = folder.path().join("classmark.db-wal");
        assert!(
            log.metadata().unwrap().len() > 0,
            "it had no time to tidy up"
        );
        let store = Store::open(&path, &Options::default()).unwrap();
        nothing_is_lost(&store, &answered);
    }
}

#[test]
fn a_disk_without_room_refuses_and_loses_nothing() {
    let place = with_frameworks(1);
    let path = place.path();
    place.store.close().unwrap();
    // Blocks of 512 or 1024 bytes; the signal that tells of it is not listened to.
    let limit = Some("trap '' XFSZ; ulimit -f 1024");
    let output = child::command("fill", &path, limit).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let said: Vec<String> = output
        .lines()
        .filter_map(child::said)
        .map(str::to_owned)
        .collect();
    let (answered, end): (Vec<String>, Vec<String>) =
        said.into_iter().partition(|line| !line.contains(": "));
    assert!(answered.len() > 3, "{output}");
    assert_eq!(end.len(), 2, "{output}");
    assert!(end[0].starts_with("full: the store "), "{end:?}");
    assert_eq!(
        end[1],
        format!("current: {}", answered.len() + 1),
        "it goes on reading"
    );

    // With room again, everything is there and goes on.
    let store = Store::open(&path, &Options::default()).unwrap();
    nothing_is_lost(&store, &answered);
    let made = store
        .create_framework(document("more", &["a"]), ada(9))
        .unwrap();
    assert_eq!(store.framework(&made.id).unwrap(), made);
}

#[test]
fn a_log_that_is_cut_off_loses_its_end_only() {
    let place = with_frameworks(1);
    let (path, id) = (place.path(), place.frameworks(None).unwrap()[0].id.clone());
    for n in 0..20i64 {
        super::put(&place, &id, document(&n.to_string(), &["a"]), ada(n)).unwrap();
    }
    // As a crash leaves them: the file and its log, neither tidied up.
    let copies = tempfile::tempdir().unwrap();
    let log = |path: &std::path::Path| path.with_extension("db-wal");
    let whole = std::fs::read(log(&path)).unwrap();
    let mut most = 0;
    for part in 0..=10 {
        let copy = copies.path().join(format!("{part}.db"));
        std::fs::copy(&path, &copy).unwrap();
        std::fs::write(log(&copy), &whole[..whole.len() * part / 10]).unwrap();
        // A store whose making was cut off is empty, and refused as such.
        let Ok(store) = Store::open(&copy, &Options::default()) else {
            continue;
        };
        if let Some(framework) = store.frameworks(None).unwrap().first() {
            let numbers = store.framework_versions(&framework.id).unwrap().len();
            assert!(numbers >= most, "a longer log holds no less");
            most = numbers;
        }
    }
    assert_eq!(most, 21);
}
