"""Drives the server by Datadog's own client, as it comes from PyPI.

    python tests/clients/datadog.py CLASSMARK

Every operation on custom frameworks and on AI rulesets, with every error and
trap of the contract. Requests that the client cannot make are made by hand.
Prints a line for each check and `N checks passed`, or ends with 1.
"""

import base64
import hashlib
import json
import sys
import uuid
import warnings
from datetime import datetime

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v2.api.security_monitoring_api import SecurityMonitoringApi
from datadog_api_client.v2.api.static_analysis_api import StaticAnalysisApi
from datadog_api_client.v2 import models

from checks import Answer, Checks, kind
from server import Server, binary_of, secret

CUSTOM = "/api/v2/cloud_security_management/custom_frameworks"
AI = "/api/v2/static-analysis/ai"
MIB = 1 << 20
AI_OPERATIONS = [
    *("list_ai_custom_rulesets", "create_ai_custom_ruleset", "get_ai_custom_ruleset", "update_ai_custom_ruleset"),
    *("delete_ai_custom_ruleset", "create_ai_custom_rule", "get_ai_custom_rule", "delete_ai_custom_rule"),
    *("list_ai_custom_rule_revisions", "create_ai_custom_rule_revision", "get_ai_custom_rule_revision"),
    *("list_ai_prompts", "list_ai_memory_violation_results", "create_ai_memory_violation_result"),
    "delete_ai_memory_violation_result",
]
EMPTY = hashlib.sha256(b"").hexdigest()
# Names that a path can carry only if both sides encode and decode alike.
NAMES = ["two words", "a+b", "a/b", "50%", "50%25", "ümläut", "名前", "a?b#c", "a&b=c", "'quoted'", "semi;colon", "back\\slash", "x" * 300]

checks = Checks("datadog")


class Client:
    """Both APIs of the client. A call gives an `Answer`, refused or not."""

    def __init__(self, server, api="nobody", application="writer"):
        config = Configuration(host=server.url, api_key={"apiKeyAuth": secret(api) if api else "unknown", "appKeyAuth": secret(application) if application else "unknown"})
        for operation in AI_OPERATIONS:
            config.unstable_operations[operation] = True
        config.return_http_data_only = False
        self.client = ApiClient(config)
        self.custom, self.ai = SecurityMonitoringApi(self.client), StaticAnalysisApi(self.client)

    def call(self, method, *arguments, **named):
        """(what the client makes of it, the answer)."""
        api = self.custom if "custom_framework" in method else self.ai
        try:
            data, status, headers = getattr(api, method)(*arguments, **named)
        except ApiException as refused:
            body = refused.body if isinstance(refused.body, (str, bytes)) else json.dumps(refused.body)
            return None, Answer(refused.status, refused.headers.items(), body.encode() if isinstance(body, str) else body or b"")
        body = json.dumps(data.to_dict(), default=str).encode() if data is not None else b""
        return data, Answer(status, headers.items(), body)


def by_hand(method, path, body=None, *more):
    """A request that the client would not make."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    headers = [("DD-API-KEY", secret("nobody")), ("DD-APPLICATION-KEY", secret("writer")), *more]
    return server.raw(method, path, data, ([("Content-Type", "application/json")] if body is not None else []) + headers)


def empty(field):
    return f"input_validation_error(Field 'data.attributes.{field}' is invalid: field '{field}' must not be empty)"


def unknown_rule(id):
    return f"invalid_argument(Cannot find rule id {id})"


def exists(handle):
    return f"already_exists(Framework '{handle}' already existed)"


def framework(handle="h", version="1", name="Framework", requirements=None, **more):
    requirements = requirements if requirements is not None else [("requirement", [("control", ["def-000-be9"])])]
    return {
        "data": {
            "type": "custom_framework",
            "attributes": {
                "handle": handle, "version": version, "name": name, **more,
                "requirements": [
                    {"name": named, "controls": [{"name": of, "rules_id": rules} for of, rules in controls]}
                    for named, controls in requirements
                ],
            },
        }
    }


def request(of, body):
    """A document as the client's own model, so that the client writes it."""
    attributes = body["data"]["attributes"]
    requirements = [
        models.CustomFrameworkRequirement(
            name=one["name"],
            controls=[models.CustomFrameworkControl(name=c["name"], rules_id=c["rules_id"]) for c in one["controls"]],
        )
        for one in attributes["requirements"]
    ]
    kept = models.CustomFrameworkDataAttributes(**{**attributes, "requirements": requirements})
    return of(data=models.CustomFrameworkData(type=models.CustomFrameworkType("custom_framework"), attributes=kept))


def create(body, client=None):
    return (client or dd).call("create_custom_framework", request(models.CreateCustomFrameworkRequest, body))[1]


def update(handle, version, body, client=None):
    return (client or dd).call("update_custom_framework", handle, version, request(models.UpdateCustomFrameworkRequest, body))[1]


def get(handle, version, client=None):
    return (client or dd).call("get_custom_framework", handle, version)[1]


def delete(handle, version, client=None):
    return (client or dd).call("delete_custom_framework", handle, version)[1]


def attributes(answer):
    return answer.json["data"]["attributes"] if answer.json else None


def immuta(method, path, body=None):
    headers = [("Authorization", f"Bearer {secret('governor')}")] + ([("Content-Type", "application/json")] if body else [])
    return server.raw(method, "/frameworks" + path, json.dumps(body).encode() if body else None, headers)


