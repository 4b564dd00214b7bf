"""Reads a rollup in all its forms by other readers.

    python tests/readers/rollup_exports.py RESULTS

RESULTS holds rollup.json, rollup.parquet, rollup.csv, and the OSCAL and OCSF
files. Trestle must take the OSCAL file for OSCAL 1.1, and the OCSF models each
event for a compliance finding; and all five must say the same of every control
and rule. What does not pass is nowhere satisfied. Prints a line and exits with
0, or says what differs and exits with 1. Its requirements are in
exports-requirements.txt.
"""

import csv
import datetime
import json
import logging
import pathlib
import re
import subprocess
import sys
import tempfile
import typing

import pyarrow.parquet as parquet
import pydantic
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from trestle.oscal import OSCAL_VERSION_REGEX
from trestle.oscal.assessment_results import AssessmentResults

LEVELS = {"2": "columns_2", "1": "columns_1", "0": "columns_0", "not_rated": "columns_not_rated"}
STATUSES = {"fail", "unknown", "pass", "muted", "no_data"}
OUTCOMES = {
    "pass": (1, "Pass"),
    "unknown": (2, "Warning"),
    "fail": (3, "Fail"),
    "muted": (99, "muted"),
    "no_data": (99, "no_data"),
}
REASONS = {"pass": ("satisfied", "pass"), "fail": ("not-satisfied", "fail")}
# What OCSF 1.5 asks of the class and of the objects that are used.
REQUIRED = {
    "": "activity_id category_uid class_uid compliance finding_info metadata severity_id time type_uid",
    "metadata": "product version",
    "finding_info": "uid",
}
# Attributes of OCSF 1.5 that the models do not know.
BEYOND_MODELS = {"Compliance": {"status", "status_details"}}


def expect(holds, complaint):
    if not holds:
        sys.exit(f"rollup_exports: {complaint}")


def once(pairs):
    """An object, each key of which must stand there once."""
    told = dict(pairs)
    expect(len(told) == len(pairs), f"a key twice in {[name for name, _ in pairs]}")
    return told


