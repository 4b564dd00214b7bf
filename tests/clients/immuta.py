"""Drives `/frameworks` by plain HTTP, row by row of the contract.

    python tests/clients/immuta.py CLASSMARK

Prints a line for each check and `N checks passed`, or ends with 1.
"""

import datetime
import json
import re
import sys
import time

import requests
import yaml

from checks import Answer, Checks, kind
from server import Server, binary_of, secret

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
REFERENCE = {
    *("shortName", "name", "description", "active", "tags", "rules"),
    *("id", "version", "createdBy", "createdAt", "modifiedBy", "modifiedAt"),
}
MIB = 1 << 20
NONE = "00000000-0000-4000-8000-000000000000"
JSON, YAML = "application/json", "application/yaml"

checks = Checks("immuta")


class Client:
    def __init__(self, server, token="all"):
        self.url, self.session = server.url, requests.Session()
        # The session's own defaults would be headers that no check asked for.
        self.session.trust_env = False
        self.token = token

    def call(self, method, path, body=None, type=JSON, token=None, **headers):
        data = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if type and data is not None:
            sent["Content-Type"] = type
        token = self.token if token is None else token
        if token:
            sent["Authorization"] = f"Bearer {secret(token)}"
        data = data.encode() if isinstance(data, str) else data
        got = self.session.request(method, self.url + path, data=data, headers=sent, timeout=30)
        return Answer(got.status_code, got.headers.items(), got.content)

    def get(self, path="", **more):
        return self.call("GET", "/frameworks" + path, **more)

    def post(self, body, path="", **more):
        return self.call("POST", "/frameworks" + path, body, **more)

    def put(self, id, body, **more):
        return self.call("PUT", f"/frameworks/{id}", body, **more)

    def delete(self, path, **more):
        return self.call("DELETE", f"/frameworks/{path}", **more)

    def made(self, body, **more):
        """A framework that is to be made, whatever a check is about."""
        answer = self.post(body, **more)
        if answer.status != 200:
            raise RuntimeError(f"not made: {answer.status} {answer.text}")
        return answer.json

    def versions(self, id):
        return self.get(f"/{id}/versions").json["versions"]


def tag(name, source="curated", **more):
    return {"name": name, "source": source, **more}


def rated(name, level):
    return tag(name, sensitivities=[{"dimension": "confidentiality", "sensitivity": level}])


def rule(name, gives="HR.Salary", **criteria):
    criteria = criteria or {"columnTags": [tag("Salary")]}
    return {"name": name, "classificationTag": tag(gives), **criteria}


taken = 0


def payload(**changes):
    """A framework that stands, inactive and with a name of its own, so that none clashes by chance."""
    global taken
    taken += 1
    whole = {
        "shortName": f"hr {taken}",
        "name": "HR Information",
        "description": "What human resources keep",
        "active": False,
        "tags": [rated("HR.Salary", 2)],
        "rules": [rule("HR Rule 1")],
    }
    whole.update(changes)
    return {name: value for name, value in whole.items() if value is not ...}


def filled(framework):
    """A payload as it comes back: with the lists that are always there."""
    whole = json.loads(json.dumps(framework))
    for one in whole["tags"]:
        one.setdefault("sensitivities", [])
    for one in whole["rules"]:
        for of in ("columnTags", "neighborColumnTags", "tableTags"):
            one.setdefault(of, [])
    return whole


def without_extras(framework):
    return {name: value for name, value in framework.items() if name not in ("id", "version", "createdBy", "createdAt", "modifiedBy", "modifiedAt")}


def ids(answer):
    return [framework["id"] for framework in answer.json["frameworks"]]


def create_and_read():
    sent = payload(description="")
    answer = c.post(sent)
    checks.equal("POST answers with 200", answer.status, 200)
    made = answer.json
    checks.equal("the answer is JSON", kind(answer), JSON)
    checks.equal("a framework has the published fields and no other", set(made), REFERENCE)
    checks.equal("what was posted comes back, every list filled in; an empty description stands", without_extras(made), filled(sent))
    checks.that("id and version are UUIDs of version 4", all(UUID.fullmatch(made[of]) for of in ("id", "version")), made)
    checks.equal("createdBy is the token's user id", made["createdBy"], 7)
    checks.that("createdAt is RFC 3339 in milliseconds and UTC", MOMENT.fullmatch(made["createdAt"]), made["createdAt"])
    then = datetime.datetime.fromisoformat(made["createdAt"].replace("Z", "+00:00"))
    checks.that("createdAt is now", abs(then.timestamp() - time.time()) < 5, made["createdAt"])
    checks.equal("POST answers with the version as ETag", answer.headers.get("etag"), f'"{made["version"]}"')
    got = c.get(f"/{made['id']}")
    checks.equal("GET by id answers with the same", (got.status, got.json), (200, made))
    checks.equal("GET by id has the ETag", got.headers.get("etag"), f'"{made["version"]}"')
    listed = c.get()
    checks.equal("the list is an envelope of frameworks", (listed.status, set(listed.json)), (200, {"frameworks"}))
    checks.that("the list has it, as a full copy", made in listed.json["frameworks"])
    governor = Client(server, "governor").made(payload())
    checks.equal("createdBy is whoever created it", governor["createdBy"], 8)


