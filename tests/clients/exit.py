"""Ends the server in the middle of things, and looks what is left.

    python tests/clients/exit.py CLASSMARK

SIGTERM with requests in flight, kill -9 in a write storm, a second server on the
same store, a disk without room, and 64 clients that edit one framework at once: what
was acknowledged is there, once. Prints a line
for each check and `N checks passed`, or ends with 1.
"""

import http.client
import json
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
import time

from checks import Checks
from server import Server, binary_of, first_line, secret, tokens_file

CUSTOM = "/api/v2/cloud_security_management/custom_frameworks"
RULESETS = "/api/v2/static-analysis/ai/rulesets"
ROUNDS, STORM, CLIENTS = 5, 1.2, 64
HEADERS = {"Authorization": f"Bearer {secret('all')}", "Content-Type": "application/json"}

checks = Checks("exit")


class Connection:
    """One connection that is kept, as clients in a hurry do."""

    def __init__(self, server, timeout=20):
        self.http = http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout)

    def call(self, method, path, body=None, headers=()):
        """(status, document). Raises when the server goes away."""
        data = None if body is None else json.dumps(body)
        self.http.request(method, path, data, {**HEADERS, **dict(headers)})
        answer = self.http.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None


def framework(name, rule=None):
    tags = [{"name": "Tag", "source": "curated"}]
    rules = [{"id": rule, "name": rule, "classificationTag": tags[0], "columnTags": tags}] if rule else []
    return {"shortName": name, "name": name, "description": "0", "active": False, "tags": tags, "rules": rules}


def together(jobs):
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def versions(server, id):
    return Connection(server).call("GET", f"/frameworks/{id}/versions")[1]["versions"]


class Storm:
    """Clients that write until the server is gone, each on its own resources, and note what was acknowledged."""

    def __init__(self, server, name, clients=16):
        self.server, self.name, self.clients = server, name, clients
        self.wrong, self.notes = [], [{"edits": [], "deleted": [], "custom": set(), "rulesets": set()} for _ in range(clients)]

    def run(self, end):
        """Writes; `end` is called meanwhile and ends the server."""
        rules = framework(f"{self.name} rules", f"{self.name}-rule")
        Connection(self.server).call("POST", "/frameworks", rules)
        watch = threading.Thread(target=end)
        watch.start()
        together([lambda number=number: self.client(number) for number in range(self.clients)])
        watch.join()

    def client(self, number):
        note, luck = self.notes[number], random.Random(number)
        try:
            connection = Connection(self.server)
            made = self.expect(connection.call("POST", "/frameworks", framework(f"{self.name} {number}")))
            note["id"], count = made["id"], 0
            while True:
                count += 1
                kind = luck.choice(["edit"] * 6 + ["delete", "custom", "ruleset"])
                getattr(self, kind)(connection, note, f"{number}-{count}")
        except (OSError, http.client.HTTPException):
            return

    def expect(self, answer, status=200):
        if answer[0] == 503 or answer[0] == 429:
            raise OSError("the server is ending")
        if answer[0] != status:
            self.wrong.append(answer)
        return answer[1]

    def edit(self, connection, note, name):
        got = self.expect(connection.call("PUT", f"/frameworks/{note['id']}", {"description": name}))
        note["edits"].append((got["version"], name))

    def delete(self, connection, note, name):
        made = self.expect(connection.call("POST", "/frameworks", framework(f"{self.name} {name}")))
        self.expect(connection.call("DELETE", f"/frameworks/{made['id']}"), 204)
        note["deleted"].append(made["id"])

    def custom(self, connection, note, name):
        controls = [{"name": "c", "rules_id": [f"{self.name}-rule"]}]
        attributes = {"handle": f"{self.name}-{name}", "version": "1", "name": name, "requirements": [{"name": "r", "controls": controls}]}
        self.expect(connection.call("POST", CUSTOM, {"data": {"type": "custom_framework", "attributes": attributes}}))
        note["custom"].add(attributes["handle"])

    def ruleset(self, connection, note, name):
        name = f"{self.name}-{name}"
        attributes = {"name": name, "description": "d", "short_description": "s"}
        self.expect(connection.call("POST", RULESETS, {"data": {"id": name, "type": "ai_ruleset", "attributes": attributes}}))
        note["rulesets"].add(name)

    def acknowledged(self):
        return sum(len(note["edits"]) + 2 * len(note["deleted"]) + len(note["custom"]) + len(note["rulesets"]) for note in self.notes)

    def lost(self):
        """What was acknowledged and is not there."""
        connection, lost = Connection(self.server), []
        for note in (note for note in self.notes if "id" in note):
            stored = [(version["version"], version["description"]) for version in versions(self.server, note["id"])]
            of = {pair: at for at, pair in enumerate(stored)}
            places = [of.get(pair) for pair in note["edits"]]
            lost += [pair for pair, place in zip(note["edits"], places) if place is None]
            if None not in places and places != sorted(set(places)) or len(of) != len(stored):
                lost.append(("out of order or twice", note["id"]))
            lost += [id for id in note["deleted"] if connection.call("GET", f"/frameworks/{id}")[0] != 404]
            lost += [handle for handle in note["custom"] if connection.call("GET", f"{CUSTOM}/{handle}/1")[0] != 200]
            lost += [name for name in note["rulesets"] if connection.call("GET", f"{RULESETS}/{name}")[0] != 200]
        return lost