def read_json(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(text, object_pairs_hook=once)


def counts(node):
    """What a node of rollup.json counts, under the names of Parquet's columns."""
    told = {"status": node["status"], "columns": node["columns"]}
    told["data_sources"] = node["data_sources"]
    told |= {f"findings_{name}": count for name, count in node["findings"].items()}
    told |= {LEVELS[name]: count for name, count in node["columns_by_sensitivity"].items()}
    rules = node["rule_counts"] if "rule_counts" in node else node["rules"]
    told |= {f"rules_{name}": count for name, count in rules.items()}
    told |= {f"children_{name}": n for name, n in node.get("children_by_status", {}).items()}
    for name, score in node["scores"].items():
        told |= {f"score_{name}_{part}": count for part, count in score.items()}
    return told


def walk(rollup):
    """The nodes of rollup.json in the order of the rows: their keys and themselves."""
    for framework in rollup["frameworks"]:
        top = (framework["handle"], framework["version"])
        yield top, framework
        for requirement in framework["requirements"]:
            yield (*top, requirement["name"]), requirement
            for control in requirement["controls"]:
                key = (*top, requirement["name"], control["name"])
                yield key, control
                yield from (((*key, rule["id"]), rule) for rule in control["rules"])


def same(told, wanted, what):
    for name, value in told.items():
        expect(value == wanted[name], f"{what}: `{name}` is {value!r}, not {wanted[name]!r}")


def check_parquet(path, nodes):
    rows = parquet.read_table(path).to_pylist()
    expect(len(rows) == len(nodes), f"{path.name}: {len(rows)} rows of {len(nodes)} nodes")
    levels = ["framework", "requirement", "control", "rule"]
    for row, (key, node) in zip(rows, nodes):
        what = f"{path.name}: {row['level']} {key!r}"
        names = ["handle", "version", "requirement", "control", "rule_id"]
        same(dict(zip(names, key + (None,) * 3)), row, what)
        expect(row["level"] == levels[len(key) - 2], f"{what}: another level")
        same(counts(node), row, what)
        same({name: node.get(name) for name in ("known", "evaluated")}, row, what)


def as_text(name):
    """The cell for a name: with a quote before it if a spreadsheet could run it."""
    bare = name.lstrip("'\" \u00a0\u3000")
    return f"'{name}" if bare.startswith(tuple("=+-@\t\r\n＝＋－＠")) else name


def check_csv(path, nodes):
    expect(path.read_bytes().endswith(b"\r\n"), f"{path.name}: the last line does not end")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    by_key = dict(nodes)
    rules = [(key, node) for key, node in nodes if len(key) == 5]
    expect(len(rows) == len(rules), f"{path.name}: {len(rows)} rows of {len(rules)} rules")
    for row, (key, node) in zip(rows, rules):
        what = f"{path.name}: {key!r}"
        names = ["handle", "version", "requirement", "control", "rule_id"]
        same(dict(zip(names, map(as_text, key))), row, what)
        same({"framework": as_text(by_key[key[:2]]["name"])}, row, what)
        same({"control_status": by_key[key[:4]]["status"]}, row, what)
        for name, value in counts(node).items():
            if name in row:
                same({name: str(value)}, row, what)
        tag = node["classification_tag"] or {"name": "", "source": ""}
        told = {"tag_name": tag["name"], "tag_source": tag["source"]}
        told |= {"rule_name": node["name"] or "", "rule_framework": node["framework"] or ""}
        same({name: as_text(value) for name, value in told.items()}, row, what)
        same({name: str(node[name]).lower() for name in ("known", "evaluated")}, row, what)


def properties(item):
    """The properties of a part of OSCAL, what stands as a JSON string read."""
    told = {}
    for prop in item.props or []:
        expect(prop.name not in told, f"property `{prop.name}` twice")
        told[prop.name] = json.loads(prop.value) if prop.value.startswith('"') else prop.value
    return told


def check_told(told, node, what):
    """Counts are written as text; names of counts that are not told are left."""
    expect({"status", "findings_pass", "findings_fail"} <= told.keys(), f"{what}: no counts")
    for name, value in counts(node).items():
        if name in told:
            same({name: str(value)}, told, what)


def uuids(value):
    if isinstance(value, dict):
        if "uuid" in value:
            yield value["uuid"]
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from uuids(part)


def check_validate(path):
    """`trestle validate`, in a workspace of its own."""
    trestle = pathlib.Path(sys.executable).parent / "trestle"
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder) / "assessment-results/rollup/assessment-results.json"
        run = lambda *words: subprocess.run(
            [trestle, *words], cwd=folder, capture_output=True, text=True, check=False
        )
        made = run("init")
        expect(made.returncode == 0, f"trestle init: {made.stderr}")
        place.parent.mkdir(parents=True)
        place.write_bytes(path.read_bytes())
        said = run("validate", "--type", "assessment-results", "--name", "rollup")
        said_so = said.returncode == 0 and "VALID" in said.stdout
        expect(said_so, f"trestle validate: {said.stdout[:2000]} {said.stderr[:2000]}")


def check_oscal(path, nodes, as_of):
    logging.getLogger("trestle").setLevel(logging.ERROR)
    read = AssessmentResults.oscal_read(path)
    version = str(read.metadata.oscal_version.__root__)
    expect(re.match(OSCAL_VERSION_REGEX, version), f"{path.name}: OSCAL {version}")
    check_validate(path)
    raw = read_json(path)["assessment-results"]
    found = list(uuids(raw))
    expect(len(found) == len(set(found)), f"{path.name}: a UUID twice")
    expect(raw["metadata"]["last-modified"] == f"{as_of}T00:00:00Z", "another time")
    objectives = {
        (objective["control-id"], objective["parts"][0]["id"])
        for objective in raw.get("local-definitions", {}).get("objectives-and-methods", [])
    }
    by_key = dict(nodes)
    seen, tokens = [], {}
    for result in read.results:
        told = properties(result)
        if not told:
            continue
        top = (told["handle"], told["version"])
        check_told(told, by_key[top], f"{path.name}: {top!r}")
        included = [c.control_id for c in result.reviewed_controls.control_selections[0].include_controls]
        rules = {}
        for observation in result.observations or []:
            about = properties(observation)
            rules[observation.uuid] = about
        for control_id, finding in zip(included, result.findings or [], strict=True):
            about = properties(finding)
            key = (*top, about["requirement"], about["control"])
            what = f"{path.name}: {key!r}"
            node = by_key[key]
            seen.append(key)
            check_told(about, node, what)
            status = finding.target.status
            state = status.state.value if hasattr(status.state, "value") else status.state
            reason = status.reason.value if hasattr(status.reason, "value") else status.reason
            wanted = REASONS.get(node["status"], ("not-satisfied", "other"))
            expect((state, reason) == wanted, f"{what}: {node['status']} as {state}, {reason}")
            expect(reason != "other" or status.remarks, f"{what}: no remarks")
            pair = (control_id, finding.target.target_id)
            expect(pair in objectives, f"{what}: {pair} is not defined")
            other = tokens.setdefault((top[0], control_id), key[2:])
            expect(other == key[2:], f"{what}: shares `{control_id}` with {other!r}")
            named = finding.related_observations or []
            expect(len(named) == len(node["rules"]), f"{what}: {len(named)} observations")
            for reference, rule in zip(named, node["rules"]):
                about = rules[reference.observation_uuid]
                same({"rule_id": about["rule_id"]}, {"rule_id": rule["id"]}, what)
                check_told(about, rule, f"{what}: {rule['id']!r}")
                for name in ("known", "evaluated"):
                    same({name: str(rule[name]).lower()}, about, what)
    wanted = [key for key, _ in nodes if len(key) == 4]
    expect(seen == wanted, f"{path.name}: {len(seen)} findings of {len(wanted)} controls")