def rules(*ids, active=False, short_name=None):
    """A classification framework with these rules."""
    tags = [{"name": "Tag", "source": "curated"}]
    every = [{"id": id, "name": f"rule {at}", "classificationTag": tags[0], "columnTags": [{"name": "x", "source": "curated"}]} for at, id in enumerate(ids)]
    body = {"shortName": short_name or f"rules {uuid.uuid4()}", "name": "n", "description": "", "active": active, "tags": tags, "rules": every}
    return immuta("POST", "", body).json


def custom_frameworks():
    sent = framework("create-me", "10", "Named", icon_url="https://example.com/i.png", description="What it is")
    answer = create(sent)
    checks.equal("create: 200", answer.status, 200)
    checks.equal("its body", answer.json, {"data": {"id": "create-me-10", "type": "custom_framework", "attributes": {"handle": "create-me", "version": "10"}}})
    checks.equal("its type", kind(answer), "application/vnd.api+json")
    answer = get("create-me", "10")
    checks.equal("get: what was posted", (answer.status, attributes(answer)), (200, sent["data"]["attributes"]))
    checks.equal("its id and type", {of: answer.json["data"][of] for of in ("id", "type")}, {"id": "create-me-10", "type": "custom_framework"})
    checks.equal("get: its type", kind(answer), "application/vnd.api+json")
    changed = framework("create-me", "10", "Renamed")
    answer = update("create-me", "10", changed)
    checks.equal("update: 200 with handle and version", (answer.status, answer.json), (200, {"data": {"id": "create-me-10", "type": "custom_framework", "attributes": {"handle": "create-me", "version": "10"}}}))
    checks.equal("a full replace: what was omitted is gone", attributes(get("create-me", "10")), changed["data"]["attributes"])
    answer = delete("create-me", "10")
    gone = {"handle": "create-me", "version": "10", "name": "Renamed", "description": "", "icon_url": ""}
    checks.equal("delete: 200 with a body, no requirements", (answer.status, attributes(answer)), (200, gone))
    checks.equal("its id and type", {of: answer.json["data"][of] for of in ("id", "type")}, {"id": "create-me-10", "type": "custom_framework"})
    checks.turned_away("get after delete", get("create-me", "10"), 400, title="Bad Request")
    checks.turned_away("delete again", delete("create-me", "10"), 400, title="Bad Request")
    checks.equal("a deleted handle can be made again at once", create(framework("create-me", "11")).status, 200)
    create(framework("told", "1", icon_url="i", description="d"))
    checks.equal("delete shows icon and description", attributes(delete("told", "1")), {"handle": "told", "version": "1", "name": "Framework", "description": "d", "icon_url": "i"})
    checks.equal("icon_url posted empty", create(framework("no-icon", "1", icon_url="")).status, 200)
    checks.that("is absent from get", "icon_url" not in attributes(get("no-icon", "1")))
    update("no-icon", "1", framework(icon_url=""))
    checks.that("and so by update", "icon_url" not in attributes(get("no-icon", "1")))
    order = [("z", [("b", ["def-000-be9"]), ("a", ["def-000-be9", "def-000-be8"])]), ("y", [("b", ["def-000-be8"])])]
    create(framework("ordered", "1", requirements=order))
    checks.equal("requirements, controls and rules in posted order", attributes(get("ordered", "1"))["requirements"], framework(requirements=order)["data"]["attributes"]["requirements"])
    create(framework("collapsed", "1", requirements=[("r", [("c", ["def-000-be9", "def-000-be8", "def-000-be9"])])]))
    checks.equal("repeated rule ids collapse", attributes(get("collapsed", "1"))["requirements"][0]["controls"][0]["rules_id"], ["def-000-be9", "def-000-be8"])


def a_declarative_client():
    create(framework("declared", "1"))
    answer = create(framework("declared", "1", "Wanted"))
    checks.turned_away("the pair is there", answer, 409, exists("declared"), "Status Conflict")
    checks.equal("so it is read", get("declared", "1").status, 200)
    checks.equal("and replaced", update("declared", "1", framework("declared", "1", "Wanted")).status, 200)
    checks.equal("and is as wanted", attributes(get("declared", "1"))["name"], "Wanted")
    checks.turned_away("the handle under another version", create(framework("declared", "2")), 409, exists("declared"), "Status Conflict")
    checks.turned_away("which is not there to read", get("declared", "2"), 400)
    checks.turned_away("nor to delete", delete("declared", "2"), 400)
    checks.equal("case tells handles apart", create(framework("Declared", "1")).status, 200)