def list_filter():
    on = c.made(payload(active=True))
    off = c.made(payload())
    everything, active, inactive = (c.get(query) for query in ("", "?active=true", "?active=false"))
    checks.that("?active=true lists the active ones only", all(f["active"] for f in active.json["frameworks"]) and on["id"] in ids(active))
    checks.that("?active=false the others", not any(f["active"] for f in inactive.json["frameworks"]) and off["id"] in ids(inactive))
    checks.equal("both are all", sorted(ids(active) + ids(inactive)), sorted(ids(everything)))
    ours = [id for id in ids(everything) if id in (on["id"], off["id"])]
    checks.equal("the list is oldest first", ours, [on["id"], off["id"]])
    moments = [f["createdAt"] for f in everything.json["frameworks"]]
    checks.equal("by creation, throughout", moments, sorted(moments))
    for bad in ("yes", "TRUE", "1", ""):
        checks.refused(f"?active={bad}", c.get(f"?active={bad}"), 400)
    checks.equal("other query keys are ignored", c.get("?limit=1&active=true&nothing").json, active.json)


def partial_updates():
    made = c.made(payload(active=True))
    off = c.put(made["id"], {"active": False})
    checks.equal("PUT {active} alone", (off.status, off.json["active"]), (200, False))
    checks.that("makes a new version", UUID.fullmatch(off.json["version"]) and off.json["version"] != made["version"])
    checks.equal("PUT answers with the new ETag", off.headers.get("etag"), f'"{off.json["version"]}"')
    checks.equal("nothing else is changed", {**off.json, "active": True, "version": made["version"], "modifiedAt": made["modifiedAt"]}, made)
    for body in ({"active": False}, {}, off.json, without_extras(off.json)):
        same = c.put(made["id"], body)
        checks.equal(f"an unchanged PUT of {len(body)} fields keeps the version", (same.status, same.json), (200, off.json))
    checks.equal("and its ETag", same.headers.get("etag"), f'"{off.json["version"]}"')
    checks.equal("and adds none", len(c.versions(made["id"])), 2)
    more = [rated("HR.Salary", 1), rated("HR.Bonus", 2)]
    got = c.put(made["id"], {"tags": more}).json
    checks.equal("tags are replaced whole", got["tags"], more)
    got = c.put(made["id"], {"rules": [rule("other", "HR.Bonus", tableTags=[tag("Pay")])]}).json
    checks.equal("rules are replaced whole", [one["name"] for one in got["rules"]], ["other"])
    checks.equal("and the tags stay", got["tags"], more)
    whole = payload(name="Whole")
    got = c.put(made["id"], whole).json
    checks.equal("PUT of the full object", without_extras(got), filled(whole))
    for field in ("name", "shortName", "description"):
        got = c.put(made["id"], {field: f"another {field}"}).json
        checks.equal(f"PUT {{{field}}} alone", got[field], f"another {field}")
    checks.equal("an empty description is taken", c.put(made["id"], {"description": ""}).json["description"], "")
    checks.equal("createdBy and createdAt never change", (got["createdBy"], got["createdAt"]), (made["createdBy"], made["createdAt"]))
    other = Client(server, "governor").put(made["id"], {"name": "by the governor"}).json
    checks.equal("not for another user either", (other["createdBy"], other["createdAt"]), (made["createdBy"], made["createdAt"]))
    read_only = {"id": NONE, "version": NONE, "createdBy": 99, "createdAt": "1999-01-01T00:00:00.000Z"}
    same = c.put(made["id"], read_only)
    checks.equal("read-only fields are ignored in PUT", (same.status, same.json), (200, other))
    got = c.made({**payload(), **read_only})
    kept = [field for field, value in read_only.items() if got[field] == value]
    checks.equal("and in POST", kept, [])


def versions_and_round_trip():
    made = c.made(payload())
    second = c.put(made["id"], {"name": "Second"}).json
    third = c.put(made["id"], {"active": True}).json
    answer = c.get(f"/{made['id']}/versions")
    checks.equal("/versions: an envelope, oldest first, full copies", (answer.status, answer.json), (200, {"versions": [made, second, third]}))
    back = c.put(made["id"], made).json
    checks.that("an old version sent back is a new version", back["version"] not in (made["version"], third["version"]))
    checks.equal("with its content", {**back, "version": made["version"], "modifiedAt": made["modifiedAt"]}, made)
    checks.that("and with its own time of change", back["modifiedAt"] >= made["modifiedAt"] and back["modifiedBy"] == 7, back)
    checks.equal("nothing is lost", [v["version"] for v in c.versions(made["id"])], [v["version"] for v in (made, second, third, back)])
    copy = c.made({**made, "shortName": "a copy"})
    checks.that("GET then POST makes another framework", copy["id"] != made["id"] and copy["rules"] == made["rules"])
    checks.refused("versions of an unknown id", c.get(f"/{NONE}/versions"), 404)


