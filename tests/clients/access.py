"""Holds the server to what the contract says of who may do what.

    python tests/clients/access.py CLASSMARK

Prints a line for each check and `N checks passed`, or ends with 1.
"""

import hashlib
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

from checks import Checks
from server import READ, TOKENS, WRITE, Server, binary_of, entry, first_line, secret, tokens_file

JSON = ("Content-Type", "application/json")
CUSTOM = "/api/v2/cloud_security_management/custom_frameworks"
AI = "/api/v2/static-analysis/ai"
NONE = "00000000-0000-4000-8000-000000000000"
# Method, path, a body if it takes one, the permissions that it asks for.
IMMUTA = [
    ("GET", "/frameworks", None),
    ("POST", "/frameworks", b"{"),
    ("GET", f"/frameworks/{NONE}", None),
    ("PUT", f"/frameworks/{NONE}", b"{"),
    ("DELETE", f"/frameworks/{NONE}", None),
    ("POST", f"/frameworks/{NONE}/clone", None),
    ("GET", f"/frameworks/{NONE}/versions", None),
]
DATADOG = [
    ("GET", f"{CUSTOM}/h/v", None),
    ("POST", CUSTOM, b"{"),
    ("PUT", f"{CUSTOM}/h/v", b"{"),
    ("DELETE", f"{CUSTOM}/h/v", None),
    ("GET", f"{AI}/rulesets", None),
    ("POST", f"{AI}/rulesets", b"{"),
    ("GET", f"{AI}/rulesets/r", None),
    ("PATCH", f"{AI}/rulesets/r", b"{"),
    ("DELETE", f"{AI}/rulesets/r", None),
    ("POST", f"{AI}/rulesets/r/rules", b"{"),
    ("GET", f"{AI}/rulesets/r/rules/u", None),
    ("DELETE", f"{AI}/rulesets/r/rules/u", None),
    ("GET", f"{AI}/rulesets/r/rules/u/revisions", None),
    ("POST", f"{AI}/rulesets/r/rules/u/revisions", b"{"),
    ("GET", f"{AI}/rulesets/r/rules/u/revisions/i", None),
    ("GET", f"{AI}/prompts", None),
    ("GET", f"{AI}/memory", None),
    ("POST", f"{AI}/memory", b"{"),
    ("DELETE", f"{AI}/memory/1", None),
]

checks = Checks("access")


def bearer(name):
    return ("Authorization", f"Bearer {secret(name)}")


def keys(api, application):
    return [("DD-API-KEY", api), ("DD-APPLICATION-KEY", application)]


def call(method, path, body, *headers):
    return server.raw(method, path, body, ([JSON] if body else []) + list(headers))


def short(method, path):
    return f"{method} {path.replace(NONE, 'ID').replace(CUSTOM, '…').replace(AI, '…')}"


def malformed_headers():
    known = secret("all")
    digest = hashlib.sha256(known.encode()).hexdigest()
    for what, value in (
        ("an unknown secret", "Bearer nobody-knows-it"), ("no scheme", known), ("another scheme", f"Basic {known}"),
        ("no secret", "Bearer"), ("a blank secret", "Bearer "), ("two secrets", f"Bearer {known} {known}"),
        ("a secret in quotes", f'Bearer "{known}"'), ("a secret and more", f"Bearer {known}x"), ("a piece of one", f"Bearer {known[:-1]}"),
        ("upper case", f"Bearer {known.upper()}"), ("the hash", f"Bearer {digest}"), ("a scheme like it", f"Bearers {known}"), ("nothing", ""),
        ("8 KB", "Bearer " + "x" * 8000), ("bytes that are no text", b"Bearer \xff\xfe"), ("a comma", f"Bearer {known}, Bearer {known}"),
    ):
        checks.refused(f"Immuta, Authorization: {what}", call("GET", "/frameworks", None, ("Authorization", value)), 401)
        checks.turned_away(f"Datadog, Authorization: {what}", call("GET", f"{CUSTOM}/h/v", None, ("Authorization", value)), 401, ...)
    checks.refused("no Authorization", call("GET", "/frameworks", None), 401)
    twice = call("GET", "/frameworks", None, ("Authorization", "Bearer unknown"), ("Authorization", f"Bearer {known}"))
    checks.refused("two Authorization headers, one unknown", twice, 401)
    checks.refused("Datadog keys open no Immuta route", call("GET", "/frameworks", None, *keys(known, known)), 401)
    checks.equal("a known secret", call("GET", "/frameworks", None, bearer("all")).status, 200)
    checks.refused("a secret in the query", server.raw("GET", f"/frameworks?access_token={known}&token={known}"), 401)


