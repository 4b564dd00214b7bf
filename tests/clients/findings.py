"""Asks for findings with Datadog's own client, as it comes from PyPI.

    python tests/clients/findings.py CLASSMARK

Puts the demo's frameworks and a custom framework in, runs the demo's catalog,
and holds what the client understands against the run's `rollup.json`. Prints a
line for each check and `N checks passed`, or ends with 1.
"""

import json
import shutil
import sys
import time
import warnings
from pathlib import Path

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v2.api.compliance_api import ComplianceApi

from checks import Answer, Checks
from server import Server, binary_of, secret

DEMO = Path(__file__).resolve().parents[2] / "fixtures" / "demo"
CUSTOM = "/api/v2/cloud_security_management/custom_frameworks"
VIEW = "/api/v2/compliance_findings/rule_based_view"
HANDLE = "findings-demo"
REQUIREMENTS = [
    {"name": "identity", "controls": [
        {"name": "numbers", "rules_id": ["demo-base/medical-record-number", "demo-record/diagnosis-of-a-patient"]},
        {"name": "health", "rules_id": ["demo-regulation/health-detail-beside-a-person"]},
    ]},
    {"name": "risk", "controls": [{"name": "phi", "rules_id": ["demo-risk/phi", "demo-record/diagnosis-of-a-patient"]}]},
]

checks = Checks("findings")
# The operation is one that Datadog means to replace; its client says so each time.
warnings.filterwarnings("ignore", "get_rule_based_view|Using unstable operation")


def client(application):
    config = Configuration(host=server.url, api_key={"apiKeyAuth": secret("nobody"), "appKeyAuth": secret(application)})
    config.unstable_operations["get_rule_based_view"] = True
    return ComplianceApi(ApiClient(config))


def view(to=None, application="reader", **more):
    """(what the client makes of it, None) or (None, the refusal)."""
    try:
        return client(application).get_rule_based_view(to or now(), **more).data, None
    except ApiException as refused:
        body = refused.body if isinstance(refused.body, str) else json.dumps(refused.body)
        return None, Answer(refused.status, refused.headers.items(), body.encode())


def now():
    return int(time.time() * 1000) + 1000


def by_hand(method, path, body=None, kind="application/json", name="all"):
    headers = [("Authorization", f"Bearer {secret(name)}")] + ([("Content-Type", kind)] if body is not None else [])
    data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
    return server.raw(method, path, data, headers)


def before_any_run():
    data, refused = view()
    checks.turned_away("no run is no answer", refused, 404, ...)


def what_is_needed():
    for file in sorted((DEMO / "frameworks").iterdir()):
        kind = "application/json" if file.suffix == ".json" else "application/yaml"
        answer = by_hand("POST", "/frameworks", file.read_bytes(), kind)
        checks.equal(f"{file.name} is taken in", answer.status, 200)
    attributes = {"handle": HANDLE, "version": "1", "name": "Findings of the demo", "requirements": REQUIREMENTS}
    answer = by_hand("POST", CUSTOM, {"data": {"type": "custom_framework", "attributes": attributes}})
    checks.equal("so is a custom framework", answer.status, 200)


def run(request):
    answer = by_hand("POST", "/runs", request)
    checks.equal("a run is asked for", answer.status, 202)
    path = answer.headers.get("location", "/runs/none")
    for _ in range(1200):
        told = by_hand("GET", path).json
        if told["state"] in ("done", "failed", "cancelled"):
            return told
        time.sleep(0.05)
    return told


def findings_by_the_client():
    told = run({"columns": ["catalog.parquet"], "overrides": ["overrides.csv"], "asOf": "2026-11-21"})
    checks.equal("it is done", told["state"], "done")
    rollup = by_hand("GET", f"/runs/{told['id']}/results/rollup.json").json
    data, _ = view(include_rules_without_findings=True)
    checks.equal("the view is the run's", (data.id, str(data.type)), (told["id"], "rule_based_view"))
    wanted, namings = {}, {}
    for framework in rollup["frameworks"]:
        for requirement in framework["requirements"]:
            for control in requirement["controls"]:
                for rule in control["rules"]:
                    wanted[rule["id"]] = rule
                    place = (framework["handle"], framework["version"], requirement["name"], control["name"])
                    namings.setdefault(rule["id"], set()).add(place)
    rules = {rule.id: rule for rule in data.attributes.rules}
    checks.equal("each rule that a control names, once", (sorted(rules), data.attributes.count), (sorted(wanted), len(wanted)))
    for id, rule in rules.items():
        found = wanted[id]["findings"]
        checks.equal(f"{id}: its findings", (rule.stats._pass, rule.stats.fail, rule.stats.muted), (found["pass"], found["fail"], found["muted"]))
        checks.equal(f"{id}: its name, and that it was evaluated", (rule.name, rule.enabled), (wanted[id]["name"], wanted[id]["evaluated"]))
        places = {(one.framework, one.version, one.requirement, one.control) for one in rule.compliance_frameworks}
        checks.equal(f"{id}: the controls that name it", places, namings[id])
        checks.that(f"{id}: none is Datadog's", not any(one.is_default for one in rule.compliance_frameworks))
        checks.that(f"{id}: a severity", rule.status in ("info", "low", "medium", "high", "critical"), rule.status)
        checks.that(f"{id}: its status is among the tags", f"status:{wanted[id]['status']}" in rule.tags, rule.tags)
    checks.that("something fails, so that there is something to see", any(rule.stats.fail for rule in rules.values()))


def what_is_asked_for():
    ids = lambda **more: sorted(rule.id for rule in view(**more)[0].attributes.rules)
    everything = ids()
    checks.equal("by framework and version", ids(framework=HANDLE, version="1", is_custom=True), everything)
    checks.equal("another version has none", ids(framework=HANDLE, version="2"), [])
    checks.equal("another framework has none", ids(framework="hipaa", is_custom=False), [])
    checks.equal("the flag for findings without a version changes nothing", ids(query_findings_without_framework_version=True), everything)
    checks.turned_away("a time before the first run", view(to=1000)[1], 404, ...)
    checks.turned_away("a filter that cannot be followed", view(query="scored:true")[1], 400, ...)
    checks.turned_away("without leave", view(application="governor")[1], 403, ...)


def what_the_client_does_not_send():
    for query in ["", "?to=", "?to=now", "?to=1&to=2", "?to=1&is_custom=perhaps"]:
        checks.turned_away(f"`{query}`", by_hand("GET", VIEW + query), 400, ...)
    checks.turned_away("unknown credentials", server.raw("GET", VIEW + "?to=1"), 401, ...)


def after_a_restart():
    before, _ = view()
    checks.equal("it stops", server.stop()[0], 0)
    server.start()
    after, _ = view()
    checks.equal("the same is answered", after.to_dict(), before.to_dict())


if __name__ == "__main__":
    with Server(binary_of(sys.argv), start=False) as server:
        root = server.folder / "files"
        root.mkdir()
        for name in ("catalog.parquet", "overrides.csv"):
            shutil.copy(DEMO / name, root / name)
        server.more += ["--files-root", str(root)]
        server.start()
        checks.run(
            before_any_run, what_is_needed, findings_by_the_client, what_is_asked_for,
            what_the_client_does_not_send, after_a_restart,
        )
    checks.end()
