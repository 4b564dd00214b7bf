//! A machine's clock that is set wrong, and put right again.

use super::runs::site;
use classmark::server::{Access, Clock};
use serde_json::{Value, json};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

/// 2026-11-21 and 2245-01-01, at noon.
const TODAY: u64 = 1_795_262_400;
const AHEAD: u64 = 8_678_404_800;

#[test]
fn a_clock_that_jumped_ahead_is_not_believed_once_it_is_right_again() {
    let site = site().filled();
    let overrides = "data_source_id,column_name,tag_name,tag_source,action,reason,owner,expires\n\
        larkfield,x,PII,curated,reject,,,2100-01-01\n";
    fs::write(site.root().join("expires.csv"), overrides).unwrap();
    let seconds = Arc::new(AtomicU64::new(TODAY));
    let shown = Arc::clone(&seconds);
    let served = site.serve_with(Access::Open, move |options| {
        options.clock =
            Clock::new(move || UNIX_EPOCH + Duration::from_secs(shown.load(Ordering::Relaxed)));
    });
    let request = json!({"columns": ["catalog/a.parquet"], "overrides": ["expires.csv"]});
    let year = |run: &Value, of: &str| run[of].as_str().unwrap()[..4].to_owned();
    let expired = |run: &Value| run["counts"]["overrides_expired"].clone();
    let mut dates = Vec::new();
    for at in [TODAY, AHEAD, TODAY + 60] {
        seconds.store(at, Ordering::Relaxed);
        let run = served.run(request.clone());
        assert_eq!(run["state"], "done", "{run}");
        for of in ["createdAt", "startedAt", "endedAt"] {
            assert_eq!(year(&run, of), if at == AHEAD { "2245" } else { "2026" });
        }
        dates.push(expired(&run));
    }
    assert_eq!(dates[0], dates[2], "the run is of the day that it is");
    assert_ne!(dates[0], dates[1], "by then it has expired");
    // What orders changes and runs is their number.
    let audit = served.get("/audit?limit=1000").json();
    let entries = audit["entries"].as_array().unwrap();
    assert!(
        entries
            .iter()
            .map(|e| &e["seq"])
            .is_sorted_by_key(|seq| seq.as_i64())
    );
    let last = entries.last().unwrap()["at"].as_str().unwrap();
    assert!(last.starts_with("2026-"), "{last}");
    let runs = served.get("/runs").json();
    let years = runs["runs"].as_array().unwrap().iter();
    let years: Vec<_> = years.map(|run| year(run, "createdAt")).collect();
    assert_eq!(years, ["2026", "2245", "2026"]);
    // A framework that is changed now is stamped with now.
    let id = served.get("/frameworks").json()["frameworks"][0]["id"].clone();
    let clone = format!("/frameworks/{}/clone", id.as_str().unwrap());
    let clone = served.send("POST", &clone, &[], b"").json();
    assert_eq!(year(&clone, "createdAt"), "2026");
}
