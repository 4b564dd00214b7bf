"""Has an independent validator judge `/openapi.json`.

    python tests/clients/openapi.py CLASSMARK

The document must be a valid OpenAPI 3.1 document, each of its schemas a valid JSON
Schema whose default it takes itself, and each example must fit its schema. Prints a
line for each check and `N checks passed`, or ends with 1.
"""

import json
import sys

from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from checks import Checks
from server import Server, binary_of

checks = Checks("openapi")


def the_document_is_valid():
    errors = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in OpenAPIV31SpecValidator(document).iter_errors()]
    checks.equal("the validator finds nothing", errors, [])


def schemas_are_valid_and_take_their_defaults():
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        for place, part in parts(schema, name):
            if "default" in part and any(key in part for key in ("type", "enum", "const", "$ref")):
                errors = [error.message for error in validator(part).iter_errors(part["default"])]
                checks.equal(f"the default of {place}", errors, [])


def examples_fit():
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                if "example" in content:
                    errors = [error.message for error in validator(content["schema"]).iter_errors(content["example"])]
                    checks.equal(f"the example of {method} {path} as {kind}", errors, [])


def validator(schema):
    """Of a schema that refers to others of the document."""
    whole = Resource(contents=document, specification=DRAFT202012)
    registry = Registry().with_resource("urn:document", whole)
    return Draft202012Validator(pointed(schema), registry=registry)


def pointed(value):
    """The same with references into the document instead of into the schema."""
    if isinstance(value, dict):
        return {key: f"urn:document{part}" if key == "$ref" else pointed(part) for key, part in value.items()}
    return [pointed(part) for part in value] if isinstance(value, list) else value


def parts(schema, place):
    """All schemas in a schema, with their places."""
    if isinstance(schema, dict):
        yield place, schema
        for key, part in schema.items():
            yield from parts(part, f"{place}/{key}")
    elif isinstance(schema, list):
        for at, part in enumerate(schema):
            yield from parts(part, f"{place}/{at}")


with Server(binary_of(sys.argv)) as server:
    answer = server.raw("GET", "/openapi.json", headers=[])
    document = json.loads(answer.body)
    checks.run(the_document_is_valid, schemas_are_valid_and_take_their_defaults, examples_fit)
checks.end()