def deleting():
    made = c.made(payload(active=True))
    gone = c.delete(made["id"])
    checks.equal("DELETE: 204 without a body", (gone.status, gone.body), (204, b""))
    checks.refused("DELETE again", c.delete(made["id"]), 404)
    checks.refused("GET after DELETE", c.get(f"/{made['id']}"), 404)
    checks.refused("PUT after DELETE", c.put(made["id"], {}), 404)
    checks.refused("clone after DELETE", c.call("POST", f"/frameworks/{made['id']}/clone"), 404)
    checks.refused("versions after DELETE", c.get(f"/{made['id']}/versions"), 404)
    checks.that("the list has it no more", made["id"] not in ids(c.get()))
    again = c.post({**payload(), "shortName": made["shortName"], "active": True})
    checks.equal("its rule ids are free again", again.status, 200)


def cloning():
    made = Client(server, "governor").made(payload(active=True, rules=[{**rule("r"), "id": "clone-me"}]))
    c.put(made["id"], {"name": "Later"})
    answer = c.call("POST", f"/frameworks/{made['id']}/clone")
    copy, now = answer.json, c.get(f"/{made['id']}").json
    checks.equal("clone: 200 with the new framework", (answer.status, set(copy)), (200, REFERENCE))
    checks.that("new id and version", copy["id"] != made["id"] and copy["version"] not in (made["version"], now["version"]))
    same = ("name", "shortName", "description", "tags", "rules")
    checks.equal("same content, explicit rule ids included", [copy[of] for of in same], [now[of] for of in same])
    checks.equal("born inactive, of the caller", (copy["active"], copy["createdBy"]), (False, 7))
    checks.that("and now", copy["createdAt"] >= now["createdAt"])
    checks.equal("clone answers with an ETag", answer.headers.get("etag"), f'"{copy["version"]}"')
    checks.equal("a clone has one version", c.versions(copy["id"]), [copy])
    clash = c.put(copy["id"], {"active": True})
    checks.refused("both active: a clash", clash, 409, names=("clone-me", made["id"], made["shortName"]))
    checks.that("409 has diagnostics", clash.json.get("diagnostics") and clash.json["diagnostics"][0]["code"] == "duplicate-rule-id")
    checks.equal("what was refused changed nothing", c.get(f"/{copy['id']}").json, copy)
    checks.refused("clone of an unknown id", c.call("POST", f"/frameworks/{NONE}/clone"), 404)


def rule_id_clashes():
    made = c.made(payload(active=True, shortName="HR Information"))
    explicit = {**rule("other name"), "id": "hr-information/hr-rule-1"}
    clash = c.post(payload(active=True, rules=[rule("fine"), explicit]))
    checks.refused("a default id is `<shortName>/<rule name>`, slugged", clash, 409, names=("hr-information/hr-rule-1", made["id"], "HR Information"))
    checks.that("such a 409 points at the rule", "/rules/1" in json.dumps(clash.json.get("diagnostics")), clash.text)
    other = c.made(payload(rules=[explicit]))
    checks.equal("inactive twins may stand", other["active"], False)
    checks.refused("until they are switched on", c.put(other["id"], {"active": True}), 409, names=("hr-information/hr-rule-1",))
    got = c.put(other["id"], {"active": True, "rules": [{**explicit, "id": "mine"}]})
    checks.equal("another id mends it", got.status, 200)
    checks.refused("renaming into a clash", c.put(other["id"], {"rules": [explicit]}), 409)
    checks.refused("a slug knows no case and no runs of blanks", c.post(payload(active=True, shortName="hr  INFORMATION", rules=[rule("hr rule 1")])), 409)
    checks.equal("leading and trailing dashes are kept", c.post(payload(active=True, shortName="(HR Information)")).status, 200)
    c.put(made["id"], {"active": False})
    checks.equal("switched off, it is out of the way", c.put(other["id"], {"rules": [explicit]}).status, 200)
    checks.refused("and cannot come back", c.put(made["id"], {"active": True}), 409, names=(other["id"], other["shortName"]))
    c.delete(other["id"])
    checks.equal("until the other is deleted", c.put(made["id"], {"active": True}).status, 200)
    c.put(made["id"], {"active": False})


