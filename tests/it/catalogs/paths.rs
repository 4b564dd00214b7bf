//! Files, folders, globs, and columns under other names.

use super::{
    expected, fault, folder, options, run, sample, tagged, write_groups, write_ipc_stream,
};
use crate::corpus::one_table;
use classmark::arrow::array::RecordBatch;
use classmark::reference::Row;
use std::fs;
use std::path::Path;

fn write(path: &Path, rows: &[Row]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_groups(path, &[one_table(rows)]);
}

#[test]
fn folders_with_what_does_not_belong_there() {
    let (folder, rows) = (folder(), sample(false));
    let at = |name: &str| folder.path().join("catalog").join(name);
    write(&at("b.parquet"), &rows[..9]);
    write(&at("a/deep/er.PQ"), &rows[9..20]);
    write(&at("part-0"), &rows[20..22]);
    fs::create_dir_all(at("z")).unwrap();
    write_ipc_stream(
        &at("z/x.feather"),
        &[one_table(&rows[22..])],
        Default::default(),
    );
    // All these would double or break something.
    for name in [
        "_b.parquet",
        ".c.parquet",
        "_temporary/0.parquet",
        ".git/x.parquet",
    ] {
        write(&at(name), &rows);
    }
    write(&at("copy.bak"), &rows);
    fs::write(at("_SUCCESS"), "").unwrap();
    fs::write(at("notes.md"), "no catalog").unwrap();
    let options = options(folder.path(), "catalog");
    assert_eq!(run(&options).unwrap().counts.rows, 40);
    assert_eq!(tagged(&options), expected(&rows));
}

#[test]
fn globs_take_what_a_shell_takes() {
    let (folder, rows) = (folder(), sample(false));
    let at = |name: &str| folder.path().join("catalog").join(name);
    write(&at("part-1.parquet"), &rows[..20]);
    write(&at("part-2.parquet"), &rows[20..]);
    write(&at(".part-3.parquet"), &rows);
    write(&at("other.parquet"), &rows[..20]);
    for glob in [
        "catalog/part-?.parquet",
        "cat*/part-[12]*",
        "**/part*.parquet",
    ] {
        let options = options(folder.path(), glob);
        assert_eq!(run(&options).unwrap().counts.rows, 40, "{glob}");
        assert_eq!(tagged(&options), expected(&rows), "{glob}");
    }
    let options = options(folder.path(), "catalog/*.parquet");
    assert_eq!(run(&options).unwrap().counts.rows, 60);
}

#[test]
fn a_file_given_in_several_ways_is_read_once() {
    let (folder, rows) = (folder(), sample(false));
    write(&folder.path().join("catalog/a.parquet"), &rows);
    std::os::unix::fs::symlink("a.parquet", folder.path().join("catalog/b.parquet")).unwrap();
    let mut options = options(folder.path(), "catalog");
    for name in [
        "catalog/a.parquet",
        "catalog/*.parquet",
        "catalog/../catalog/a.parquet",
    ] {
        options.catalog.columns.push(folder.path().join(name));
    }
    assert_eq!(run(&options).unwrap().counts.rows, 40);
    assert_eq!(tagged(&options), expected(&rows));
}

#[test]
fn columns_under_other_names() {
    let (folder, rows) = (folder(), sample(false));
    let table = one_table(&rows);
    let names = ["TABLE_FQN", "column_tags", "attr", "the tags"];
    // Our own names are there too, for other things.
    let columns = [0, 1, 2, 3].map(|n| table.column(n).clone());
    let [id, name, tags, table_tags] = columns;
    let columns = [id, name.clone(), tags, table_tags];
    let order = [(names[0], 0), (names[1], 1), (names[2], 2), (names[3], 3)];
    let mut all: Vec<_> = order
        .iter()
        .map(|(n, c)| (*n, columns[*c].clone()))
        .collect();
    all.insert(0, ("data_source_id", name));
    write_groups(
        &folder.path().join("catalog"),
        &[RecordBatch::try_from_iter(all).unwrap()],
    );
    let mut options = options(folder.path(), "catalog");
    for text in [
        "data_source_id=TABLE_FQN",
        "column_name=column_tags",
        "column_tags=attr",
        "table_tags=the tags",
    ] {
        options.catalog.mapping.set(text).unwrap();
    }
    assert_eq!(tagged(&options), expected(&rows));
}

#[test]
fn a_mapping_to_a_column_that_is_not_there() {
    let folder = folder();
    write(&folder.path().join("catalog"), &sample(false));
    let mut options = options(folder.path(), "catalog");
    options.catalog.mapping.set("column_name=nobody").unwrap();
    let fault = fault(&options);
    assert!(fault.contains("`nobody` is missing"), "{fault}");
}

#[test]
fn a_stream_with_something_after_its_end_is_not_read_as_whole() {
    let (folder, rows) = (folder(), sample(false));
    let at = folder.path().join("catalog");
    write_ipc_stream(&at, &[one_table(&rows)], Default::default());
    // `cat a.arrows b.arrows > c.arrows`
    let once = fs::read(&at).unwrap();
    fs::write(&at, [once.clone(), once].concat()).unwrap();
    let fault = fault(&options(folder.path(), "catalog"));
    assert!(fault.contains("follows the end"), "{fault}");
}
