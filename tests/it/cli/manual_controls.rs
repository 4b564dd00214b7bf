//! Controls without rules: accepted, and never a pass.

use super::*;

const MANUAL: &str = r#"{"handle": "hr", "version": "1", "name": "HR", "requirements": [
  {"name": "Pay", "controls": [
    {"name": "Mail is marked", "rules_id": ["base/email"]},
    {"name": "Reviewed each year", "rules_id": []}]},
  {"name": "People", "controls": [{"name": "Trained", "rules_id": null}]}]}"#;

const FRAMEWORK: &str = r#"{"shortName": "base", "name": "base", "description": "", "active": true,
 "tags": [{"name": "Email"}],
 "rules": [{"name": "email", "classificationTag": {"name": "Email"}, "columnTags": [{"name": "Email"}]}]}"#;

fn written() -> tempfile::TempDir {
    let folder = folder();
    fs::write(path(&folder, "f.json"), FRAMEWORK).unwrap();
    fs::write(path(&folder, "c.json"), MANUAL).unwrap();
    write_parquet(
        &path(&folder, "c.parquet"),
        &[batch(&[(Some("a"), Some("b"))])],
    );
    folder
}

#[test]
fn they_are_accepted_with_a_note() {
    let folder = written();
    let said = classmark(folder.path(), &["check", "--compliance", "c.json"]);
    assert_eq!((said.code, &*said.stdout), (0, "2 notes in 1 document\n"));
    assert!(
        said.stderr
            .contains("note[manual-control]: the control `Reviewed each year`")
    );
    let json_form = ["check", "--format", "json", "--compliance", "c.json"];
    let all = json(&classmark(folder.path(), &json_form).stdout);
    assert_eq!(all["findings"][0]["severity"], "note");
    assert_eq!(all["findings"][0]["code"], "manual-control");
    assert_eq!(
        all["findings"][0]["pointer"],
        "/requirements/0/controls/1/rules_id"
    );
    // Without the field it is an error.
    let missing = MANUAL.replace(r#", "rules_id": []"#, "");
    fs::write(path(&folder, "c.json"), missing).unwrap();
    let said = classmark(folder.path(), &["check", "--compliance", "c.json"]);
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("error[missing-field]"), "{said:?}");
}

#[test]
fn every_form_of_the_rollup_says_unknown() {
    let folder = written();
    let arguments = [
        "tag",
        "--frameworks",
        "f.json",
        "--columns",
        "c.parquet",
        "--out",
        "out",
        "--compliance",
        "c.json",
        "--report",
        "--export",
        "csv,oscal,ocsf",
        "--fail-on",
    ];
    let with = |more: &[&str]| classmark(folder.path(), &[&arguments[..], more].concat());
    assert_eq!(with(&["fail"]).code, 0);
    assert_eq!(with(&["unknown", "--force"]).code, 4);
    let read = |name: &str| fs::read_to_string(folder.path().join("out").join(name)).unwrap();

    let rollup = json(&read("rollup.json"));
    let framework = &rollup["frameworks"][0];
    let requirements = &framework["requirements"];
    assert_eq!(framework["status"], "unknown");
    assert_eq!(requirements[0]["status"], "unknown");
    assert_eq!(requirements[0]["controls"][0]["status"], "pass");
    assert_eq!(requirements[0]["controls"][1]["status"], "unknown");
    assert_eq!(
        requirements[0]["controls"][1]["rules"],
        serde_json::json!([])
    );
    assert_eq!(requirements[1]["status"], "unknown");
    assert_eq!(framework["scores"]["controls"]["numerator"], 1);
    assert_eq!(framework["scores"]["controls"]["denominator"], 3);

    let csv = read("rollup.csv");
    let row = csv.lines().find(|line| line.contains("Reviewed each year"));
    assert!(
        row.unwrap().contains(",Reviewed each year,unknown,,"),
        "{csv}"
    );

    let report = read("report.html");
    assert!(report.contains("2 controls without rules"));
    assert!(report.contains("somebody has to assess it by hand"));

    let oscal = json(&read("oscal-assessment-results.json"));
    let finding = &oscal["assessment-results"]["results"][0]["findings"][1];
    let status = &finding["target"]["status"];
    assert_eq!(
        (&status["state"], &status["reason"]),
        (&"not-satisfied".into(), &"other".into())
    );
    assert!(
        status["remarks"]
            .as_str()
            .unwrap()
            .contains("there are no rules")
    );
    assert!(finding.get("related-observations").is_none());

    let ocsf = read("ocsf-compliance-findings.ndjson");
    let event = json(ocsf.lines().nth(1).unwrap());
    assert_eq!(event["compliance"]["status"], "Warning");
    assert!(
        event["message"]
            .as_str()
            .unwrap()
            .contains("there are no rules")
    );

    // Counted again from the files, it is the same.
    let again = ["rollup", "out", "--compliance", "c.json", "--out", "again"];
    assert_eq!(classmark(folder.path(), &again).code, 0);
    let again = fs::read_to_string(folder.path().join("again/rollup.json")).unwrap();
    assert_eq!(json(&again)["frameworks"], rollup["frameworks"]);
}