def immuta_permissions():
    for method, path, body in IMMUTA:
        what = short(method, path)
        checks.refused(f"{what} without a token", call(method, path, body), 401)
        for name in ("nobody", "writer"):
            checks.refused(f"{what} by {name}", call(method, path, body, bearer(name)), 403)
        got = call(method, path, body, bearer("governor")).status
        checks.that(f"{what} by the governor", got not in (401, 403), got)


def datadog_permissions():
    for method, path, body in DATADOG:
        what = short(method, path)
        checks.turned_away(f"{what} without anything", call(method, path, body), 401, ...)
        for name in ("nobody", "governor", "only-writes"):
            checks.turned_away(f"{what} by {name}", call(method, path, body, bearer(name)), 403, ...)
        got = call(method, path, body, bearer("reader"))
        if method == "GET":
            checks.that(f"{what} by the reader", got.status not in (401, 403), got.status)
        else:
            checks.turned_away(f"{what} by the reader", got, 403, ...)
        got = call(method, path, body, *keys(secret("nobody"), secret("writer"))).status
        checks.that(f"{what} by the keys of a writer", got not in (401, 403), got)


def datadog_keys():
    path = f"{CUSTOM}/h/v"
    known, fit, unknown = secret("nobody"), secret("reader"), "nobody-knows-it"
    digest = hashlib.sha256(fit.encode()).hexdigest()
    for what, headers in (
        ("API key missing", [("DD-APPLICATION-KEY", fit)]), ("application key missing", [("DD-API-KEY", known)]),
        ("API key empty", keys("", fit)), ("application key empty", keys(known, "")), ("both empty", keys("", "")),
        ("API key unknown", keys(unknown, fit)), ("application key unknown", keys(known, unknown)), ("both unknown", keys(unknown, unknown)),
        ("the hash for a key", keys(known, digest)), ("a bearer's form", keys(known, f"Bearer {fit}")),
        ("keys in the query", None),
    ):
        answer = call("GET", f"{path}?api_key={known}&application_key={fit}", None) if headers is None else call("GET", path, None, *headers)
        checks.turned_away(what, answer, 401, ...)
    checks.turned_away("both known, nothing stored", call("GET", path, None, *keys(known, fit)), 400)
    checks.turned_away("the API key's permissions do not count", call("GET", path, None, *keys(fit, known)), 403, ...)
    checks.turned_away("one secret for both", call("GET", path, None, *keys(fit, fit)), 400)
    checks.turned_away("names of headers know no case", call("GET", path, None, ("dd-api-key", known), ("dd-application-key", fit)), 400)
    checks.turned_away("a bearer token replaces both", call("GET", path, None, bearer("reader")), 400)
    checks.turned_away("even beside empty keys", call("GET", path, None, bearer("reader"), *keys("", "")), 400)
    checks.turned_away("and beside unknown ones", call("GET", path, None, bearer("reader"), *keys(unknown, unknown)), 400)


def order_of_checks():
    big = b" " * ((4 << 20) + 1)
    checks.refused("Immuta: 404 before 401", call("GET", "/nothing", None), 404)
    checks.refused("Immuta: 405 before 401", call("PATCH", "/frameworks", b"{"), 405)
    checks.refused("Immuta: 401 before the body", call("POST", "/frameworks", big), 401)
    checks.refused("Immuta: 403 before the body", call("POST", "/frameworks", big, bearer("reader")), 403)
    checks.turned_away("Datadog: 404 before 401", call("GET", "/api/v2/nothing", None), 404, ...)
    answer = call("PATCH", CUSTOM, b"{")
    checks.turned_away("Datadog: 405 before 401", answer, 405, ...)
    checks.equal("its Allow", {one.strip() for one in answer.headers.get("allow", "").split(",")} - {"OPTIONS", "HEAD"}, {"POST"})
    checks.turned_away("Datadog: no list route", call("GET", CUSTOM, None), 405, ...)
    checks.turned_away("Datadog: 401 before the body", call("POST", CUSTOM, big), 401, ...)
    checks.turned_away("Datadog: 403 before the body", call("POST", CUSTOM, big, bearer("reader")), 403, ...)
    for status, who in ((401, []), (403, [bearer("nobody")])):
        for path in ("/frameworks", CUSTOM):
            got, seconds = without_waiting_for_the_body(path, who)
            checks.that(f"{status} on {path[-18:]} comes before a body that never does", got == status and seconds < 4, (got, seconds))