def refused_frameworks():
    checks.turned_away("an empty handle", create(framework("")), 400, empty("handle"), "Bad Request")
    checks.turned_away("an empty version", create(framework("e", "")), 400, empty("version"), "Bad Request")
    checks.turned_away("an unknown rule", create(framework("e", requirements=[("r", [("c", ["def-nobody"])])])), 400, unknown_rule("def-nobody"), "Bad Request")
    nothing = framework("", "", "", [("", [("", [""])])])
    every = ", ".join(empty(of) for of in ("requirements.name", "controls.name", "name"))
    checks.turned_away("every string empty, by create", create(nothing), 400, f"{every}, {empty('handle')}, {empty('version')}", "Bad Request")
    create(framework("there", "1"))
    checks.turned_away("every string empty, by update", update("there", "1", nothing), 400, every, "Bad Request")
    twice = [("", [("", ["x"]), ("", ["x"])]), ("", [("", ["x"])])]
    checks.turned_away("one message per kind", create(framework("e", "1", "", twice)), 400, every)
    bad = framework("there", "1", "", [("r", [("c", ["def-nobody"])])])
    checks.turned_away("update with a bad name and a bad rule tells the name", update("there", "1", bad), 400, empty("name"))
    checks.turned_away("create too", create(bad), 400, empty("name"))
    stranger = framework("there", "1", "n", [("r", [("c", ["def-nobody"])])])
    checks.turned_away("create: rules before 409", create(stranger), 400, unknown_rule("def-nobody"))
    checks.turned_away("update: names before existence", update("nowhere", "1", bad), 400, empty("name"))
    checks.turned_away("update: existence before rules", update("nowhere", "1", stranger), 400)
    checks.turned_away("update of an unknown pair", update("there", "2", framework("there", "2")), 400, title="Bad Request")
    checks.equal("the body's handle and version are ignored by update", update("there", "1", framework("other", "9", "By path")).status, 200)
    checks.equal("even empty ones", update("there", "1", framework("", "", "By path")).status, 200)
    got = attributes(get("there", "1"))
    checks.equal("the path identifies", (got["handle"], got["version"], got["name"]), ("there", "1", "By path"))
    checks.turned_away("and no other was made", get("other", "9"), 400)
    for what, requirements in (("no requirements", []), ("no controls", [("r", [])]),
                               ("a requirement twice", [("r", [("c", ["def-000-be9"])])] * 2), ("a control twice", [("r", [("c", ["def-000-be9"])] * 2)])):
        checks.turned_away(f"create with {what}", create(framework("e", requirements=requirements)), 400, ..., "Bad Request")
        checks.turned_away(f"update with {what}", update("there", "1", framework(requirements=requirements)), 400, ..., "Bad Request")
    checks.equal("nothing of that changed it", attributes(get("there", "1")), got)
    checks.turned_away("nor made one", get("e", "1"), 400)
    checks.equal("a control without rules is kept", create(framework("manual", requirements=[("r", [("c", [])])])).status, 200)
    checks.equal("and comes back so", attributes(get("manual", "1"))["requirements"][0]["controls"][0]["rules_id"], [])


def ambiguous_ids():
    checks.equal("`a-b` in version `c`", create(framework("a-b", "c", "first")).json["data"]["id"], "a-b-c")
    checks.equal("`a` in version `b-c`", create(framework("a", "b-c", "second")).json["data"]["id"], "a-b-c")
    checks.equal("are two", (attributes(get("a-b", "c"))["name"], attributes(get("a", "b-c"))["name"]), ("first", "second"))
    checks.equal("deleting one", attributes(delete("a-b", "c"))["name"], "first")
    checks.equal("leaves the other", attributes(get("a", "b-c"))["name"], "second")


def names_in_paths():
    for name in NAMES:
        shown = name if len(name) < 20 else f"{name[:5]}… of {len(name)}"
        made = create(framework(name, name, f"named {name}"))
        got = get(name, name)
        checks.that(f"`{shown}`: made and found", made.status == got.status == 200 and attributes(got)["handle"] == name, (made.status, got.status, got.text))
        put = update(name, name, framework(name="again"))
        gone = delete(name, name)
        checks.that(f"`{shown}`: replaced and deleted", put.status == gone.status == 200, (put.text, gone.text))
    create(framework("with space", "1 0", "space"))
    checks.equal("a `+` in a path is read as a space", by_hand("GET", f"{CUSTOM}/with+space/1+0").status, 200)
    create(framework("with+space", "1+0", "plus"))
    checks.equal("but a literal match comes first", attributes(by_hand("GET", f"{CUSTOM}/with+space/1+0"))["name"], "plus")
    checks.equal("%2B is a plus", attributes(get("with+space", "1+0"))["name"], "plus")
    checks.equal("%20 a space", attributes(get("with space", "1 0"))["name"], "space")
    checks.turned_away("a path that is no UTF-8", by_hand("GET", f"{CUSTOM}/%ff/1"), 400, ...)
    checks.turned_away("a NUL in a path", by_hand("GET", f"{CUSTOM}/%00/1"), 400, ...)


def known_rules():
    made = rules("kept", "dropped")
    one = framework("knowing", "1", requirements=[("r", [("c", ["kept", "dropped"])])])
    checks.equal("rules of an inactive framework are known", create(one).status, 200)
    rule = made["rules"][0]
    immuta("PUT", f"/{made['id']}", {"rules": [rule]})
    checks.equal("a rule that was removed later is kept", attributes(get("knowing", "1")), one["data"]["attributes"])
    checks.turned_away("the next update is checked", update("knowing", "1", one), 400, unknown_rule("dropped"))
    checks.turned_away("a rule of an old version is not known", create(framework("k2", requirements=[("r", [("c", ["dropped"])])])), 400, unknown_rule("dropped"))
    immuta("DELETE", f"/{made['id']}")
    checks.turned_away("nor one of a deleted framework", create(framework("k2", requirements=[("r", [("c", ["kept"])])])), 400, unknown_rule("kept"))
    made = rules(*[], short_name="Default Ids")
    tags = [{"name": "Tag", "source": "curated"}]
    immuta("PUT", f"/{made['id']}", {"tags": tags, "rules": [{"name": "The Rule", "classificationTag": tags[0], "columnTags": tags}]})
    checks.equal("default ids are known", create(framework("k3", requirements=[("r", [("c", ["default-ids/the-rule"])])])).status, 200)
    system = [f for f in immuta("GET", "").json["frameworks"] if f.get("system")]
    id = system[0]["rules"][0].get("id") if system else None
    if id:
        checks.equal("rules of a system framework are known", create(framework("k4", requirements=[("r", [("c", [id])])])).status, 200)