def model_of(annotation):
    """The model that an attribute's type is about, if any."""
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        return annotation
    inner = (model_of(part) for part in typing.get_args(annotation))
    return next((model for model in inner if model), None)


def check_known(model, value, what):
    """Every attribute is one of the schema's."""
    for part in value if isinstance(value, list) else [value]:
        for name, inner in part.items():
            if name in BEYOND_MODELS.get(model.__name__, ()):
                continue
            expect(name in model.model_fields, f"{what}: `{name}` is no attribute")
            deeper = model_of(model.model_fields[name].annotation)
            if deeper and inner is not None:
                check_known(deeper, inner, f"{what}.{name}")


def milliseconds(day):
    return (datetime.date.fromisoformat(day) - datetime.date(1970, 1, 1)).days * 86_400_000


def check_ocsf(path, nodes, as_of):
    lines = path.read_bytes().split(b"\n")
    expect(lines.pop() == b"", f"{path.name}: the last line does not end")
    controls = [(key, node) for key, node in nodes if len(key) == 4]
    expect(len(lines) == len(controls), f"{path.name}: {len(lines)} of {len(controls)} controls")
    seen = set()
    for line, (key, node) in zip(lines, controls):
        event = json.loads(line, object_pairs_hook=once)
        what = f"{path.name}: {key!r}"
        ComplianceFinding.model_validate(event)
        check_known(ComplianceFinding, event, what)
        for place, names in REQUIRED.items():
            part = event[place] if place else event
            expect(set(names.split()) <= part.keys(), f"{what}: `{place}` lacks an attribute")
        same({"class_uid": 2003, "category_uid": 2, "type_uid": 200301}, event, what)
        compliance, unmapped = event["compliance"], event["unmapped"]
        handle, version, requirement, control = key
        same({"handle": handle, "version": version}, unmapped, what)
        told = {"control": control, "requirements": [requirement]}
        told["standards"] = [f"{handle} {version}"]
        told["status_id"], told["status"] = OUTCOMES[node["status"]]
        same(told, compliance, what)
        expect(counts(unmapped["rollup"]) == counts(node), f"{what}: other counts")
        expect((event["severity_id"] > 1) == (node["status"] == "fail"), f"{what}: severity")
        for check, rule in zip(compliance["checks"], node["rules"], strict=True):
            same({"uid": check["uid"]}, {"uid": rule["id"]}, what)
            outcome = (check["status_id"], check["status"])
            expect(outcome == OUTCOMES[rule["status"]], f"{what}: {rule['id']!r} is {outcome}")
        same({"time": milliseconds(as_of)}, event, what)
        for uid in (event["metadata"]["uid"], event["finding_info"]["uid"]):
            expect(uid not in seen, f"{what}: `{uid}` twice")
            seen.add(uid)


def main(folder):
    rollup = read_json(folder / "rollup.json")
    nodes = list(walk(rollup))
    expect({node["status"] for _, node in nodes} <= STATUSES, "rollup.json: another status")
    expect(len(dict(nodes)) == len(nodes), "rollup.json: two nodes of one name")
    check_parquet(folder / "rollup.parquet", nodes)
    check_csv(folder / "rollup.csv", nodes)
    check_oscal(folder / "oscal-assessment-results.json", nodes, rollup["as_of"])
    check_ocsf(folder / "ocsf-compliance-findings.ndjson", nodes, rollup["as_of"])
    print(f"rollup_exports: {len(nodes)} nodes, the same in five forms")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
