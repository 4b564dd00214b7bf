//! How many writes and reads a second there are. Measurements, for release builds:
//!
//! ```text
//! cargo nextest run --release --features server --run-ignored all --no-capture store::speed
//! ```

use super::{FrameworkDocument, Place, ada, document, place, put};
use classmark::store::{Options, Store, backup};
use std::time::{Duration, Instant};

/// As large as published frameworks are: twenty rules, some kilobytes.
fn realistic(framework: i64, edit: i64) -> FrameworkDocument {
    let rules: Vec<String> = (0..20)
        .map(|r| format!("framework-{framework}/rule-{r}"))
        .collect();
    let mut document = document(&format!("Framework {framework}"), &[]);
    document.text = format!("{edit} {}", "a rule and its criteria ".repeat(250));
    document.rules = rules;
    document
}

fn with_frameworks(count: i64) -> (Place, Vec<String>) {
    let store = place();
    let make = |n| store.create_framework(realistic(n, 0), ada(0)).unwrap().id;
    let ids = (0..count).map(make).collect();
    (store, ids)
}

/// Operations a second of so many threads, for a while.
fn rate(threads: i64, operation: impl Fn(i64, i64) + Sync) -> f64 {
    let begun = Instant::now();
    let done: i64 = std::thread::scope(|scope| {
        let work = |thread| {
            let operation = &operation;
            move || {
                let mut done = 0;
                while begun.elapsed() < Duration::from_secs(3) {
                    operation(thread, done);
                    done += 1;
                }
                done
            }
        };
        let workers: Vec<_> = (0..threads).map(|t| scope.spawn(work(t))).collect();
        workers.into_iter().map(|w| w.join().unwrap()).sum()
    });
    done as f64 / begun.elapsed().as_secs_f64()
}

#[test]
#[ignore = "a measurement"]
fn writes_a_second() {
    for clients in [1, 8, 64] {
        let (store, ids) = with_frameworks(64);
        let writes = rate(clients, |client, n| {
            let id = &ids[client as usize % ids.len()];
            put(&store, id, realistic(client, n + 1), ada(n)).unwrap();
        });
        println!("{clients} clients, a framework each: {writes:.0} writes/s");
        let one = rate(clients, |client, n| {
            put(&store, &ids[0], realistic(0, n * 100 + client), ada(n)).unwrap();
        });
        println!("{clients} clients, one framework: {one:.0} writes/s");
        assert!(
            clients < 64 || writes > 500.0 && one > 500.0,
            "{writes} {one}"
        );
    }
}

#[test]
#[ignore = "a measurement"]
fn reads_a_second() {
    let (store, ids) = with_frameworks(64);
    for clients in [1, 2, 8, 64] {
        let reads = rate(clients, |client, n| {
            let id = &ids[(client + n) as usize % ids.len()];
            store.framework(id).unwrap();
        });
        println!("{clients} clients: {reads:.0} reads/s");
        assert!(reads > 10_000.0, "{reads}");
    }
}

#[test]
#[ignore = "a measurement"]
fn opening_and_copying() {
    let (store, ids) = with_frameworks(1);
    rate(64, |client, n| {
        let mut large = realistic(0, n);
        large.text = format!("{client} {n} {}", "x".repeat(100_000));
        put(&store, &ids[0], large, ada(n)).unwrap();
    });
    store.close().unwrap();
    let bytes = store.path().metadata().unwrap().len();
    println!("{} MB", bytes / 1_000_000);
    for check in [true, false] {
        let options = Options {
            check,
            ..Options::default()
        };
        let begun = Instant::now();
        Store::open(store.path(), &options).unwrap();
        println!("opened in {:?}, checked: {check}", begun.elapsed());
    }
    let begun = Instant::now();
    backup(store.path(), store.folder.path().join("copy.db")).unwrap();
    println!("copied in {:?}", begun.elapsed());
}