def bodies_by_hand():
    whole = framework("by-hand", "1")
    with_more = json.loads(json.dumps(whole))
    with_more["meta"] = 1
    with_more["data"]["more"] = [None]
    with_more["data"]["attributes"]["colour"] = {"deep": []}
    with_more["data"]["attributes"]["requirements"][0]["more"] = 1
    checks.equal("unknown fields are ignored", by_hand("POST", CUSTOM, with_more).status, 200)
    checks.equal("and not kept", attributes(get("by-hand", "1")), whole["data"]["attributes"])
    for what, change in (
        ("no data", lambda d: d.pop("data")), ("data of a wrong type", lambda d: d.update(data=[])), ("no attributes", lambda d: d["data"].pop("attributes")),
        ("no type", lambda d: d["data"].pop("type")), ("another type", lambda d: d["data"].update(type="framework")), ("a type that is null", lambda d: d["data"].update(type=None)),
        ("a number for a handle", lambda d: d["data"]["attributes"].update(handle=1)), ("no handle", lambda d: d["data"]["attributes"].pop("handle")),
        ("no version", lambda d: d["data"]["attributes"].pop("version")), ("no requirements", lambda d: d["data"]["attributes"].pop("requirements")),
        ("no name", lambda d: d["data"]["attributes"].pop("name")), ("requirements as an object", lambda d: d["data"]["attributes"].update(requirements={})),
        ("a rule id that is a number", lambda d: d["data"]["attributes"]["requirements"][0]["controls"][0].update(rules_id=[1])),
        ("a control without rules", lambda d: d["data"]["attributes"]["requirements"][0]["controls"][0].pop("rules_id")),
    ):
        body = framework("bad-body", "1")
        change(body)
        checks.turned_away(what, by_hand("POST", CUSTOM, body), 400, ..., "Bad Request")
    for what, body in (("no JSON", b"{"), ("an empty body", b""), ("a list", b"[]"), ("null", b"null"), ("no UTF-8", b'{"data": "\xff"}'), ("too deep", b"[" * 100000)):
        checks.turned_away(f"create with {what}", by_hand("POST", CUSTOM, body), 400, ...)
        checks.turned_away(f"update with {what}", by_hand("PUT", f"{CUSTOM}/by-hand/1", body), 400, ...)
    text = json.dumps(framework("large", "1", description="x")).encode()
    checks.equal("4 MiB", by_hand("POST", CUSTOM, text + b" " * (4 * MIB - len(text))).status, 200)
    checks.turned_away("a byte more", by_hand("POST", CUSTOM, text + b" " * (4 * MIB - len(text) + 1)), 413, ...)
    checks.turned_away("5 MiB by the client", create(framework("large", "2", description="x" * 5 * MIB)), 413, ...)
    checks.turned_away("a wrong method", by_hand("PATCH", f"{CUSTOM}/by-hand/1", {}), 405, ...)


def credentials():
    for what, api, application, status in (
        ("an unknown API key", None, "writer", 401), ("an unknown application key", "nobody", None, 401),
        ("an application key without permission", "all", "nobody", 403), ("a reader's application key", "nobody", "reader", 200),
    ):
        answer = get("by-hand", "1", Client(server, api, application))
        if status == 200:
            checks.equal(f"get with {what}", answer.status, 200)
        else:
            checks.turned_away(f"get with {what}", answer, status, ...)
    reader = Client(server, application="reader")
    checks.turned_away("create by a reader", create(framework("no", "1"), reader), 403, ...)
    checks.turned_away("update by a reader", update("by-hand", "1", framework(), reader), 403, ...)
    checks.turned_away("delete by a reader", delete("by-hand", "1", reader), 403, ...)
    checks.turned_away("a ruleset by a reader", make_ruleset("no", client=reader), 403, ...)
    checks.equal("rulesets may be read", reader.call("list_ai_custom_rulesets")[1].status, 200)


def make_ruleset(name, id=..., client=None, description="described", short="short"):
    of = models.AiCustomRulesetRequestAttributes(name=name, description=description, short_description=short)
    data = models.AiCustomRulesetRequestData(attributes=of, id=name if id is ... else id, type=models.AiCustomRulesetDataType("ai_ruleset"))
    return (client or dd).call("create_ai_custom_ruleset", models.AiCustomRulesetRequest(data=data))[1]


def patch_ruleset(path, id=..., **texts):
    data = models.AiCustomRulesetUpdateData(
        attributes=models.AiCustomRulesetUpdateAttributes(**texts), id=path if id is ... else id, type=models.AiCustomRulesetDataType("ai_ruleset")
    )
    return dd.call("update_ai_custom_ruleset", path, models.AiCustomRulesetUpdateRequest(data=data))[1]


def ruleset(name):
    return dd.call("get_ai_custom_ruleset", name)[1]


def make_rule(of, name, id=...):
    data = models.AiCustomRuleRequestData(attributes=models.AiCustomRuleRequestAttributes(name=name), id=name if id is ... else id, type=models.AiCustomRuleDataType("ai_rule"))
    return dd.call("create_ai_custom_rule", of, models.AiCustomRuleRequest(data=data))[1]


def rule(of, name):
    return dd.call("get_ai_custom_rule", of, name)[1]


REVISION = {
    "short_description": "short", "description": "described", "content": "look for it", "globs": ["**/*.py"], "directories": ["src"],
    "execution_mode": "auto", "severity": "ERROR", "category": "BEST_PRACTICES", "is_published": False, "is_testing": True,
}


