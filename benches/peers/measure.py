"""Runs a contender as a process of its own: seconds, memory, answer."""

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Failed(Exception):
    """A contender that ended with an error; what it said last."""


@dataclass
class Run:
    """What one run of a contender came to."""

    seconds: float
    peak: int  # bytes
    answer: Path | None = None
    said: dict = field(default_factory=dict)


def process(command):
    """Runs a command: (seconds, peak memory in bytes, what it printed)."""
    command = [str(part) for part in command]
    with tempfile.NamedTemporaryFile("r") as report:
        launch = [sys.executable, "-I", "-S", HERE / "launch.py", report.name]
        ended = subprocess.run([*launch, *command], capture_output=True, text=True, errors="replace")
        if ended.returncode != 0:
            raise Failed(f"{command[0]} could not be started: {ended.stderr.strip()[-2000:]}")
        seconds, code, peak = report.read().split()
    if int(code) != 0:
        raise Failed(f"{' '.join(command)} ended with {code}: {ended.stderr.strip()[-2000:]}")
    return float(seconds), int(peak), ended.stdout


@dataclass
class Machine:
    """The programs, and a folder for answers."""

    classmark: Path
    engines: Path | None
    scratch: Path

    def run(self, contender, catalog, frameworks, threads, memory):
        """One run; `contender` is a name as in `cases`."""
        kind, _, form = contender.partition(":")
        out = self.scratch / f"{kind}-{form or 'tag'}"
        for left in (out, out.with_suffix(".parquet")):
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
        return getattr(self, f"_{kind}")(form, catalog, frameworks, threads, memory, out)

    def _classmark(self, _, catalog, frameworks, threads, memory, out):
        command = [self.classmark, "tag", "--quiet", "--frameworks", frameworks / "documents"]
        command += ["--columns", catalog, "--out", out, "--threads", threads, "--format", "json"]
        command += ["--memory", memory] if memory else []
        seconds, peak, _ = process(command)
        manifest = json.loads((out / "manifest.json").read_text())
        return Run(seconds, peak, out / "assignments.parquet", manifest)

    def _scan(self, _, catalog, frameworks, threads, memory, out):
        seconds, peak, said = process([self.engines, "scan", catalog, threads])
        return Run(seconds, peak, None, json.loads(said))

    def _duckdb(self, form, catalog, frameworks, threads, memory, out):
        return self._job("duckdb_job.py", form, catalog, frameworks, threads, out)

    def _polars(self, form, catalog, frameworks, threads, memory, out):
        return self._job("polars_job.py", form, catalog, frameworks, threads, out)

    def _python(self, form, catalog, frameworks, threads, memory, out):
        return self._job("python_job.py", form or "loop", catalog, frameworks, threads, out)

    def _job(self, script, form, catalog, frameworks, threads, out):
        answer = out.with_suffix(".parquet")
        command = [sys.executable, HERE / script, form, catalog, frameworks / "rules.json", answer, threads]
        _, peak, said = process(command)
        said = json.loads(said)
        return Run(said["seconds"], peak, answer if answer.exists() else None, said)