def refused_contents():
    for field in ("shortName", "name", "description", "active", "tags", "rules"):
        checks.refused(f"POST without {field}", c.post(payload(**{field: ...})), 400, "missing-field", pointer="", names=(field,))
    for field, wrong in (("shortName", 1), ("name", None), ("description", []), ("active", "yes"), ("tags", {}), ("rules", "none")):
        checks.refused(f"{field} of a wrong type", c.post(payload(**{field: wrong})), 400, "wrong-type", pointer=f"/{field}")
        checks.refused(f"the same by PUT", c.put(one["id"], {field: wrong}), 400, "wrong-type", pointer=f"/{field}")
    for field in ("shortName", "name"):
        checks.refused(f"empty {field}", c.post(payload(**{field: ""})), 400, "empty-value", pointer=f"/{field}")
    checks.refused("an unknown field", c.post(payload(colour="red")), 400, "unknown-field", pointer="/colour", names=("colour",))
    checks.refused("an unknown field by PUT", c.put(one["id"], {"activ": True}), 400, "unknown-field", pointer="/activ", names=("activ",))
    in_rule = [{**rule("a"), "columTags": []}]
    checks.refused("an unknown field of a rule", c.post(payload(rules=in_rule)), 400, "unknown-field", pointer="/rules/0/columTags", names=("columTags",))
    in_tag = [{**rated("HR.Salary", 1), "colour": 1}]
    checks.refused("an unknown field of a tag", c.post(payload(tags=in_tag)), 400, "unknown-field", pointer="/tags/0/colour")
    half = {"classificationTag": tag("HR.Salary"), "columnTags": [tag("x")]}
    checks.refused("a rule without name", c.post(payload(rules=[rule("a"), half])), 400, "missing-field", pointer="/rules/1")
    checks.refused("a rule without classificationTag", c.post(payload(rules=[{"name": "a", "columnTags": [tag("x")]}])), 400, "missing-field", pointer="/rules/0")
    checks.refused("a tag without name", c.post(payload(rules=[rule("a", tableTags=[{"source": "curated"}])])), 400, "missing-field", pointer="/rules/0/tableTags/0")
    checks.refused("an empty rule name", c.post(payload(rules=[rule("")])), 400, "empty-value", pointer="/rules/0/name")
    checks.refused("an empty tag name", c.post(payload(tags=[rated("HR.Salary", 1), tag("")])), 400, "empty-value", pointer="/tags/1/name")
    checks.refused("an empty source", c.post(payload(rules=[rule("a", columnTags=[tag("x", "")])])), 400, "empty-value", pointer="/rules/0/columnTags/0/source")
    many = [rule(f"rule {number}") for number in range(51)]
    checks.refused("a 51st rule", c.post(payload(rules=many)), 400, "too-many-rules", pointer="/rules")
    checks.refused("a 51st rule by PUT", c.put(one["id"], {"rules": many}), 400, "too-many-rules", pointer="/rules")
    checks.equal("50 rules", len(c.made(payload(rules=many[:50]))["rules"]), 50)
    checks.refused("a rule without criteria", c.post(payload(rules=[rule("a", columnTags=[], tableTags=[])])), 400, "empty-rule", pointer="/rules/0")
    checks.refused("an undeclared classificationTag", c.post(payload(rules=[rule("a", "Other")])), 400, "undeclared-tag", names=("Other",))
    checks.refused("a tag is name and source", c.post(payload(tags=[rated("HR.Salary", 1) | {"source": "x"}])), 400, "undeclared-tag")
    twice = [rated("HR.Salary", 1), rated("HR.Salary", 2)]
    checks.refused("a tag twice", c.post(payload(tags=twice)), 400, "duplicate-tag")
    both = [rated("HR.Salary", 1), rated("HR.Salary", 1) | {"source": "x"}]
    checks.equal("the same name of two sources", c.post(payload(tags=both)).status, 200)
    dimension = lambda *levels, of="confidentiality": [tag("HR.Salary", sensitivities=[{"dimension": of, "sensitivity": level} for level in levels])]
    checks.refused("a dimension twice", c.post(payload(tags=dimension(1, 2))), 400)
    checks.refused("another dimension", c.post(payload(tags=dimension(1, of="integrity"))), 400, "bad-value", pointer="/tags/0/sensitivities/0/dimension")
    for level in (3, -1):
        checks.refused(f"sensitivity {level}", c.post(payload(tags=dimension(level))), 400, "bad-value", pointer="/tags/0/sensitivities/0/sensitivity")
    for level in ("1", None, True):
        checks.refused(f"sensitivity {level!r}", c.post(payload(tags=dimension(level))), 400, "wrong-type", pointer="/tags/0/sensitivities/0/sensitivity")
    for level in (0, 1, 2):
        checks.equal(f"sensitivity {level}", c.made(payload(tags=dimension(level)))["tags"][0]["sensitivities"], dimension(level)[0]["sensitivities"])
    checks.refused("sensitivities as an object", c.post(payload(tags=[tag("HR.Salary", sensitivities={})])), 400, "wrong-type", pointer="/tags/0/sensitivities")
    checks.refused("columnTags as an object", c.post(payload(rules=[rule("a", columnTags=tag("x"))])), 400, "wrong-type", pointer="/rules/0/columnTags")
    checks.refused("two rules of one name", c.post(payload(rules=[rule("a"), rule("a", tableTags=[tag("x")])])), 400)
    ided = lambda name, id: {**rule(name), "id": id}
    checks.refused("two rules of one id", c.post(payload(rules=[ided("a", "x"), ided("b", "x")])), 400)
    for what, fault in (("of one name", [rule("a"), rule("a")]), ("of one id", [ided("a", "x"), ided("b", "x")])):
        codes = {found["code"] for found in c.post(payload(rules=fault)).json["diagnostics"]}
        checks.that(f"two rules {what}: the code", codes <= {"duplicate-rule", "duplicate-rule-id"} and codes, codes)
    long = "é" * 500
    checks.equal("a tag name of 500 characters", c.post(payload(tags=[rated("HR.Salary", 1), tag(long)])).status, 200)
    checks.refused("of 501", c.post(payload(tags=[rated("HR.Salary", 1), tag(long + "x")])), 400, "too-long", pointer="/tags/1/name")
    everything = payload(name="", active=1, colour=1, rules=[{**rule("a"), "nam": 1}])
    answer = c.post(everything)
    codes = {found["code"] for found in answer.json.get("diagnostics", [])}
    checks.refused("several faults at once", answer, 400)
    checks.equal("are all told", codes, {"empty-value", "wrong-type", "unknown-field"})
    pointers = [found["pointer"] for found in answer.json["diagnostics"]]
    checks.equal("in document order", pointers, ["/name", "/active", "/rules/0/nam", "/colour"])
    checks.equal("none of them was stored", [f for f in c.get().json["frameworks"] if f["name"] == ""], [])