def make_revision(of, name, id=None, **changes):
    told = {**REVISION, **changes}
    kinds = {
        "execution_mode": models.AiCustomRuleRevisionExecutionMode,
        "severity": models.CustomRuleRevisionAttributesSeverity,
        "category": models.CustomRuleRevisionAttributesCategory,
    }
    made = models.AiCustomRuleRevisionRequestAttributes(**{key: kinds[key](value) if key in kinds else value for key, value in told.items()})
    more = {"id": id} if id is not None else {}
    data = models.AiCustomRuleRevisionRequestData(attributes=made, type=models.AiCustomRuleRevisionDataType("ai_rule_revision"), **more)
    return dd.call("create_ai_custom_rule_revision", of, name, models.AiCustomRuleRevisionRequest(data=data))[1]


def revisions(of, name, **paging):
    return dd.call("list_ai_custom_rule_revisions", of, name, **paging)[1]


def is_moment(text):
    try:
        return datetime.fromisoformat(str(text)).tzinfo is not None
    except ValueError:
        return False


def empty_200(what, answer):
    length = answer.headers.get("content-length", "0")
    checks.that(f"{what}: 200, empty", answer.status == 200 and answer.body == b"" and length == "0", (answer.status, answer.headers, answer.text))


def rulesets():
    checks.equal("none at first", (dd.call("list_ai_custom_rulesets")[1].json), {"data": []})
    data, answer = dd.call("create_ai_custom_ruleset", models.AiCustomRulesetRequest(data=models.AiCustomRulesetRequestData(
        attributes=models.AiCustomRulesetRequestAttributes(name="first", description="d", short_description="s"), type=models.AiCustomRulesetDataType("ai_ruleset"))))
    checks.equal("create without an id: 200", answer.status, 200)
    of = attributes(answer)
    checks.equal("its attributes", set(of), {"name", "description", "short_description", "created_at", "created_by", "rules"})
    checks.equal("as sent, no rules", (of["name"], of["description"], of["short_description"], of["rules"]), ("first", "d", "s", []))
    checks.equal("id is the name", (answer.json["data"]["id"], answer.json["data"]["type"]), ("first", "ai_ruleset"))
    checks.that("created_at is a moment, created_by a text", is_moment(of["created_at"]) and isinstance(of["created_by"], str) and of["created_by"])
    checks.equal("its type", kind(answer), "application/vnd.api+json")
    checks.equal("get", ruleset("first").json, answer.json)
    checks.equal("list", dd.call("list_ai_custom_rulesets")[1].json, {"data": [answer.json["data"]]})
    checks.turned_away("create again", make_ruleset("first"), 409, ...)
    checks.turned_away("id differs from name", make_ruleset("second", id="other"), 412, ...)
    checks.turned_away("an empty name", make_ruleset("", id=""), 412, ...)
    checks.turned_away("neither was made", ruleset("second"), 404, ...)
    empty_200("update", patch_ruleset("first", description="changed"))
    of = attributes(ruleset("first"))
    checks.equal("sets the texts that are there", (of["description"], of["short_description"]), ("changed", "s"))
    empty_200("update of both, with the name", patch_ruleset("first", name="first", description="2", short_description="3"))
    checks.equal("both are set", (attributes(ruleset("first"))["description"], attributes(ruleset("first"))["short_description"]), ("2", "3"))
    empty_200("update to empty texts", patch_ruleset("first", description=""))
    checks.equal("is an update", attributes(ruleset("first"))["description"], "")
    empty_200("update with {}", by_hand("PATCH", f"{AI}/rulesets/first", {}))
    empty_200("update with {data: {}}", by_hand("PATCH", f"{AI}/rulesets/first", {"data": {}}))
    checks.turned_away("update: another name", patch_ruleset("first", name="second"), 412, ...)
    checks.turned_away("update: another id", patch_ruleset("first", id="second", description="x"), 412, ...)
    checks.equal("changes nothing", attributes(ruleset("first"))["description"], "")
    checks.turned_away("update of an unknown one", patch_ruleset("nobody", description="x"), 412, ...)
    checks.turned_away("get of an unknown one", ruleset("nobody"), 404, ...)
    checks.turned_away("delete of an unknown one", dd.call("delete_ai_custom_ruleset", "nobody")[1], 404, ...)
    make_ruleset("doomed")
    make_rule("doomed", "r")
    empty_200("delete", dd.call("delete_ai_custom_ruleset", "doomed")[1])
    checks.turned_away("delete again", dd.call("delete_ai_custom_ruleset", "doomed")[1], 404, ...)
    checks.turned_away("its rules are gone", rule("doomed", "r"), 404, ...)
    checks.equal("it can be made again", make_ruleset("doomed").status, 200)
    checks.equal("without them", attributes(ruleset("doomed"))["rules"], [])
    dd.call("delete_ai_custom_ruleset", "doomed")


