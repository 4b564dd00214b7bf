"""Has schemathesis try what `/openapi.json` says, and what it does not say.

    python tests/clients/fuzz.py CLASSMARK [--seconds 120] [--seed N]

Half of the time on an open server, half with a token (then each route must turn
away those who have none). Prints how each half closed; ends with 1 if anything
was found. Its requirements are in fuzz-requirements.txt.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from server import Server, secret

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HOOKS = {"SCHEMATHESIS_HOOKS": "fuzz_hooks", "PYTHONPATH": str(HERE), "COLUMNS": "160"}
CHECKS = [
    *("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"),
    *("response_headers_conformance", "accepted_or_told_why", "negative_data_rejection", "missing_required_header"),
    *("unsupported_method", "allow_header_conformance", "use_after_free"),
]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("classmark", type=Path)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--seed", type=int, help="[one by chance, which is told]")
    return parser.parse_args()


def schemathesis(server, folder, seconds, seed, *more):
    """(exit code, what it reports)"""
    command = [
        *(Path(sys.executable).parent / "st", "--config-file", HERE / "schemathesis.toml"),
        *("run", f"{server.url}/openapi.json", "--no-color", "--max-time", seconds),
        *("--checks", ",".join(CHECKS), "--report", "json", "--report-json-path", folder / "report.json"),
        *("--request-timeout", "10", "--generation-database", "none", "--continue-on-failure"),
        *(["--seed", seed] if seed is not None else []),
        *more,
    ]
    told = folder / "told.txt"
    with told.open("w") as file:
        ended = subprocess.run([str(part) for part in command], stdout=file, stderr=subprocess.STDOUT, cwd=folder, env={**os.environ, **HOOKS})
    report = folder / "report.json"
    return ended.returncode, told.read_text(), json.loads(report.read_text()) if report.exists() else {}


def closing(text, code):
    """What it says at the end, and of failures all."""
    begin = text.rfind("= SUMMARY =") if code == 0 else max(text.find("= FAILURES ="), text.find("= ERRORS ="), 0)
    return "\n".join(line for line in text[max(begin, 0) :].splitlines()[:400] if line.strip())


def fuzzed(what, server, folder, options, *more):
    code, text, report = schemathesis(server, folder, options.seconds // 2, options.seed, *more)
    print(f"== schemathesis, {what}\n{closing(text, code)}", flush=True)
    ended = server.process.poll()
    if ended is not None:
        print(f"FAILED the server ended with {ended}: {server.logged()[-2000:]}")
        return False
    panicked = [line for line in server.logged().splitlines() if "panicked" in line]
    if panicked:
        print(f"FAILED the server panicked: {panicked[:3]}")
    cases = report.get("test_cases", {}).get("generated", 0)
    selected, tested = (report.get("operations", {}).get(of, 0) for of in ("total", "tested"))
    sound = code == 0 and not panicked and selected == tested > 0
    print(f"{'ok' if sound else 'FAILED'} {what}: {cases} requests to {tested} of {selected} operations, seed {report.get('seed')}", flush=True)
    return sound


def main():
    options = arguments()
    work = Path(tempfile.mkdtemp(prefix="classmark-fuzz-"))
    # Jobs may be started: on a catalog that is there to be read.
    shutil.copytree(ROOT / "fixtures/demo", work / "files")
    sound = []
    try:
        for what, is_open, more in (
            # An open server asks nobody for credentials, so they are no part of what is tried.
            ("open", True, ["--generation-with-security-parameters", "false"]),
            ("with a token", False, ["-H", f"Authorization: Bearer {secret('all')}", "--checks", ",".join([*CHECKS, "ignored_auth"])]),
        ):
            folder = work / what.replace(" ", "-")
            folder.mkdir()
            with Server(options.classmark, "--files-root", work / "files", is_open=is_open) as server:
                sound.append(fuzzed(what, server, folder, options, *more))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(0 if all(sound) else 1)


if __name__ == "__main__":
    main()