def accepted_contents():
    empty = c.made(payload(tags=[], rules=[]))
    checks.equal("empty tags and rules", (empty["tags"], empty["rules"]), ([], []))
    bare = c.made(payload(tags=[tag("HR.Salary")], rules=[rule("a")]))
    checks.equal("sensitivities are there, if empty", bare["tags"], [tag("HR.Salary", sensitivities=[])])
    checks.equal("and the three lists", {of: bare["rules"][0][of] for of in ("neighborColumnTags", "tableTags")}, {"neighborColumnTags": [], "tableTags": []})
    checks.that("no `id` of a rule that was not sent, and no description of a tag", "id" not in bare["rules"][0] and "description" not in bare["tags"][0])
    told = c.made(payload(tags=[{**rated("HR.Salary", 1), "description": "Pay"}], rules=[{**rule("a"), "id": "Def-000 BE9"}]))
    checks.equal("a description of a tag is kept", told["tags"][0]["description"], "Pay")
    checks.equal("an id of a rule too, as it is", told["rules"][0]["id"], "Def-000 BE9")
    odd = "a\\.b / ü\u2028\U0001f600 \"quoted\" <b>"
    got = c.made(payload(name=odd, rules=[rule(odd, columnTags=[tag(odd, "collibra:1")])]))
    checks.equal("names are kept to the letter", (got["name"], got["rules"][0]["columnTags"][0]["name"]), (odd, odd))
    several = [rule("a", columnTags=[tag("x"), tag("y")], neighborColumnTags=[tag("z")], tableTags=[tag("t")])]
    checks.equal("all three lists at once", c.made(payload(rules=several))["rules"], several)
    again = c.post(payload(tags=[rated("HR.Salary", 0)]))
    checks.equal("the same tag in two frameworks", again.status, 200)


def merged_faults():
    made = c.made(payload())
    answer = c.put(made["id"], {"tags": []})
    checks.refused("tags away from under the rules", answer, 400, "undeclared-tag")
    pointers = [found["pointer"] for found in answer.json["diagnostics"]]
    checks.equal("points at what was sent", pointers, ["/tags"])
    answer = c.put(made["id"], {"rules": [rule("a"), rule("b", "Elsewhere")]})
    checks.refused("rules beyond the tags", answer, 400, "undeclared-tag")
    checks.that("points into what was sent", answer.json["diagnostics"][0]["pointer"].startswith("/rules/1"), answer.text)
    checks.equal("nothing was changed", c.versions(made["id"]), [made])
    checks.refused("null is no name", c.put(made["id"], {"name": None}), 400, "wrong-type", pointer="/name")
    checks.equal("a list that is null changes nothing", c.put(made["id"], {"rules": None}).json, made)
    for body in ([], "text", 1, None, [made], {"frameworks": [payload()]}):
        checks.refused(f"POST of {json.dumps(body)[:20]}", c.post(json.dumps(body)), 400)
        checks.refused(f"PUT of {json.dumps(body)[:20]}", c.put(made["id"], json.dumps(body)), 400)