def rules_of_rulesets():
    data, answer = dd.call("create_ai_custom_rule", "first", models.AiCustomRuleRequest(data=models.AiCustomRuleRequestData(
        attributes=models.AiCustomRuleRequestAttributes(name="rule"), type=models.AiCustomRuleDataType("ai_rule"))))
    of = attributes(answer)
    checks.equal("create a rule: 200", (answer.status, answer.json["data"]["id"], answer.json["data"]["type"]), (200, "rule", "ai_rule"))
    checks.equal("its attributes", set(of), {"name", "created_at", "created_by", "last_revision"})
    answer = by_hand("GET", f"{AI}/rulesets/first/rules/rule")
    draft = attributes(answer)["last_revision"]
    want = {
        "version_id": 0, "short_description": "", "description": "", "content": "", "globs": [], "directories": [], "execution_mode": "manual",
        "severity": "NONE", "category": "SECURITY", "cwe": None, "is_published": False, "is_testing": False, "is_default": False, "checksum": EMPTY,
        "created_at": attributes(answer)["created_at"], "created_by": attributes(answer)["created_by"],
    }
    checks.equal("before any revision: a draft, never null", draft, want)
    checks.equal("which is no revision", revisions("first", "rule").json, {"data": []})
    checks.equal("the ruleset shows the rule, its draft too", by_hand("GET", f"{AI}/rulesets/first").json["data"]["attributes"]["rules"], [attributes(answer)])
    checks.turned_away("a rule twice", make_rule("first", "rule"), 409, ...)
    checks.turned_away("id differs from name", make_rule("first", "second", id="other"), 412, ...)
    checks.turned_away("an empty name", make_rule("first", "", id=""), 412, ...)
    checks.turned_away("in an unknown ruleset", make_rule("nobody", "rule"), 412, ...)
    checks.turned_away("get of an unknown rule", rule("first", "nobody"), 404, ...)
    checks.turned_away("get in an unknown ruleset", rule("nobody", "rule"), 404, ...)
    checks.turned_away("delete of an unknown rule", dd.call("delete_ai_custom_rule", "first", "nobody")[1], 404, ...)
    make_ruleset("twin")
    checks.equal("the same name in another ruleset", make_rule("twin", "rule").status, 200)
    make_rule("first", "doomed")
    make_revision("first", "doomed")
    empty_200("delete a rule", dd.call("delete_ai_custom_rule", "first", "doomed")[1])
    checks.turned_away("it is gone", rule("first", "doomed"), 404, ...)
    checks.turned_away("its revisions too", revisions("first", "doomed"), 404, ...)
    checks.turned_away("delete again", dd.call("delete_ai_custom_rule", "first", "doomed")[1], 404, ...)


def rule_revisions():
    empty_200("a revision", make_revision("first", "rule"))
    listed = by_hand("GET", f"{AI}/rulesets/first/rules/rule/revisions").json["data"]
    of = listed[0]["attributes"]
    checks.equal("one is there", (len(listed), listed[0]["type"]), (1, "ai_rule_revision"))
    checks.that("its id is a UUID", uuid.UUID(listed[0]["id"]).version == 4)
    checks.equal("its attributes: those sent", {key: of[key] for key in REVISION}, REVISION)
    checks.equal("and more", set(of) - set(REVISION), {"cwe", "version_id", "checksum", "created_at", "created_by", "is_default"})
    checks.equal("cwe is null and there, version 1", (of["cwe"], of["version_id"]), (None, 1))
    checks.equal("checksum is SHA-256 of the content", of["checksum"], hashlib.sha256(b"look for it").hexdigest())
    checks.equal("it is the rule's last", attributes(by_hand("GET", f"{AI}/rulesets/first/rules/rule"))["last_revision"], of)
    got = dd.call("get_ai_custom_rule_revision", "first", "rule", listed[0]["id"])[0]
    checks.equal("get by id, by the client", (got.data.id, got.data.attributes.content), (listed[0]["id"], "look for it"))
    empty_200("one with id, version and cwe", make_revision("first", "rule", id="mine", version_id=7, cwe="CWE-79", content="ü" * 100))
    got = dd.call("get_ai_custom_rule_revision", "first", "rule", "mine")[1]
    checks.equal("are taken as sent", (got.json["data"]["id"], attributes(got)["version_id"], attributes(got)["cwe"]), ("mine", 7, "CWE-79"))
    checks.equal("checksum of other letters", attributes(got)["checksum"], hashlib.sha256(("ü" * 100).encode()).hexdigest())
    empty_200("the next", make_revision("first", "rule", content="third"))
    versions = [one["attributes"]["version_id"] for one in revisions("first", "rule").json["data"]]
    checks.equal("is one later, the list oldest first", versions, [1, 7, 8])
    checks.turned_away("an id again", make_revision("first", "rule", id="mine"), 400, ...)
    checks.turned_away("a version again", make_revision("first", "rule", version_id=7), 400, ...)
    checks.equal("adds nothing", len(revisions("first", "rule").json["data"]), 3)
    checks.turned_away("get of an unknown revision", dd.call("get_ai_custom_rule_revision", "first", "rule", "nobody")[1], 404, ...)
    for of, name in (("first", "nobody"), ("nobody", "rule")):
        checks.turned_away(f"create in {of}/{name}", make_revision(of, name), 404, ...)
        checks.turned_away(f"list of {of}/{name}", revisions(of, name), 404, ...)
        checks.turned_away(f"get in {of}/{name}", dd.call("get_ai_custom_rule_revision", of, name, "mine")[1], 404, ...)
    page = [one["attributes"]["version_id"] for one in revisions("first", "rule", page_offset=1, page_limit=1).json["data"]]
    checks.equal("paged", page, [7])
    every = [one.attributes.version_id for one in dd.ai.list_ai_custom_rule_revisions_with_pagination("first", "rule", page_limit=2)]
    checks.equal("by the client's own paging", every, [1, 7, 8])
    for field, wrong in (("execution_mode", "never"), ("severity", "error"), ("category", "OTHER"), ("globs", "x"), ("is_published", "yes"), ("version_id", "1"), ("version_id", 1.5), ("content", None), ("cwe", 1), ("directories", [1])):
        body = {"data": {"type": "ai_rule_revision", "attributes": {**REVISION, field: wrong}}}
        checks.turned_away(f"{field}: {wrong!r}", by_hand("POST", f"{AI}/rulesets/first/rules/rule/revisions", body), 400, ...)
    for field in REVISION:
        body = {"data": {"type": "ai_rule_revision", "attributes": {key: value for key, value in REVISION.items() if key != field}}}
        checks.turned_away(f"without {field}", by_hand("POST", f"{AI}/rulesets/first/rules/rule/revisions", body), 400, ...)
    for text in (base64.b64encode(b"\x00\xff binary").decode(), "plain\r\n\ttext \u2028 \U0001f600", "=not base64=", " padded ", ""):
        make_revision("first", "rule", content=text, description=text, short_description=text)
        last = attributes(by_hand("GET", f"{AI}/rulesets/first/rules/rule"))["last_revision"]
        checks.equal(f"texts come back to the letter: {text[:12]!r}", [last[of] for of in ("content", "description", "short_description")], [text] * 3)