def without_waiting_for_the_body(path, headers):
    begun = time.perf_counter()
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", "Content-Length: 1000"]
        lines += [f"{name}: {value}" for name, value in headers]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        try:
            line = connection.makefile("rb").readline().decode()
        except TimeoutError:
            return None, 5
    return int(line.split()[1]) if line else None, time.perf_counter() - begun


def ended(*arguments, seconds=10):
    """A serve that is meant to end at once: (exit code, what it said)."""
    command = [binary, "serve", "--listen", "127.0.0.1:0", *arguments]
    try:
        got = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return None, ""
    return got.returncode, got.stdout + got.stderr


def wrong_usage():
    store = ["--store", folder / "usage.db"]
    tokens = folder / "tokens.toml"
    tokens.write_text(tokens_file())
    checks.equal("neither --tokens nor --open", ended(*store)[0], 2)
    checks.equal("both of them", ended(*store, "--open", "--tokens", tokens)[0], 2)
    checks.equal("no --store", ended("--open")[0], 2)
    for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:0"):
        got = subprocess.run([binary, "serve", *map(str, store), "--open", "--listen", address], capture_output=True, timeout=10)
        checks.equal(f"--open on {address}", got.returncode, 2)
    checks.equal("an address that is none", subprocess.run([binary, "serve", *map(str, store), "--open", "--listen", "nowhere"], capture_output=True, timeout=10).returncode, 2)
    checks.that("nothing of that made a store", not (folder / "usage.db").exists())


def tokens_files():
    good = TOKENS["all"]
    digest = hashlib.sha256(good[0].encode()).hexdigest()
    sound = entry("sound", *good)
    other = hashlib.sha256(b"other").hexdigest()
    cases = {
        "broken TOML": (sound + "[[token]\n", 6),
        "an unknown field": (sound + "colour = 1\n", 6),
        "an unknown field at the top": ("tokens = 1\n" + sound, 1),
        "an unknown permission": (entry("x", "other", 1, ["GOVERNANCE", "GOVERN"]), 5),
        "a hash that is too short": (sound.replace(digest, digest[:-1]), 4),
        "a hash that is too long": (sound.replace(digest, digest + "0"), 4),
        "a hash that is none": (sound.replace(digest, "g" * 64), 4),
        "the secret for its hash": (sound.replace(digest, good[0]), 4),
        "a hash twice": (sound + entry("twin", *good), 9),
        "a user id that is no number": (sound.replace("user_id = 7", 'user_id = "7"'), 3),
        "no hash": ("\n".join(line for line in sound.splitlines() if "sha256" not in line) + "\n", None),
        "no name": ("\n".join(line for line in sound.splitlines() if "name" not in line) + "\n", None),
        "no user id": ("\n".join(line for line in sound.splitlines() if "user_id" not in line) + "\n", None),
    }
    for what, (text, line) in cases.items():
        file = folder / "bad-tokens.toml"
        file.write_text(text)
        code, said = ended("--store", folder / "bad.db", "--tokens", file)
        checks.equal(f"{what}: exit 1", code, 1)
        place = "bad-tokens.toml" in said and (line is None or re.search(rf"\b{line}\b", said.replace(str(folder), "")))
        checks.that(f"{what}: told with file and line", place, said)
        checks.that(f"{what}: no secret or hash in the message", not re.search(f"{digest[:16]}|{other[:16]}|{re.escape(good[0])}|{'g' * 16}", said), said)
    code, said = ended("--store", folder / "bad.db", "--tokens", folder / "nowhere.toml")
    checks.that("a missing file: exit 1, named", code == 1 and "nowhere.toml" in said, (code, said))
    checks.that("nothing of that made a store", not (folder / "bad.db").exists())