def syntax():
    for what, body in (
        ("cut off", b'{"name": '), ("no JSON", b"nonsense"), ("trailing text", b"{} x"), ("a comma too many", b'{"a": 1,}'),
        ("a number like no other", b'{"active": NaN}'), ("YAML called JSON", b"name: x\n"),
    ):
        checks.refused(f"JSON {what}", c.post(body), 400, "syntax", pointer="")
    checks.refused("JSON blank", c.post(b"   "), 400, "syntax", pointer="")
    checks.refused("no UTF-8", c.post(b'{"name": "\xff"}'), 400, "not-utf8")
    checks.refused("a key twice", c.put(one["id"], b'{"name": "a", "name": "b"}'), 400, "duplicate-key")
    checks.refused("too deep", c.post(b"[" * 5000 + b"]" * 5000), 400, "too-deep")
    checks.refused("a million brackets", c.post(b"[" * MIB), 400)
    checks.refused("half a surrogate", c.put(one["id"], b'{"name": "\\ud800"}'), 400)
    checks.refused("an empty body", c.post(b""), 400)
    got = server.raw("POST", "/frameworks", headers=[("Authorization", f"Bearer {secret('all')}")])
    checks.refused("POST without body and type", got, 400)
    got = server.raw("POST", "/frameworks", headers=[("Authorization", f"Bearer {secret('all')}"), ("Content-Type", JSON)])
    checks.refused("POST with a type only", got, 400)


def yaml_bodies():
    sent = payload(active=True, tags=[rated("HR.Salary", 2)], rules=[{**rule("a"), "id": "by-yaml"}])
    made = c.post(yaml.safe_dump(sent, sort_keys=False), type=YAML)
    checks.equal("POST of YAML", (made.status, without_extras(made.json)), (200, filled(sent)))
    checks.equal("is answered in JSON", kind(made), JSON)
    for type in (YAML, "application/x-yaml", "text/yaml", "text/yaml; charset=utf-8", "APPLICATION/YAML"):
        got = c.put(made.json["id"], f"name: by {type}\n", type=type)
        checks.equal(f"PUT as {type}", (got.status, got.json.get("name")), (200, f"by {type}"))
    for word in ("yes", "on", "Yes", "y"):
        got = c.put(made.json["id"], f"active: {word}\n", type=YAML)
        checks.refused(f"`{word}` is no boolean", got, 400, "wrong-type", pointer="/active")
    checks.equal("`true` is", c.put(made.json["id"], "active: true\n", type=YAML).json["active"], True)
    checks.equal("JSON called YAML", c.put(made.json["id"], '{"active": false}', type=YAML).json["active"], False)
    anchored = "tags:\n- &t {name: HR.Salary, source: curated}\nrules:\n- name: a\n  classificationTag: *t\n  columnTags: [*t]\n"
    checks.equal("aliases", c.put(made.json["id"], anchored, type=YAML).status, 200)
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + at)}: &{chr(98 + at)} [{','.join(['*' + chr(97 + at)] * 10)}]\n" for at in range(12)
    )
    begun = time.perf_counter()
    checks.refused("a billion laughs", c.post(bomb, type=YAML), 400)
    checks.that("are refused at once", time.perf_counter() - begun < 1, time.perf_counter() - begun)
    checks.refused("two documents", c.post("name: a\n---\nname: b\n", type=YAML), 400, "many-documents")
    checks.refused("YAML that is none", c.post("name: [a\n", type=YAML), 400, "syntax", pointer="")
    checks.refused("YAML with a key twice", c.put(made.json["id"], "name: a\nname: b\n", type=YAML), 400, "duplicate-key")
    checks.refused("an unknown field in YAML", c.put(made.json["id"], "nam: a\n", type=YAML), 400, "unknown-field", pointer="/nam")
    checks.refused("an alias of itself", c.post("a: &a [*a]\n", type=YAML), 400)


def body_types():
    body = json.dumps({"name": "typed"})
    for type in (JSON, "application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"):
        checks.equal(f"PUT as `{type}`", c.put(one["id"], body, type=type).status, 200)
    for type in ("text/plain", "application/xml", "application/vnd.api+json", "json", "", "application/json5", "*/*", "multipart/form-data; boundary=x"):
        checks.refused(f"POST as `{type}`", c.post(payload(), type=type or None), 415)
    checks.refused("PUT without a type", c.put(one["id"], body, type=None), 415)
    for method, path in (("GET", ""), ("GET", f"/{one['id']}"), ("GET", f"/{one['id']}/versions"), ("POST", f"/{one['id']}/clone")):
        answer = server.raw(method, "/frameworks" + path, headers=[("Authorization", f"Bearer {secret('all')}"), ("Content-Type", JSON)])
        checks.equal(f"{method} {path[-9:]} with a type and no body", answer.status, 200)
    made = c.made(payload())
    answer = server.raw("DELETE", f"/frameworks/{made['id']}", headers=[("Authorization", f"Bearer {secret('all')}"), ("Content-Type", JSON)])
    checks.equal("DELETE with a type and no body", answer.status, 204)