def prompts():
    checks.equal("none is published yet", dd.call("list_ai_prompts")[1].json, {"data": []})
    make_rule("twin", "published")
    make_revision("twin", "published", is_published=True, content="old", version_id=3)
    make_revision("twin", "published", is_published=True, content="new", version_id=4, cwe="CWE-1")
    make_revision("twin", "published", is_published=False, content="draft", version_id=5)
    data, answer = dd.call("list_ai_prompts")
    listed = by_hand("GET", f"{AI}/prompts").json["data"]
    checks.equal("one per rule that has a published revision", [(one["id"], one["type"]) for one in listed], [("twin/published", "ai_prompt")])
    of = listed[0]["attributes"]
    checks.equal("the newest of them", (of["content"], of["rule_version"], of.get("cwe")), ("new", "4", "CWE-1"))
    checks.equal("keyword lists are empty", (of["file_search_keywords"], of["result_keywords_exclude"]), ([], []))
    want = (set(REVISION) | {"checksum", "is_default", "rule_version", "file_search_keywords", "result_keywords_exclude"}) - {"is_published"}
    checks.equal("its attributes", set(of) - {"cwe", "language"}, want)
    checks.equal("the client reads it", data.data[0].attributes.rule_version, "4")


def memory():
    kinds = models.AiMemoryViolationType

    def make(rule="twin/published", line=12, of="TP", id=None, name="src/a.py"):
        made = models.AiMemoryViolationResultRequestAttributes(line=line, message="m", name=name, repository_id="repo", rule=rule, sha="abc", type=kinds(of))
        more = {"id": id} if id else {}
        data = models.AiMemoryViolationResultRequestData(attributes=made, type=models.AiMemoryViolationResultDataType("ai_memory_violation_result"), **more)
        return dd.call("create_ai_memory_violation_result", models.AiMemoryViolationResultRequest(data=data))[1]

    def listed():
        return by_hand("GET", f"{AI}/memory").json["data"]

    checks.equal("none at first", dd.call("list_ai_memory_violation_results")[1].json, {"data": []})
    empty_200("create", make())
    empty_200("create, of the other type, with an id", make(of="FP", id="999999", line=1 << 40))
    first, second = listed()
    checks.that("ids are numbers, as strings, and the server's own", first["id"].isdigit() and second["id"].isdigit() and second["id"] != "999999", (first["id"], second["id"]))
    want = {"rule": "twin/published", "line": 12, "message": "m", "name": "src/a.py", "repository_id": "repo", "sha": "abc", "type": "TP"}
    checks.equal("as sent", {key: first["attributes"][key] for key in want}, want)
    checks.equal("and who and when", set(first["attributes"]) - set(want), {"created_at", "created_by"})
    checks.equal("a long line number", second["attributes"]["line"], 1 << 40)
    checks.equal("the client reads them", len(dd.call("list_ai_memory_violation_results")[0].data), 2)
    checks.turned_away("an unknown rule", make("twin/nobody"), 404, ...)
    checks.turned_away("an unknown ruleset", make("nobody/published"), 404, ...)
    good = {**want, "type": "TP"}
    for field, wrong in (("type", "XX"), ("line", "1"), ("line", 1.5), ("rule", 1), ("message", None)):
        body = {"data": {"type": "ai_memory_violation_result", "attributes": {**good, field: wrong}}}
        checks.turned_away(f"{field}: {wrong!r}", by_hand("POST", f"{AI}/memory", body), 400, ...)
    for field in good:
        body = {"data": {"type": "ai_memory_violation_result", "attributes": {key: value for key, value in good.items() if key != field}}}
        checks.turned_away(f"without {field}", by_hand("POST", f"{AI}/memory", body), 400, ...)
    checks.turned_away("delete of no number", dd.call("delete_ai_memory_violation_result", "first")[1], 400, ...)
    checks.turned_away("delete of an unknown one", dd.call("delete_ai_memory_violation_result", "123456789")[1], 404, ...)
    empty_200("delete", dd.call("delete_ai_memory_violation_result", first["id"])[1])
    checks.equal("one is left", [one["id"] for one in listed()], [second["id"]])
    checks.turned_away("delete again", dd.call("delete_ai_memory_violation_result", first["id"])[1], 404, ...)
    make()
    checks.that("no number comes twice", first["id"] not in [one["id"] for one in listed()])