def terminated_in_a_storm():
    storm, ended = Storm(server, "term"), []

    def end():
        time.sleep(STORM)
        ended.extend(server.stop())

    storm.run(end)
    checks.equal("SIGTERM under load: exit 0", ended[0], 0)
    checks.that(f"within 10 s ({ended[1]:.1f} s)", ended[1] < 10)
    checks.equal("every answer until then was as it should be", storm.wrong[:3], [])
    server.start()
    checks.equal(f"of {storm.acknowledged()} acknowledged writes are lost", storm.lost(), [])
    checks.that("there were many", storm.acknowledged() > 200, storm.acknowledged())
    checks.that(f"no write-ahead log is left open: it starts at once ({server.started_in:.2f} s)", server.started_in < 1)


def a_request_in_flight():
    body = json.dumps(framework("in flight")).encode()
    head = f"POST /frameworks HTTP/1.1\r\nHost: x\r\nAuthorization: {HEADERS['Authorization']}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    half, silent, idle = (socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(3))
    half.sendall(head + body[:20])
    silent.sendall(head + body[:20])
    kept = Connection(server)
    kept.call("GET", "/frameworks")
    time.sleep(0.3)
    begun = time.perf_counter()
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    checks.that("no new connections after SIGTERM", refused(server.port))
    try:
        half.sendall(body[20:])
        line = half.makefile("rb").readline().decode()
    except OSError as error:
        line = str(error)
    checks.that("a request in flight is finished", line.startswith("HTTP/1.1 200"), line)
    code, seconds = server.ended(12, begun)
    checks.equal("exit 0, with an idle connection, and a body that never comes", code, 0)
    checks.that(f"within 10 s ({seconds:.1f} s)", seconds < 10)
    for one in (half, silent, idle):
        one.close()
    server.start()
    names = [f["shortName"] for f in Connection(server).call("GET", "/frameworks")[1]["frameworks"]]
    checks.equal("what was acknowledged is there, what was not sent whole is not", names.count("in flight"), 1)