def body_sizes():
    whole = json.dumps(payload()).encode()
    checks.equal("exactly 4 MiB", c.post(whole + b" " * (4 * MIB - len(whole))).status, 200)
    checks.refused("a byte more", c.post(whole + b" " * (4 * MIB + 1 - len(whole))), 413)
    checks.refused("5 MiB by PUT", c.put(one["id"], b" " * 5 * MIB), 413)
    answer = server.raw("POST", "/frameworks", headers=[("Authorization", f"Bearer {secret('all')}"), ("Content-Type", JSON), ("Content-Length", str(1 << 40))])
    checks.refused("a terabyte that is only announced", answer, 413)
    pieces = (b" " * 65536 for _ in range(100))
    answer = c.session.post(c.url + "/frameworks", data=pieces, headers={"Content-Type": JSON, "Authorization": f"Bearer {secret('all')}"}, timeout=30)
    checks.refused("6 MiB in chunks, not announced", Answer(answer.status_code, answer.headers.items(), answer.content), 413)
    pieces = iter([whole[:100], whole[100:]])
    answer = c.session.post(c.url + "/frameworks", data=pieces, headers={"Content-Type": JSON, "Authorization": f"Bearer {secret('all')}"}, timeout=30)
    checks.equal("a small body in chunks", answer.status_code, 200)
    checks.equal("the connection goes on", c.get().status, 200)


def check_order():
    big, broken, bogus = b" " * (4 * MIB + 1), b"{", {"bogus": 1}
    system = next(f["id"] for f in c.get().json["frameworks"] if f.get("system"))
    none = dict(token="")
    checks.refused("404 route before 401", c.call("POST", "/framework", big, type="text/plain", **none), 404)
    checks.refused("405 before 401", c.call("PATCH", "/frameworks", big, type="text/plain", **none), 405)
    checks.refused("401 before 413", c.post(big, type="text/plain", **none), 401)
    checks.refused("401 before 404 id", c.get(f"/{NONE}", **none), 401)
    checks.refused("403 before 413", c.post(big, type="text/plain", token="reader"), 403)
    checks.refused("403 before 404 id", c.get(f"/{NONE}", token="nobody"), 403)
    checks.refused("413 before 415", c.post(big, type="text/plain"), 413)
    checks.refused("415 before 400 syntax", c.post(broken, type="text/plain"), 415)
    checks.refused("415 before 404 id", c.put(NONE, broken, type="text/plain"), 415)
    checks.refused("400 syntax before 404 id", c.put(NONE, broken), 400, "syntax")
    checks.refused("404 id before 400 content", c.put(NONE, bogus), 404)
    checks.refused("400 syntax before 403 system", c.put(system, broken), 400, "syntax")
    checks.refused("403 system before 400 content", c.put(system, bogus), 403)
    made = c.made(payload(active=True, rules=[{**rule("a"), "id": "order"}]))
    clash = payload(active=True, rules=[{**rule("a"), "id": "order"}], bogus=1)
    checks.refused("400 content before 409", c.post(clash), 400, "unknown-field")
    checks.refused("404 id before 412", c.put(NONE, {}, If_Match='"x"'), 404)
    c.delete(made["id"])


def lost_updates():
    made = c.made(payload())
    first = f'"{made["version"]}"'
    second = c.put(made["id"], {"name": "Second"}, If_Match=first)
    checks.equal("If-Match of the current version", second.status, 200)
    checks.refused("stale by now", c.put(made["id"], {"name": "Third"}, If_Match=first), 412)
    checks.equal("and nothing was changed", c.get(f"/{made['id']}").json, second.json)
    checks.refused("DELETE with a stale one", c.delete(made["id"], If_Match=first), 412)
    now = second.headers["etag"]
    checks.equal("a list of which one is current", c.put(made["id"], {"name": "Third"}, If_Match=f"{first}, {now}").status, 200)
    checks.equal("*", c.put(made["id"], {"name": "Fourth"}, If_Match="*").status, 200)
    now = c.get(f"/{made['id']}").headers["etag"]
    checks.refused("a weak one never matches", c.put(made["id"], {"name": "Fifth"}, If_Match=f"W/{now}"), 412)
    checks.refused("one of another kind", c.put(made["id"], {"name": "Fifth"}, If_Match='"none"'), 412)
    checks.equal("without it the last writer wins", c.put(made["id"], {"name": "Fifth"}).status, 200)
    names = [version["name"] for version in c.versions(made["id"])]
    checks.equal("no version is lost", names, ["HR Information", "Second", "Third", "Fourth", "Fifth"])
    now = c.get(f"/{made['id']}").headers["etag"]
    checks.equal("an unchanged PUT under If-Match", c.put(made["id"], {}, If_Match=now).status, 200)
    checks.equal("DELETE of the current version", c.delete(made["id"], If_Match=now).status, 204)