def making_a_token():
    more = ["--name", "nightly batch", "--user-id", "42", "--permission", "GOVERNANCE", "--permission", READ]
    got = subprocess.run([binary, "serve", "token", *more], capture_output=True, text=True, timeout=10)
    checks.equal("serve token: exit 0", got.returncode, 0)
    said = got.stdout + "\n" + got.stderr
    found = re.search(r'sha256 = "([0-9a-f]{64})"', said)
    words = re.findall(r"[A-Za-z0-9_\-+/=.~]{20,}", said)
    made = [word for word in words if found and hashlib.sha256(word.encode()).hexdigest() == found[1]]
    checks.that("it prints the secret once, and the hash of it", found and len(made) == 1, said)
    again = subprocess.run([binary, "serve", "token", *more], capture_output=True, text=True, timeout=10)
    checks.that("another one each time", found and found[1] not in again.stdout + again.stderr)
    begin = said.find("[[token]]")
    lines = said[begin:].split("\n\n")[0].splitlines() if begin >= 0 else []
    text = "\n".join(line for line in lines if line.startswith("[[token]]") or re.match(r"\s*\w+ = ", line))
    try:
        told = tomllib.loads(text)["token"][0]
    except (tomllib.TOMLDecodeError, KeyError, IndexError):
        told = {}
    want = {"name": "nightly batch", "user_id": 42, "permissions": ["GOVERNANCE", READ]}
    checks.equal("and the entry to add", {name: value for name, value in told.items() if name != "sha256"}, want)
    if told and made:
        file = Path(server.access[1])
        file.write_text(tokens_file() + "\n" + text + "\n")
        server.stop()
        server.start()
        answer = call("GET", "/frameworks", None, ("Authorization", f"Bearer {made[0]}"))
        checks.equal("it opens what it should", answer.status, 200)
        body = {"shortName": "by a token", "name": "n", "description": "", "active": False, "tags": [], "rules": []}
        answer = call("POST", "/frameworks", json.dumps(body).encode(), ("Authorization", f"Bearer {made[0]}"))
        checks.equal("its user id becomes createdBy", (answer.json or {}).get("createdBy"), 42)
    for what, wrong in (("an unknown permission", ["--name", "x", "--user-id", "1", "--permission", "ROOT"]), ("no name", ["--user-id", "1", "--permission", READ])):
        got = subprocess.run([binary, "serve", "token", *wrong], capture_output=True, text=True, timeout=10)
        checks.equal(f"serve token with {what}", got.returncode, 2)


def an_open_server():
    with Server(binary, is_open=True) as free:
        checks.that("--open is said loudly at start", re.search(r"open|anyone|no token|credential", free.logged(), re.I), free.logged())
        body = json.dumps({"shortName": "s", "name": "n", "description": "", "active": False, "tags": [], "rules": []}).encode()
        for what, headers in (("none", []), ("an unknown token", [("Authorization", "Bearer x")]), ("a malformed one", [("Authorization", "x")]), ("a known one", [bearer("all")]), ("keys", keys("", ""))):
            answer = free.raw("POST", "/frameworks", body, [JSON, *headers])
            checks.equal(f"credentials are ignored: {what}", (answer.status, (answer.json or {}).get("createdBy")), (200, 0))
            answer = free.raw("GET", f"{CUSTOM}/h/v", None, headers)
            checks.turned_away(f"on Datadog's routes too: {what}", answer, 400)
    six = subprocess.Popen([binary, "serve", "--store", str(folder / "six.db"), "--open", "--listen", "[::1]:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    line = first_line(six, 10)
    if has_ipv6():
        checks.that("--open on [::1]", line.startswith("listening on http://[::1]:"), line)
    six.send_signal(signal.SIGTERM)
    six.wait(10)


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
        return True
    except OSError:
        return False


def nothing_secret_is_logged():
    logged = server.logged()
    shown = [name for name, (text, *_) in TOKENS.items() if text in logged or hashlib.sha256(text.encode()).hexdigest() in logged]
    checks.equal("secrets and hashes in the log", shown, [])
    checks.that("and unknown secrets are not, either", "nobody-knows-it" not in logged)


if __name__ == "__main__":
    binary = binary_of(sys.argv)
    folder = Path(tempfile.mkdtemp(prefix="classmark-access-"))
    try:
        with Server(binary) as server:
            checks.run(
                malformed_headers, immuta_permissions, datadog_permissions, datadog_keys, order_of_checks,
                wrong_usage, tokens_files, making_a_token, an_open_server, nothing_secret_is_logged,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    checks.end()
