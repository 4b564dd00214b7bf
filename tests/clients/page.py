"""Pastes what docs/server.md says into a shell, and holds the answers to what it shows.

    python tests/clients/page.py CLASSMARK [--show]

Blocks marked `bash` are pasted one after the other into one shell, in a folder
that looks like a fresh clone with the binary built. A block after one of them
that is marked `json`, `text` or `http` shows its output: ids, versions, times
and the like may differ, and `…` stands for anything. Each curl must be answered
with 2xx, or with the statuses that the shown block names (`json 412`), in order.
`--show` prints each block with its output, for whoever writes the page.
Needs bash, curl and jq. Prints a line for each block and `N checks passed`.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from checks import Checks
from server import binary_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/server.md"
FENCE = re.compile(r"^```(\S*)([^\n]*)\n(.*?)^```$", re.M | re.S)
SHOWN = {"json", "text", "http", "toml"}
# What differs from run to run.
VARYING = [
    (r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "UUID"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?", "TIME"),
    (r"\b[0-9a-f]{64}\b", "SHA256"),
    (r"\bcmk_[0-9a-f]+", "SECRET"),
    (r"127\.0\.0\.1:\d+", "ADDRESS"),
    (r"\b\d+\.\d+ ?m?s\b", "DURATION"),
]
# Tells the status of each request of the shell's curl, beside its output.
WRAPPED = """
curl() { command curl --write-out '%{stderr}STATUS %{http_code}\\n' "$@" 2>> "$STATUSES"; }
"""

checks = Checks("page")


class Block:
    def __init__(self, line, text):
        self.line, self.text, self.shown, self.statuses = line, text, None, []


def blocks(page):
    """What is pasted, each with what is shown after it."""
    found, last = [], None
    for match in FENCE.finditer(page):
        kind, more, text = match[1], match[2].split(), match[3]
        if kind == "bash":
            last = Block(page[: match.start()].count("\n") + 2, text)
            found.append(last)
        elif kind in SHOWN and last is not None:
            last.shown, last.statuses = text, [int(one) for one in more if one.isdigit()]
            last = None
        else:
            last = None
    return found


def plain(text):
    for pattern, name in VARYING:
        text = re.sub(pattern, name, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def fits(shown, got):
    """Whether an output is as shown, `…` being anything."""
    parts = [re.escape(part) for part in plain(shown).split("…")]
    return re.fullmatch(".*?".join(parts), plain(got), re.S) is not None


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Shell:
    """A bash that is told one block after the other."""

    END = "=== end of block"

    def __init__(self, folder):
        self.statuses = folder / "statuses"
        environment = {**os.environ, "STATUSES": str(self.statuses), "LC_ALL": "C.UTF-8"}
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=folder / "clone", env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=(folder / "stderr").open("w"), start_new_session=True,
        )
        self.tell(WRAPPED)

    def tell(self, text):
        """(output, exit code of the last command, statuses of its requests)"""
        self.statuses.write_text("")
        self.process.stdin.write(f"{text}\necho \"{self.END} $?\"\n")
        self.process.stdin.flush()
        output = []
        for line in self.process.stdout:
            before, end, code = line.rpartition(self.END)
            if end:
                output.append(before)
                statuses = [int(line.split()[1]) for line in self.statuses.read_text().splitlines() if line.startswith("STATUS")]
                return "".join(output), int(code), [status for status in statuses if status]
            output.append(line)
        return "".join(output), None, []

    def end(self):
        self.process.stdin.close()
        try:
            os.killpg(self.process.pid, 15)
            self.process.wait(15)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass


def clone(folder, binary):
    """What the page's commands find in a clone, without what they do not need."""
    copy = folder / "clone"
    (copy / "target/release").mkdir(parents=True)
    (copy / "target/release/classmark").symlink_to(Path(binary).resolve())
    shutil.copytree(ROOT / "fixtures/demo", copy / "fixtures/demo")


def main():
    binary = binary_of(sys.argv)
    show = "--show" in sys.argv
    page = PAGE.read_text()
    port = str(free_port())
    folder = Path(tempfile.mkdtemp(prefix="classmark-page-"))
    clone(folder, binary)
    shell = Shell(folder)
    try:
        for block in blocks(page):
            text = block.text.replace("8787", port)
            output, code, statuses = shell.tell(text)
            what = f"line {block.line}: {block.text.strip().splitlines()[0][:70]}"
            if show:
                print(f"$ {block.text.rstrip()}\n{output}[{code}, {statuses}]\n")
                continue
            checks.equal(f"{what}: exit code", code, 0)
            if block.statuses:
                checks.equal(f"{what}: statuses", statuses, block.statuses)
            elif statuses:
                checks.that(f"{what}: answered with 2xx", all(200 <= status < 300 for status in statuses), statuses)
            if block.shown is not None:
                checks.that(f"{what}: the output is as shown", fits(block.shown, output.replace(port, "8787")), output)
    finally:
        shell.end()
        said = (folder / "stderr").read_text()
        shutil.rmtree(folder, ignore_errors=True)
    if checks.failed or show:
        print(said[-3000:], file=sys.stderr)
    checks.that("the page has blocks to paste", len(blocks(page)) > 20, len(blocks(page)))
    checks.end()


if __name__ == "__main__":
    main()