def system_frameworks():
    listed = [f for f in c.get().json["frameworks"] if "system" in f]
    checks.that("there are some from the first start", len(listed) >= 1, len(listed))
    checks.that("`system` is true and stands on no other", all(f["system"] is True for f in listed))
    checks.that("createdBy 0, inactive at first", all(f["createdBy"] == 0 and not f["active"] for f in listed))
    checks.that("ids are UUIDs of version 4", all(UUID.fullmatch(f["id"]) and UUID.fullmatch(f["version"]) for f in listed))
    with Server(binary) as other:
        elsewhere = [f for f in Client(other).get().json["frameworks"]]
    checks.equal("ids are fixed across installations", [f["id"] for f in elsewhere], [f["id"] for f in listed])
    it = listed[0]
    checks.equal("GET by id has `system`", c.get(f"/{it['id']}").json, it)
    for what, body in (("a name", {"name": "Mine"}), ("a name beside active", {"active": True, "name": "Mine"}), ("rules", {"rules": []})):
        checks.refused(f"PUT of {what}", c.put(it["id"], body), 403)
    checks.refused("DELETE", c.delete(it["id"]), 403)
    on = c.put(it["id"], {"active": True})
    checks.equal("PUT {active} alone", (on.status, on.json.get("active"), on.json.get("system")), (200, True, True))
    checks.that("makes a version", on.json["version"] != it["version"])
    checks.equal("its versions", [f["active"] for f in c.versions(it["id"])], [False, True])
    answer = c.call("POST", f"/frameworks/{it['id']}/clone")
    copy = answer.json
    checks.equal("clone of one", (answer.status, copy.get("active"), copy.get("createdBy"), "system" in copy), (200, False, 7, False))
    checks.equal("an ordinary framework: PUT", c.put(copy["id"], {"name": "Mine"}).status, 200)
    checks.equal("DELETE", c.delete(copy["id"]).status, 204)
    checks.equal("and off", c.put(it["id"], {"active": False}).status, 200)
    posted = c.post({**payload(), "system": True})
    checks.equal("`system` in a POST is ignored", (posted.status, "system" in (posted.json or {})), (200, False))


def routes_and_methods():
    id = one["id"]
    for path in ("/nothing", "/frameworks/", f"/frameworks/{id}/", f"/frameworks/{id}/other", "//frameworks", "/Frameworks", "/frameworks/%2e%2e", "/api/v1/x", "/api"):
        answer = server.raw("GET", path, headers=[("Authorization", f"Bearer {secret('all')}")])
        checks.refused(f"unknown route {path.replace(id, 'ID')}", answer, 404)
    for path in ("/api/v2/nothing", "/api/v2/", "/api/v2/cloud_security_management/custom_frameworks/a", "/api/v2/frameworks"):
        checks.turned_away(f"unknown route {path}", server.raw("GET", path), 404, detail=...)
    allowed = {
        "/frameworks": {"GET", "POST"},
        f"/frameworks/{id}": {"GET", "PUT", "DELETE"},
        f"/frameworks/{id}/clone": {"POST"},
        f"/frameworks/{id}/versions": {"GET"},
    }
    for path, methods in allowed.items():
        for method in sorted({"GET", "POST", "PUT", "DELETE", "PATCH"} - methods):
            answer = c.call(method, path)
            checks.refused(f"{method} {path.replace(id, 'ID')}", answer, 405)
            told = {one.strip() for one in answer.headers.get("allow", "").split(",")}
            checks.equal("its Allow", told - {"HEAD", "OPTIONS"}, methods)
    for path in ("/frameworks/123456", "/frameworks/%00", "/frameworks/'%20OR%201=1--", "/frameworks/" + "x" * 4000):
        checks.refused(f"id {path[12:30]}", server.raw("GET", path, headers=[("Authorization", f"Bearer {secret('all')}")]), 404)
    checks.refused("an id that is no UTF-8", server.raw("GET", "/frameworks/%ff", headers=[("Authorization", f"Bearer {secret('all')}")]), 400)
    for path in ("", "/versions"):
        checks.refused(f"GET of an unknown id{path}", c.get(f"/{NONE}{path}"), 404)
    checks.refused("PUT of an unknown id", c.put(NONE, {}), 404)
    checks.refused("DELETE of an unknown id", c.delete(NONE), 404)


def many_versions():
    made = c.made(payload())
    for number in range(60):
        c.put(made["id"], {"name": f"name {number}"})
    got = [version["name"] for version in c.versions(made["id"])]
    checks.equal("61 versions, none cut off", got, ["HR Information"] + [f"name {number}" for number in range(60)])


def a_restart():
    before = c.get().json
    kept = c.versions(one["id"])
    code, seconds = server.stop()
    checks.equal("SIGTERM: exit 0", code, 0)
    server.start()
    c.url = server.url
    checks.that(f"starts in well under a second ({server.started_in:.2f} s)", server.started_in < 1)
    checks.equal("everything is there again", c.get().json, before)
    checks.equal("all versions, too", c.versions(one["id"]), kept)
    checks.that("nothing was logged that a client must not see: secrets", not [s for s in map(secret, ("all", "governor", "reader")) if s in server.logged()])


if __name__ == "__main__":
    binary = binary_of(sys.argv)
    with Server(binary) as server:
        c = Client(server)
        one = c.made(payload())
        checks.run(
            create_and_read, list_filter, partial_updates, versions_and_round_trip, deleting, cloning,
            rule_id_clashes, refused_contents, accepted_contents, merged_faults, syntax, yaml_bodies,
            body_types, body_sizes, check_order, lost_updates, system_frameworks, routes_and_methods,
            many_versions, a_restart,
        )
    checks.end()
