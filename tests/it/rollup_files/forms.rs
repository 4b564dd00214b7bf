//! Each form by itself.

use super::sample::{
    basis, control, every_status, framework, hostile, idle_rule, requirement, rollup, rule,
    unknown_rule,
};
use super::{csv_rows, json_of, ocsf, oscal, property, written};
use classmark::arrow::array::{Array, AsArray};
use classmark::arrow::datatypes::UInt64Type;
use classmark::output::{Basis, Export, rollup_batch};
use classmark::rollup::{Rollup, RuleNode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn small() -> Rollup {
    let rules = vec![rule("a/b", [1, 1, 0], Some(2)), unknown_rule("x")];
    let controls = vec![control("c", rules)];
    rollup(vec![framework("h", None, vec![requirement("r", controls)])])
}

fn statuses() -> Rollup {
    rollup(vec![framework("hr", Some(" "), vec![every_status()])])
}

#[test]
fn the_tree_is_written_as_the_design_has_it() {
    let basis = Basis {
        inputs: Vec::new(),
        overrides: Vec::new(),
        ..basis()
    };
    let text = String::from_utf8(json_of(&small(), &basis)).unwrap();
    let one_line: String = text.lines().map(str::trim).collect();
    // Rules keep to their lines.
    let one_line = one_line.replace(", \"", ",\"");
    let head = r#""status": "fail","findings": {"pass": 1,"fail": 1,"muted": 0},"columns": 2,"data_sources": 2,"columns_by_sensitivity": {"2": 2,"1": 0,"0": 0,"not_rated": 0},"#;
    let counts = r#"{"referenced": 2,"known": 1,"evaluated": 1,"fired": 1},"#;
    let children =
        r#""children_by_status": {"fail": 1,"unknown": 0,"pass": 0,"muted": 0,"no_data": 0},"#;
    let of_control = children.replace(r#""unknown": 0"#, r#""unknown": 1"#);
    let scores = r#""scores": {"controls": {"numerator": 0,"denominator": 1},"findings": {"numerator": 1,"denominator": 2},"weighted": {"numerator": 4,"denominator": 8}}"#;
    let of_rule = scores.replace(r#""denominator": 1}"#, r#""denominator": 0}"#);
    let nothing = r#""status": "unknown","findings": {"pass": 0,"fail": 0,"muted": 0},"columns": 0,"data_sources": 0,"columns_by_sensitivity": {"2": 0,"1": 0,"0": 0,"not_rated": 0},"rules": {"referenced": 1,"known": 0,"evaluated": 0,"fired": 0},"scores": {"controls": {"numerator": 0,"denominator": 0},"findings": {"numerator": 0,"denominator": 0},"weighted": {"numerator": 0,"denominator": 0}}"#;
    let wanted = [
        r#"{"as_of": "2026-11-21","coverage": {"rules": "#,
        counts,
        r#""columns": 100,"data_sources": 9,"overrides": 1,"overrides_expired": 3,"inputs": []},"#,
        r#""weights": {"2": 4,"1": 2,"0": 1,"not_rated": 1},"overrides": [],"frameworks": ["#,
        r#"{"handle": "h","version": "2","name": "The framework h","#,
        &format!(r#"{head}"rules": {counts}{children}{scores},"requirements": ["#),
        &format!(r#"{{"name": "r",{head}"rules": {counts}{children}{scores},"controls": ["#),
        &format!(r#"{{"name": "c",{head}"rule_counts": {counts}{of_control}{scores},"rules": ["#),
        r#"{"id": "a/b","known": true,"evaluated": true,"name": "The rule a/b","framework": "base","#,
        r#""classification_tag": {"name": "Record.Person","source": "curated"},"#,
        &format!(
            r#"{head}"rules": {{"referenced": 1,"known": 1,"evaluated": 1,"fired": 1}},{of_rule}}},"#
        ),
        r#"{"id": "x","known": false,"evaluated": false,"name": null,"framework": null,"classification_tag": null,"#,
        nothing,
        "}]}]}]}]}",
    ];
    assert_eq!(one_line, wanted.concat());
    assert!(text.starts_with("{\n  \"as_of\"") && text.ends_with("}\n"));
}

#[test]
fn what_the_tree_rests_on_is_disclosed() {
    let whole: Value = serde_json::from_slice(&json_of(&small(), &basis())).unwrap();
    let input = &whole["coverage"]["inputs"][1];
    assert_eq!(input["rows"], Value::Null);
    assert_eq!(input["path"], "frameworks/\"base\".json");
    assert_eq!(whole["coverage"]["inputs"].as_array().unwrap().len(), 2);
    assert_eq!(whole["overrides"][0]["column_name"], "nick\nname");
    assert_eq!(whole["overrides"][0]["expires"], Value::Null);
}

#[test]
fn the_table_has_a_row_per_node() {
    let batch = rollup_batch(&small()).unwrap();
    let schema = batch.schema();
    let names: Vec<&str> = schema.fields().iter().map(|f| &**f.name()).collect();
    let wanted = "level handle version framework requirement control rule_id known evaluated \
        status findings_pass findings_fail findings_muted columns data_sources columns_2 columns_1 \
        columns_0 columns_not_rated rules_referenced rules_known rules_evaluated rules_fired \
        children_fail children_unknown children_pass children_muted children_no_data \
        score_controls_numerator score_controls_denominator score_findings_numerator \
        score_findings_denominator score_weighted_numerator score_weighted_denominator";
    assert_eq!(names, wanted.split_whitespace().collect::<Vec<&str>>());
    let column = |name: &str| batch.column_by_name(name).unwrap();
    let texts = |name: &str| -> Vec<Option<String>> {
        let texts = column(name).as_string::<i32>().iter();
        texts.map(|text| text.map(str::to_owned)).collect()
    };
    let words = |words: &str| -> Vec<Option<String>> {
        let words = words.split_whitespace();
        words.map(|w| (w != "-").then(|| w.to_owned())).collect()
    };
    assert_eq!(
        texts("level"),
        words("framework requirement control rule rule")
    );
    assert_eq!(texts("handle"), words("h h h h h"));
    assert_eq!(texts("requirement"), words("- r r r r"));
    assert_eq!(texts("control"), words("- - c c c"));
    assert_eq!(texts("rule_id"), words("- - - a/b x"));
    assert_eq!(texts("status"), words("fail fail fail fail unknown"));
    let flags: Vec<Option<bool>> = column("known").as_boolean().iter().collect();
    assert_eq!(flags, [None, None, None, Some(true), Some(false)]);
    let counts = |name: &str| -> Vec<Option<u64>> {
        column(name).as_primitive::<UInt64Type>().iter().collect()
    };
    let some = |list: [u64; 5]| list.map(Some);
    assert_eq!(counts("columns_2"), some([2, 2, 2, 2, 0]));
    assert_eq!(counts("rules_known"), some([1, 1, 1, 1, 0]));
    assert_eq!(counts("score_weighted_denominator"), some([8, 8, 8, 8, 0]));
    let unknown = [Some(0), Some(0), Some(1), None, None];
    assert_eq!(counts("children_unknown"), unknown);
    assert_eq!(column("status").null_count(), 0);
}

#[test]
fn the_spreadsheet_is_quoted_where_it_must_be_and_runs_no_name() {
    let hard = rule("=1+1, \"x\"\n", [1, 0, 0], None);
    let controls = vec![
        control("@c", vec![hard, idle_rule("i")]),
        control("none", vec![]),
    ];
    let rollup = rollup(vec![framework(
        "h",
        None,
        vec![requirement("-r", controls)],
    )]);
    let text = String::from_utf8(written(Export::Csv, &rollup)).unwrap();
    let wanted = [
        "handle,version,framework,requirement,control,control_status,rule_id,rule_name,\
         rule_framework,tag_name,tag_source,known,evaluated,status,findings_pass,findings_fail,\
         findings_muted,columns,data_sources,columns_2,columns_1,columns_0,columns_not_rated,\
         score_findings_numerator,score_findings_denominator,score_weighted_numerator,\
         score_weighted_denominator\r\n",
        "h,2,The framework h,'-r,'@c,unknown,\"'=1+1, \"\"x\"\"\n\",\"The rule =1+1, \"\"x\"\"\n\",\
         base,Record.Person,curated,true,true,pass,1,0,0,1,1,0,0,0,1,1,1,1,1\r\n",
        "h,2,The framework h,'-r,'@c,unknown,i,The rule i,base,Record.Person,curated,true,false,\
         unknown,0,0,0,0,0,0,0,0,0,0,0,0,0\r\n",
        "h,2,The framework h,'-r,none,no_data,,,,,,,,,,,,,,,,,,,,,\r\n",
    ];
    assert_eq!(text, wanted.concat());
}

#[test]
fn only_what_passes_is_satisfied() {
    let results = oscal(&statuses());
    let findings = results["results"][0]["findings"].as_array().unwrap();
    let told: Vec<[Value; 3]> = findings
        .iter()
        .map(|finding| {
            let status = &finding["target"]["status"];
            let remarks = json!(status.get("remarks").is_some());
            [status["state"].clone(), status["reason"].clone(), remarks]
        })
        .collect();
    assert_eq!(
        told,
        [
            ["not-satisfied", "fail"].map(Value::from),
            ["not-satisfied", "other"].map(Value::from),
            ["satisfied", "pass"].map(Value::from),
            ["not-satisfied", "other"].map(Value::from),
            ["not-satisfied", "other"].map(Value::from),
        ]
        .map(|[state, reason]| {
            let other = json!(reason == "other");
            [state, reason, other]
        })
    );
    let missing = findings[1]["target"]["status"]["remarks"].as_str().unwrap();
    assert!(missing.contains("evaluated: 1 of 2"), "{missing}");
}

#[test]
fn a_rule_is_observed_once_and_by_what_was_done() {
    let results = oscal(&statuses());
    let observations = results["results"][0]["observations"].as_array().unwrap();
    let told: Vec<(String, &str)> = observations
        .iter()
        .map(|o| (property(o, "rule_id"), o["methods"][0].as_str().unwrap()))
        .collect();
    let tested = |id: &str| (id.to_owned(), "TEST");
    let examined = |id: &str| (id.to_owned(), "EXAMINE");
    assert_eq!(
        told,
        [
            tested("base/name"),
            tested("base/mail"),
            examined("gone/rule"),
            examined("idle/rule"),
            tested("base/iban"),
            tested("base/nick"),
            tested("base/none"),
        ]
    );
    let related = &results["results"][0]["findings"][2]["related-observations"];
    assert_eq!(related[0]["observation-uuid"], observations[0]["uuid"]);
    assert_eq!(related[1]["observation-uuid"], observations[4]["uuid"]);
}

#[test]
fn assessment_results_say_what_they_rest_on() {
    let results = oscal(&statuses());
    let resources = results["back-matter"]["resources"].as_array().unwrap();
    let plan = format!("#{}", resources[0]["uuid"].as_str().unwrap());
    assert_eq!(results["import-ap"]["href"], plan);
    assert_eq!(property(&resources[2], "path"), "frameworks/\"base\".json");
    assert_eq!(property(&resources[3], "column_name"), "nick\nname");
    assert_eq!(
        property(&resources[3], "reason"),
        " a pseudonym, *by design* "
    );
    assert_eq!(results["metadata"]["last-modified"], "2026-11-21T00:00:00Z");
    let remarks = results["results"][0]["remarks"].as_str().unwrap();
    assert!(remarks.contains("overrides in force on 2026-11-21: 1; overrides expired: 3"));
}

#[test]
fn assessment_results_of_nothing_are_one_result_without_findings() {
    let results = oscal(&rollup(Vec::new()));
    assert_eq!(results["results"].as_array().unwrap().len(), 1);
    let result = results["results"][0].as_object().unwrap();
    assert!(!result.contains_key("findings") && !result.contains_key("observations"));
    assert!(results.get("local-definitions").is_none());
}

#[test]
fn other_content_is_other_assessment_results_and_the_same_is_the_same() {
    let uuid = |rollup: &Rollup| oscal(rollup)["uuid"].clone();
    assert_eq!(uuid(&statuses()), uuid(&statuses()));
    assert_ne!(uuid(&statuses()), uuid(&small()));
    assert_eq!(
        written(Export::Oscal, &hostile()),
        written(Export::Oscal, &hostile())
    );
}

#[test]
fn an_event_says_what_ocsf_requires() {
    let events = ocsf(&hostile());
    assert_eq!(events.len(), 31);
    for event in &events {
        for (name, value) in [
            ("activity_id", 1),
            ("category_uid", 2),
            ("class_uid", 2003),
            ("type_uid", 200_301),
        ] {
            assert_eq!(event[name], value);
        }
        // 2026-11-21, 20,778 days after 1970.
        assert_eq!(event["time"], 20_778 * 86_400_000_u64);
        assert!(event["severity_id"].is_u64());
        assert_eq!(event["metadata"]["version"], "1.5.0");
        assert_eq!(event["metadata"]["product"]["name"], "classmark");
        assert!(event["finding_info"]["uid"].is_string());
        assert!(event["finding_info"]["title"].is_string());
    }
}

#[test]
fn an_event_says_how_the_control_stands() {
    let told: Vec<Value> = ocsf(&statuses())
        .iter()
        .map(|event| {
            let compliance = &event["compliance"];
            json!([
                compliance["status_id"],
                compliance["status"],
                event["severity"],
                event["status"]
            ])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!([3, "Fail", "Medium", "New"]),
            json!([2, "Warning", "Unknown", "New"]),
            json!([1, "Pass", "Informational", "New"]),
            json!([99, "muted", "Informational", "Suppressed"]),
            json!([99, "no_data", "Informational", "New"]),
        ]
    );
}

#[test]
fn severity_goes_by_what_fails() {
    let severity = |rules: Vec<RuleNode>| {
        let requirement = requirement("r", vec![control("c", rules)]);
        ocsf(&rollup(vec![framework("h", None, vec![requirement])]))[0]["severity"].clone()
    };
    let passing = || rule("p", [5, 0, 0], Some(2));
    assert_eq!(
        severity(vec![passing(), rule("f", [0, 1, 0], Some(2))]),
        "High"
    );
    assert_eq!(
        severity(vec![passing(), rule("f", [0, 1, 0], Some(1))]),
        "Medium"
    );
    assert_eq!(
        severity(vec![passing(), rule("f", [0, 1, 0], Some(0))]),
        "Low"
    );
    assert_eq!(severity(vec![passing(), rule("f", [0, 1, 0], None)]), "Low");
}

#[test]
fn a_finding_is_known_again_from_run_to_run() {
    let uids = |rollup: &Rollup, place: &str| -> Vec<String> {
        let events = ocsf(rollup);
        let uid = |e: &Value| e[place]["uid"].as_str().unwrap().to_owned();
        events.iter().map(uid).collect()
    };
    let one = statuses();
    let mut other = statuses();
    other.coverage.columns += 1;
    assert_eq!(uids(&one, "finding_info"), uids(&other, "finding_info"));
    assert_ne!(uids(&one, "metadata"), uids(&other, "metadata"));
    let distinct: BTreeSet<String> = uids(&hostile(), "finding_info").into_iter().collect();
    assert_eq!(distinct.len(), 31);
}

#[test]
fn a_spreadsheet_of_hard_names_has_as_many_rows_as_rules() {
    assert_eq!(csv_rows(&hostile()).len(), 1 + 39);
}