def paging():
    there = [one["id"] for one in dd.call("list_ai_custom_rulesets")[1].json["data"]]
    more = [f"paged {number:03}" for number in range(130)]
    for name in more:
        make_ruleset(name)
    want = there + more
    page = lambda **of: [one["id"] for one in dd.call("list_ai_custom_rulesets", **of)[1].json["data"]]
    checks.equal("100 by default, oldest first", page(), want[:100])
    checks.equal("the rest", page(page_offset=100), want[100:])
    checks.equal("a limit is kept", page(page_limit=1000), want)
    checks.equal("an offset and a limit", page(page_offset=5, page_limit=3), want[5:8])
    checks.equal("beyond the end", page(page_offset=100000), [])
    checks.equal("plain brackets", [one["id"] for one in by_hand("GET", f"{AI}/rulesets?page[offset]=5&page[limit]=3").json["data"]], want[5:8])
    for query in ("page[limit]=-1", "page[offset]=-1", "page[limit]=x", "page[offset]=1.5", "page[limit]=1001", "page[limit]=", "page%5Blimit%5D=99999999999999999999"):
        checks.turned_away(query, by_hand("GET", f"{AI}/rulesets?{query}"), 400, ...)
    checks.turned_away("revisions: page[limit]=1001", by_hand("GET", f"{AI}/rulesets/first/rules/rule/revisions?page[limit]=1001"), 400, ...)
    checks.equal("other query keys are ignored", by_hand("GET", f"{AI}/rulesets?limit=x&page=1").status, 200)


def ai_names_in_paths():
    for name in NAMES:
        shown = name if len(name) < 20 else f"{name[:5]}… of {len(name)}"
        first = (make_ruleset(name).status, ruleset(name).status, make_rule(name, name).status, make_revision(name, name, id=name).status)
        got = dd.call("get_ai_custom_rule_revision", name, name, name)[1]
        checks.that(f"`{shown}`: made and found", first == (200,) * 4 and got.status == 200 and got.json["data"]["id"] == name, (first, got.text))
        last = (patch_ruleset(name, description="x").status, dd.call("delete_ai_custom_rule", name, name)[1].status, dd.call("delete_ai_custom_ruleset", name)[1].status)
        checks.equal(f"`{shown}`: changed and deleted", last, (200,) * 3)
    make_ruleset("with space")
    checks.equal("a `+` in a path is read as a space", by_hand("GET", f"{AI}/rulesets/with+space").status, 200)


def ai_bodies_by_hand():
    body = {"data": {"id": "hand", "type": "ai_ruleset", "attributes": {"name": "hand", "description": "", "short_description": "", "more": 1}, "more": 1}, "more": 1}
    checks.equal("unknown fields are ignored", by_hand("POST", f"{AI}/rulesets", body).status, 200)
    for what, wrong in (
        ("{}", {}), ("no attributes", {"data": {"id": "x", "type": "ai_ruleset"}}), ("no name", {"data": {"type": "ai_ruleset", "attributes": {"description": "", "short_description": ""}}}),
        ("no description", {"data": {"attributes": {"name": "x", "short_description": ""}}}), ("a number for a name", {"data": {"attributes": {"name": 1, "description": "", "short_description": ""}}}),
        ("another type", {"data": {"type": "ai_rule", "attributes": {"name": "x", "description": "", "short_description": ""}}}), ("a list", []),
    ):
        checks.turned_away(f"a ruleset of {what}", by_hand("POST", f"{AI}/rulesets", wrong), 400, ...)
    for what, wrong in (("no JSON", b"{"), ("nothing", b""), ("too deep", b'{"data":' * 100000), ("no UTF-8", b'"\xff"')):
        for method, path in (("POST", "/rulesets"), ("PATCH", "/rulesets/first"), ("POST", "/rulesets/first/rules"), ("POST", "/rulesets/first/rules/rule/revisions"), ("POST", "/memory")):
            checks.turned_away(f"{method} {path} of {what}", by_hand(method, AI + path, wrong), 400, ...)
    checks.turned_away("PATCH of a number", by_hand("PATCH", f"{AI}/rulesets/first", {"data": {"attributes": {"description": 1}}}), 400, ...)
    checks.turned_away("over 4 MiB", make_revision("first", "rule", content="x" * (4 * MIB)), 413, ...)
    checks.turned_away("a rule list", by_hand("GET", f"{AI}/rulesets/first/rules"), 405, ...)
    checks.turned_away("a rule update", by_hand("PATCH", f"{AI}/rulesets/first/rules/rule", {}), 405, ...)
    checks.turned_away("an unknown route", by_hand("GET", f"{AI}/nothing"), 404, ...)


def a_restart():
    before = [by_hand("GET", path).body for path in (f"{AI}/rulesets?page[limit]=1000", f"{AI}/prompts", f"{AI}/memory", f"{CUSTOM}/there/1")]
    checks.equal("SIGTERM: exit 0", server.stop()[0], 0)
    server.start()
    after = [by_hand("GET", path).body for path in (f"{AI}/rulesets?page[limit]=1000", f"{AI}/prompts", f"{AI}/memory", f"{CUSTOM}/there/1")]
    checks.equal("everything is there again", after, before)


if __name__ == "__main__":
    # That they are unstable is why they are enabled one by one.
    warnings.filterwarnings("ignore", message="Using unstable operation")
    with Server(binary_of(sys.argv)) as server:
        dd = Client(server)
        rules("def-000-be9", "def-000-be8", active=True)
        checks.run(
            custom_frameworks, a_declarative_client, refused_frameworks, ambiguous_ids, names_in_paths, known_rules,
            bodies_by_hand, credentials, rulesets, rules_of_rulesets, rule_revisions, prompts, memory, paging,
            ai_names_in_paths, ai_bodies_by_hand, a_restart,
        )
    checks.end()
