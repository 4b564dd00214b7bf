"""Counts what was checked: a line for each check, a sum at the end."""

import json
import re
import sys
import traceback

# What an answer never shows: pieces of SQL, of paths and of the program's inside.
INTERNALS = re.compile(r"sqlite|\bsql\b|constraint|panicked|\.rs\b|/tmp/|/home/|/root/|RUST_BACKTRACE|poison", re.I)
REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Payload Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    503: "Service Unavailable",
}
# RFC 9110 renamed this one; both names are in use.
OTHER_REASONS = {413: "Content Too Large"}


class Checks:
    def __init__(self, name):
        self.name, self.passed, self.failed = name, 0, 0

    def part(self, title):
        print(f"-- {self.name}: {title}", flush=True)

    def that(self, what, holds, got=""):
        if holds:
            self.passed += 1
            print(f"ok {what}", flush=True)
        else:
            self.failed += 1
            print(f"FAILED {what}{': ' + shortened(got) if got != '' else ''}", flush=True)
        return bool(holds)

    def equal(self, what, got, want):
        return self.that(what, got == want, f"{shortened(got)} instead of {shortened(want)}")

    def run(self, *parts):
        """Runs functions one after the other. What one raises is a failed check, and the next one begins."""
        for part in parts:
            self.part(part.__name__.replace("_", " "))
            try:
                part()
            except Exception:
                self.failed += 1
                print(f"FAILED {part.__name__} ended early\n{traceback.format_exc()}", flush=True)

    def end(self):
        failed = f", {self.failed} failed" if self.failed else ""
        print(f"{self.name}: {self.passed} checks passed{failed}", flush=True)
        sys.exit(1 if self.failed else 0)

    def refused(self, what, answer, status, *codes, pointer=None, names=()):
        """A refusal in the shape of Immuta's family, with these codes, naming these things."""
        fault = immuta_fault(answer, status, codes, pointer, names)
        return self.that(f"{what}: {status}{' ' + ' '.join(codes) if codes else ''}", not fault, f"{fault}, {told(answer)}")

    def turned_away(self, what, answer, status, detail=None, title=None):
        """A refusal in the shape of Datadog's family. `detail` is the text itself, `...` for any, None for no such key."""
        fault = datadog_fault(answer, status, detail, title)
        return self.that(f"{what}: {status}", not fault, f"{fault}, {told(answer)}")


def shortened(got):
    text = got if isinstance(got, str) else repr(got)
    return text if len(text) <= 600 else f"{text[:600]}… ({len(text)} characters)"


def told(answer):
    return f"{answer.status} {shortened(answer.text)}"


def kind(answer):
    return answer.headers.get("content-type", "").split(";")[0].strip().lower()


def immuta_fault(answer, status, codes, pointer, names):
    if answer.status != status:
        return f"status {answer.status} instead of {status}"
    if kind(answer) != "application/json":
        return f"content type `{kind(answer)}`"
    body = answer.json
    if not isinstance(body, dict) or body.get("statusCode") != status or not isinstance(body.get("message"), str):
        return "not the shape of an error"
    if body.get("error") not in (REASONS[status], OTHER_REASONS.get(status)):
        return f"reason `{body.get('error')}`"
    if not body["message"] or INTERNALS.search(answer.text):
        return "an empty message, or one that shows internals"
    if status == 401 and answer.headers.get("www-authenticate", "").split(" ")[0] != "Bearer":
        return "no `WWW-Authenticate: Bearer`"
    found = body.get("diagnostics", [])
    if codes and [one.get("code") for one in found] != list(codes):
        return f"codes {[one.get('code') for one in found]} instead of {list(codes)}"
    if any(not one.get("message") or not isinstance(one.get("pointer"), str) for one in found):
        return "a diagnostic without message or pointer"
    pointers = [one["pointer"] for one in found]
    if pointer is not None and pointers != ([pointer] if isinstance(pointer, str) else list(pointer)):
        return f"pointers {pointers} instead of {pointer}"
    missing = [name for name in names if name not in answer.text]
    return f"{missing} not named" if missing else None


def datadog_fault(answer, status, detail, title):
    if answer.status != status:
        return f"status {answer.status} instead of {status}"
    if kind(answer) != "application/vnd.api+json":
        return f"content type `{kind(answer)}`"
    errors = answer.json.get("errors") if isinstance(answer.json, dict) else None
    if not isinstance(errors, list) or len(errors) != 1 or set(answer.json) != {"errors"}:
        return "not one error object"
    if status == 429:
        return None if isinstance(errors[0], str) else "no text"
    error = errors[0]
    if not isinstance(error, dict) or error.get("status") != str(status):
        return "no error object with its status as a string"
    if not isinstance(error.get("title"), str) or title is not None and error["title"] != title:
        return f"title {error.get('title')!r}"
    if INTERNALS.search(answer.text):
        return "internals are shown"
    if status == 401 and answer.headers.get("www-authenticate", "").split(" ")[0] != "Bearer":
        return "no `WWW-Authenticate: Bearer`"
    if detail is not ... and error.get("detail") != detail:
        return f"detail {error.get('detail')!r} instead of {detail!r}"
    return None


class Answer:
    """An answer as it came: status, headers in lower case, bytes."""

    def __init__(self, status, headers, body):
        self.status, self.body = status, body
        self.headers = {name.lower(): value for name, value in headers}

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None