def refused(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as one:
            one.sendall(b"GET /frameworks HTTP/1.1\r\nHost: x\r\n\r\n")
            return one.recv(1) == b""
    except OSError:
        return True


def ended_as_soon_as_it_listens():
    codes = []
    for end in (signal.SIGTERM, signal.SIGINT) * 5:
        server.process.send_signal(end)
        codes.append(server.ended(10, time.perf_counter())[0])
        server.start()
    checks.equal("a signal right after the line that says that it listens: exit 0", codes, [0] * len(codes))


def interrupted_by_control_c():
    begun = time.perf_counter()
    server.process.send_signal(signal.SIGINT)
    code, seconds = server.ended(10, begun)
    checks.equal(f"Ctrl-C when idle: exit 0 ({seconds:.2f} s)", code, 0)
    checks.that("at once", seconds < 2, seconds)
    leftovers = [file.name for file in server.folder.iterdir() if file.name.endswith("-wal") and file.stat().st_size]
    checks.equal("the log is checkpointed", leftovers, [])
    server.start()


def killed_in_a_storm():
    for number in range(ROUNDS):
        storm = Storm(server, f"kill{number}")

        def end():
            time.sleep(STORM * (0.5 + number / ROUNDS))
            server.kill()

        storm.run(end)
        server.start()
        lost = storm.lost()
        checks.that(f"kill -9, round {number + 1}: of {storm.acknowledged()} acknowledged writes none is lost", not lost and not storm.wrong and storm.acknowledged() > 50, (lost[:5], storm.wrong[:3]))


def second(store):
    """(exit code of a second server on that file, what it says)"""
    command = [server.binary, "serve", "--open", "--listen", "127.0.0.1:0", "--store", store]
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        return process.wait(10), process.stderr.read().decode()
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None, "it was started"
    finally:
        process.stdout.close()
        process.stderr.close()


def one_store_by_two_names():
    hard, soft = server.folder / "hard.db", server.folder / "soft.db"
    hard.hardlink_to(server.store)
    soft.symlink_to(server.store)
    for what, name in (("its own name", server.store), ("a hard link", hard), ("a symbolic link", soft)):
        code, said = second(name)
        checks.that(f"a second server on {what} of the store is refused ({code})", code == 3 and "is open in another program" in said, (code, said))
    storm = Storm(server, "names")

    def end():
        time.sleep(STORM)
        server.kill()

    storm.run(end)
    code, said = second(hard)
    checks.that(f"after kill -9 the hard link is refused, for its log is not there ({code})", code == 1 and "classmark.db-wal" in said, (code, said))
    hard.unlink()
    soft.unlink()
    server.start()
    checks.equal(f"of {storm.acknowledged()} acknowledged writes none is lost", storm.lost(), [])


def a_disk_without_room():
    """Files that may not grow, that of the log among them, stand for a full disk."""
    with Server(server.binary) as full:
        connection = Connection(full)
        made = connection.call("POST", "/frameworks", framework("before"))[1]
        resource.prlimit(full.process.pid, resource.RLIMIT_FSIZE, (1024, resource.RLIM_INFINITY))
        attributes = {"name": "r", "description": "d", "short_description": "s"}
        for what, path, body in (("/frameworks", "/frameworks", framework("full")), ("rulesets", RULESETS, {"data": {"id": "r", "type": "ai_ruleset", "attributes": attributes}})):
            headers = list(HEADERS.items())
            answer = full.raw("POST", path, json.dumps(body).encode(), headers)
            checks.that(f"without room, {what}: 503 with Retry-After", answer.status == 503 and int(answer.headers["retry-after"]) > 0, (answer.status, answer.text))
        status, got = connection.call("GET", f"/frameworks/{made['id']}")
        checks.equal("reads go on", (status, got["shortName"]), (200, "before"))
        names = [one["shortName"] for one in connection.call("GET", "/frameworks")[1]["frameworks"]]
        checks.that("nothing was stored", "full" not in names, names)
        resource.prlimit(full.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        checks.equal("with room it goes on by itself", connection.call("POST", "/frameworks", framework("full"))[0], 200)


def what_it_makes_is_private():
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in server.folder.iterdir() if file.name.startswith("classmark.db")}
    checks.that("the store and what lies beside it is for its user alone", modes and set(modes.values()) == {"0o600"}, modes)
    tokens = server.folder / "exposed.toml"
    tokens.write_text(tokens_file())
    for mode, refused in ((0o666, True), (0o622, True), (0o660, True), (0o644, False)):
        tokens.chmod(mode)
        command = [server.binary, "serve", "--tokens", tokens, "--listen", "127.0.0.1:0", "--store", server.folder / "other.db"]
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = first_line(process, 10)
        process.terminate()
        said = process.communicate()[1].decode()
        fine = process.returncode == (1 if refused else 0) and bool(line) != refused and "exposed.toml" in said
        checks.that(f"a tokens file of mode {mode:o} is {'refused' if refused else 'warned of'}", fine, (process.returncode, said))
    tokens.unlink()


def a_crowd_on_one_framework():
    made = Connection(server).call("POST", "/frameworks", framework("crowd"))[1]
    edits, each, lock, wrong = [], 20, threading.Lock(), []

    def client(number):
        connection = Connection(server, timeout=60)
        for count in range(each):
            description = f"{number}.{count}"
            status, got = connection.call("PUT", f"/frameworks/{made['id']}", {"description": description})
            with lock:
                edits.append((got["version"], description)) if status == 200 else wrong.append((status, got))

    together([lambda number=number: client(number) for number in range(CLIENTS)])
    stored = [(version["version"], version["description"]) for version in versions(server, made["id"])]
    checks.equal(f"{CLIENTS} clients, {CLIENTS * each} edits of one framework: all acknowledged", (len(edits), wrong[:3]), (CLIENTS * each, []))
    checks.equal("as many versions, and the first", len(stored), len(edits) + 1)
    checks.equal("each there once", sorted(stored[1:]), sorted(edits))
    for number in range(CLIENTS):
        own = [description for _, description in stored if description.startswith(f"{number}.")]
        if own != [f"{number}.{count}" for count in range(each)]:
            checks.that(f"the edits of client {number} in their order", False, own)
            break
    else:
        checks.that("the edits of each client in their order", True)


def a_crowd_that_counts():
    """Each adds to a number under If-Match, and tries again when another was faster: none is lost."""
    made = Connection(server).call("POST", "/frameworks", framework("counter"))[1]
    path, each, wrong = f"/frameworks/{made['id']}", 4, []

    def client():
        connection, done = Connection(server, timeout=60), 0
        while done < each:
            _, now = connection.call("GET", path)
            told = {"If-Match": f'"{now["version"]}"'}
            status, got = connection.call("PUT", path, {"description": str(int(now["description"]) + 1)}, told)
            done += status == 200
            if status not in (200, 412):
                wrong.append((status, got))
                return

    together([client] * 32)
    stored = [int(version["description"]) for version in versions(server, made["id"])]
    checks.equal("32 clients count together under If-Match", (stored, wrong[:3]), (list(range(32 * each + 1)), []))


if __name__ == "__main__":
    with Server(binary_of(sys.argv)) as server:
        checks.run(
            what_it_makes_is_private, one_store_by_two_names, a_disk_without_room,
            a_crowd_on_one_framework, a_crowd_that_counts, terminated_in_a_storm,
            a_request_in_flight, interrupted_by_control_c, ended_as_soon_as_it_listens, killed_in_a_storm,
        )
    checks.end()
