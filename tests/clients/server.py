"""Starts classmark's server on a store of its own, and stops it again."""

import hashlib
import http.client
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from checks import Answer

READ, WRITE = "security_monitoring_rules_read", "security_monitoring_rules_write"
# Name → (secret, user id, permissions). The secrets are for tests, and no secrets.
TOKENS = {
    "all": ("all-5b1f2c", 7, ["GOVERNANCE", READ, WRITE]),
    "governor": ("governor-9d20aa", 8, ["GOVERNANCE"]),
    "reader": ("reader-07f3be", 9, [READ]),
    "writer": ("writer-c4411d", 10, [READ, WRITE]),
    "only-writes": ("only-writes-31e7", 11, [WRITE]),
    "nobody": ("nobody-88aa01", 12, []),
}


def secret(name):
    return TOKENS[name][0]


def entry(name, text, user_id, permissions):
    permissions = ", ".join(f'"{permission}"' for permission in permissions)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f'[[token]]\nname = "{name}"\nuser_id = {user_id}\nsha256 = "{digest}"\npermissions = [{permissions}]\n'


def tokens_file():
    return "\n".join(entry(name, *told) for name, told in TOKENS.items())


class Server:
    """A server that listens, on a store in a temporary folder."""

    def __init__(self, binary, *more, is_open=False, start=True):
        self.binary = Path(binary).resolve()
        self.folder = Path(tempfile.mkdtemp(prefix="classmark-clients-"))
        self.store = self.folder / "classmark.db"
        self.log = self.folder / "server.log"
        tokens = self.folder / "tokens.toml"
        tokens.write_text(tokens_file())
        tokens.chmod(0o600)
        self.access = ["--open"] if is_open else ["--tokens", str(tokens)]
        self.more, self.process, self.port = [str(one) for one in more], None, None
        if start:
            self.start()

    def start(self, port=0):
        listen = f"127.0.0.1:{port}"
        command = [self.binary, "serve", "--store", self.store, "--listen", listen, *self.access, *self.more]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdout=subprocess.PIPE, stderr=log, cwd=self.folder
            )
        begun = time.perf_counter()
        line = first_line(self.process, 20)
        self.started_in = time.perf_counter() - begun
        match = re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)", line.strip())
        if not match:
            self.process.kill()
            sys.exit(f"no server: `{line.strip()}`; {self.logged()[-2000:]}")
        self.port = int(match[1])
        return self

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def stop(self, within=10):
        """SIGTERM: (exit code, or None if it had to be killed; seconds)."""
        begun = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        return self.ended(within, begun)

    def ended(self, within, begun):
        try:
            code = self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = None
        self.process.stdout.close()
        return code, time.perf_counter() - begun

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def logged(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def peak_memory(self):
        """The most memory it had, in bytes, as the kernel tells it."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) * 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def raw(self, method, path, body=None, headers=(), timeout=30):
        """One request on a connection of its own, with these headers only, the path as it stands."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders()
            # Whoever refuses a body need not read it: the answer may come before the end.
            try:
                if body is not None:
                    connection.send(body)
            except (BrokenPipeError, ConnectionResetError):
                pass
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()


def first_line(process, seconds):
    """What a process says first on its standard output, or nothing if it says nothing in time."""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(seconds):
            return ""
    return process.stdout.readline().decode()


def binary_of(arguments):
    """The binary that a script was given."""
    if len(arguments) < 2 or not os.access(arguments[1], os.X_OK):
        sys.exit(f"usage: {arguments[0]} CLASSMARK")
    return arguments[1]
