//! `ARCHITECTURE.md` against the house: its table of rooms, and the files it names.

use super::rooms::allowed;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The cells of each row of a table with so many columns.
fn rows(text: &str, columns: usize) -> Vec<Vec<&str>> {
    let rows = text.lines().filter_map(|line| {
        let inner = line.strip_prefix("| ")?.strip_suffix(" |")?;
        Some(inner.split(" | ").collect::<Vec<_>>())
    });
    rows.filter(|cells| cells.len() == columns).collect()
}

/// What stands in backticks.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn the_map_has_every_room_and_what_it_may_use() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut shown = BTreeSet::new();
    for cells in rows(&text, 4) {
        let room = names(cells[1]).next().unwrap_or_default();
        let Some(allowed) = allowed(room) else {
            continue;
        };
        shown.insert(room);
        if cells[3] != "all of the above" {
            let told: BTreeSet<&str> = names(cells[3]).filter(|name| *name != "Chunk").collect();
            assert_eq!(told, allowed.iter().copied().collect(), "`{room}`");
        }
    }
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        let room = path.file_stem().unwrap().to_str().unwrap();
        let known = shown.contains(room) || ["lib", "bin"].contains(&room);
        assert!(known, "`{room}` is not on the map");
    }
}

#[test]
fn the_files_that_answer_questions_are_there() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut found = 0;
    for cells in rows(&text, 2) {
        let mut folder = root().join("src");
        for name in names(cells[1]) {
            let places = [
                root().join(name),
                root().join("src").join(name),
                folder.join(name),
            ];
            let place = places.iter().find(|place| place.exists());
            let place = place.unwrap_or_else(|| panic!("`{name}` is nowhere: {}", cells[0]));
            found += 1;
            if place.is_dir() {
                folder.clone_from(place);
            }
        }
    }
    assert!(found > 40, "{found}");
}
