//! Catalogs as JSON documents: strict, and every fault with its place.

use super::{findings, found, id};
use classmark::pipeline::{
    CatalogLimits, CatalogRequest, Documents, EvaluateOptions, PipelineError, Prepared,
    SmallCatalog, evaluate,
};
use classmark::tag::TagMatch;

fn read(document: &str) -> Result<SmallCatalog, PipelineError> {
    SmallCatalog::of_json(
        "catalog.json",
        document.as_bytes(),
        &CatalogLimits::default(),
    )
}

fn faults(document: &str) -> Vec<(String, String)> {
    findings(read(document).unwrap_err())
}

fn one(code: &str, pointer: &str) -> Vec<(String, String)> {
    vec![(code.into(), pointer.into())]
}

#[test]
fn every_fault_has_its_place() {
    let column = |column: &str| {
        format!(r#"{{"data_sources": [{{"id": "s", "columns": [{{"name": "a"}}, {column}]}}]}}"#)
    };
    let source = |source: &str| format!(r#"{{"data_sources": [{source}]}}"#);
    let cases = [
        ("{".to_owned(), "syntax", ""),
        (String::new(), "syntax", ""),
        ("[]".into(), "wrong-type", ""),
        (
            r#"{"data_source": []}"#.into(),
            "unknown-field",
            "/data_source",
        ),
        (
            r#"{"data_sources": {}}"#.into(),
            "wrong-type",
            "/data_sources",
        ),
        (
            r#"{"data_sources": [], "tag_match": "exact"}"#.into(),
            "unknown-field",
            "/tag_match",
        ),
        (
            source(r#"{"columns": []}"#),
            "missing-field",
            "/data_sources/0",
        ),
        (source(r#"{"id": "s"}"#), "missing-field", "/data_sources/0"),
        (
            source(r#"{"id": "", "columns": []}"#),
            "empty-value",
            "/data_sources/0/id",
        ),
        (
            source(r#"{"id": null, "columns": []}"#),
            "wrong-type",
            "/data_sources/0/id",
        ),
        (
            source(r#"{"id": 1.5, "columns": []}"#),
            "wrong-type",
            "/data_sources/0/id",
        ),
        (
            source(r#"{"id": 18446744073709551616, "columns": []}"#),
            "bad-value",
            "/data_sources/0/id",
        ),
        (
            source(r#"{"id": 1, "columns": []}, {"id": "1", "columns": []}"#),
            "wrong-type",
            "/data_sources/1/id",
        ),
        (
            source(r#"{"id": -1, "columns": []}, {"id": 18446744073709551615, "columns": []}"#),
            "bad-value",
            "/data_sources/1/id",
        ),
        (
            column(r#"{"name": ""}"#),
            "empty-value",
            "/data_sources/0/columns/1/name",
        ),
        (column("{}"), "missing-field", "/data_sources/0/columns/1"),
        (column(r#""b""#), "wrong-type", "/data_sources/0/columns/1"),
        (
            column(r#"{"name": "b", "tags": ["x", ""]}"#),
            "empty-value",
            "/data_sources/0/columns/1/tags/1",
        ),
        (
            column(r#"{"name": "b", "tags": [{"name": "x", "sources": "y"}]}"#),
            "unknown-field",
            "/data_sources/0/columns/1/tags/0/sources",
        ),
        (
            column(r#"{"name": "b", "column_tags": []}"#),
            "unknown-field",
            "/data_sources/0/columns/1/column_tags",
        ),
    ];
    for (document, code, pointer) in cases {
        let found = faults(&document);
        assert!(
            found.contains(&one(code, pointer)[0]),
            "{document}: {found:?}"
        );
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let found = faults(
        r#"{"data_sources": [{"columns": [{"name": 1}], "ide": "s"}, {"id": "t", "columns": 0}]}"#,
    );
    let pointers: Vec<&str> = found.iter().map(|(_, pointer)| &**pointer).collect();
    let expected = [
        "/data_sources/0",
        "/data_sources/0/columns/0/name",
        "/data_sources/0/ide",
        "/data_sources/1/columns",
    ];
    assert_eq!(pointers, expected);
}

#[test]
fn ids_keep_their_kind() {
    let prepared = Prepared::new(Documents::of(Vec::new()), TagMatch::Exact, None).unwrap();
    let ids = |document: &str| {
        let catalog = read(document).unwrap();
        let evaluation = evaluate(&prepared, &catalog, &EvaluateOptions::default()).unwrap();
        let kind = evaluation.schema().field(0).data_type().to_string();
        assert!(found(&evaluation).is_empty());
        let ids: Vec<_> = evaluation.sensitivities().map(|(id, ..)| id).collect();
        (kind, ids)
    };
    let source =
        |id: &str| format!(r#"{{"data_sources": [{{"id": {id}, "columns": [{{"name": "a"}}]}}]}}"#);
    assert_eq!(ids(&source(r#""7""#)), ("Utf8".into(), vec![id("7")]));
    let (kind, numbers) = ids(&source("-7"));
    assert_eq!((&*kind, numbers[0].to_string()), ("Int64", "-7".into()));
    let (kind, numbers) = ids(&source("18446744073709551615"));
    assert_eq!(
        (&*kind, numbers[0].to_string()),
        ("UInt64", "18446744073709551615".into())
    );
    assert_eq!(ids(r#"{"data_sources": []}"#).1, []);
    assert_eq!(
        ids(r#"{"data_sources": [{"id": "s", "columns": []}]}"#).1,
        []
    );
}

#[test]
fn requests_say_how_they_are_to_be_evaluated() {
    let read = |options: &str| {
        let document = format!(r#"{{"data_sources": []{options}}}"#);
        CatalogRequest::of_json("body", document.as_bytes(), &CatalogLimits::default())
    };
    let plain = read("").unwrap();
    assert_eq!((plain.compliance, plain.tag_match), (None, None));
    let said = read(r#", "compliance": false, "tag_match": "hierarchical""#).unwrap();
    assert_eq!(
        (said.compliance, said.tag_match),
        (Some(false), Some(TagMatch::Hierarchical))
    );
    let found = findings(read(r#", "compliance": 1, "tag_match": "loose""#).unwrap_err());
    let expected = [("wrong-type", "/compliance"), ("bad-value", "/tag_match")];
    assert_eq!(found, expected.map(|(code, at)| (code.into(), at.into())));
}
