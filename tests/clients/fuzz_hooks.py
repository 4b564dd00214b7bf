"""What schemathesis is to hold the server to beside its own checks."""

import re

import schemathesis

# Faults that a schema cannot tell of: they lie between two places of a document, or
# in the store. A request that fits its schema may be refused for these alone.
BETWEEN_PLACES = {"undeclared-tag", "duplicate-tag", "duplicate-rule", "duplicate-rule-id", "empty-rule"}
# Names that come twice, things that are not there, and a name that may stand in
# either of two places.
BETWEEN_PLACES_IN_WORDS = re.compile(
    r"Cannot find rule id|must not repeat|has already|already has|names no run|does not exist|"
    r"in one data source and|is longer than a path can be|contradict each other|are both mapped to|`data.attributes.name` is missing"
)

# One of the media types of YAML that schemathesis cannot write by itself.
schemathesis.serializer.alias("application/yml", "application/yaml")

PATHS = re.compile(r"/(columns|sources|overrides)/\d+$")


def has_null(value):
    if isinstance(value, dict):
        return any(has_null(part) for part in value.values())
    if isinstance(value, list):
        return any(has_null(part) for part in value)
    return value is None


@schemathesis.hook
def filter_case(context, case):
    """Leaves out bodies that are wrong by a `null`. The server takes `null` for a list or
    an optional field, as serialisers of some languages write it; the schema, by which
    clients are generated, does not offer that."""
    return case.meta is None or case.meta.generation.mode.is_positive or not has_null(case.body)


@schemathesis.check
def accepted_or_told_why(ctx, response, case):
    """A 400 to what fits the schema says which fault it was that no schema can tell of."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 400:
        return
    try:
        body = response.json()
    except ValueError:
        body = {}
    # JSON Schema takes `2.0` for an integer; the server takes what is written as one.
    found = [one for one in body.get("diagnostics", []) if "must be a whole number, found the number" not in one["message"]]
    # Bodies in YAML are written by the rules of YAML 1.1, to which `1e100` is a text.
    if re.search("ya?ml", case.media_type or ""):
        found = [one for one in found if one["code"] != "wrong-type"]
    found = [one for one in found if not BETWEEN_PLACES_IN_WORDS.search(one["message"])]
    # Which paths name a file is known where the files are.
    found = [one for one in found if not (one["code"] == "bad-value" and PATHS.match(one["pointer"]))]
    codes = {one["code"] for one in found}
    details = [error.get("detail", "") for error in body.get("errors", []) if isinstance(error, dict)]
    told = codes <= BETWEEN_PLACES if "diagnostics" in body else BETWEEN_PLACES_IN_WORDS.search(body.get("message", ""))
    # An error without any detail is how Datadog says that there is no such pair.
    told = told or details and all(not detail or BETWEEN_PLACES_IN_WORDS.search(detail) for detail in details)
    beyond = [one for one in found if one["code"] not in BETWEEN_PLACES] or details or response.text
    assert told, f"what fits the schema is refused: {str(beyond)[:1000]}"
