"""Sends what no client library would, byte by byte.

    python tests/clients/wire.py CLASSMARK

Each must be refused or its connection closed, soon and without a 5xx, and the
server must go on serving others. Prints a line for each check and `N checks
passed`, or ends with 1.
"""

import re
import socket
import sys
import time

from checks import Checks
from server import Server, binary_of, secret

TOKEN = f"Authorization: Bearer {secret('all')}\r\n"
HOST = "Host: localhost\r\n"
PATIENCE = 14

checks = Checks("wire")


def answers(data, half=False):
    """(statuses of what came back until the server closed or fell silent, whether it closed, seconds)"""
    begun, got = time.perf_counter(), b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as one:
        try:
            one.sendall(data)
            if half:
                one.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        one.settimeout(PATIENCE)
        closed = False
        try:
            while not closed:
                part = one.recv(1 << 16)
                got += part
                closed = part == b""
        except TimeoutError:
            pass
        except OSError:
            closed = True
    return [int(status) for status in re.findall(rb"(?:^|[\n}])HTTP/1\.[01] (\d{3})", got)], closed, time.perf_counter() - begun


def refused(what, data, *expected, half=False, seconds=PATIENCE):
    statuses, closed, took = answers(data if isinstance(data, bytes) else data.encode("latin-1"), half)
    fine = closed and took < seconds and all(400 <= status < 500 for status in statuses) and (not expected or statuses[:1] in [[one] for one in expected] + ([[]] if None in expected else []))
    checks.that(f"{what}: {statuses or 'closed'}", fine, (statuses, closed, round(took, 1)))


def what_is_no_http():
    refused("nothing, then the end", b"", None, half=True)
    refused("noise", bytes(range(256)) * 4, 400, None)
    refused("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), 400, None)
    refused("HTTP/2 without asking", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9), 400, 405, 404, 505, None)
    refused("a version that is none", f"GET /healthz HTTP/9.9\r\n{HOST}\r\n", 400, 505, None)
    refused("no version", "GET /healthz\r\n\r\n", 400, None)
    refused("a line that does not end", "GET /" + "a" * 200_000, 414, 431, 400, None)
    refused("a header that does not end", f"GET /healthz HTTP/1.1\r\n{HOST}X: " + "a" * 200_000, 431, 400, None)
    refused("ten thousand headers", f"GET /healthz HTTP/1.1\r\n{HOST}" + "".join(f"X-{n}: 1\r\n" for n in range(10_000)) + "\r\n", 431, 400, None)
    refused("a header without a name", f"GET /healthz HTTP/1.1\r\n{HOST}: x\r\n\r\n", 400, None)
    refused("a NUL in a header", f"GET /healthz HTTP/1.1\r\n{HOST}X: a\0b\r\n\r\n", 400, None)
    refused("a space before the colon", f"GET /healthz HTTP/1.1\r\n{HOST}X : a\r\n\r\n", 400, None)
    refused("a path with a space", f"GET /heal thz HTTP/1.1\r\n{HOST}\r\n", 400, None)
    refused("half a request, then the end", f"GET /healthz HTTP/1.1\r\nHo", 400, None, half=True)


def which_host_is_meant():
    for path in ("/healthz", "/frameworks", "/nowhere", "/api/v2/nowhere"):
        for what, hosts in (
            ("no host", ""),
            ("a host twice", HOST * 2),
            ("two hosts", f"{HOST}Host: example.com\r\n"),
            ("an empty host", "Host:\r\n"),
            ("a list of hosts", "Host: localhost, example.com\r\n"),
            ("a host with a user", "Host: me@localhost\r\n"),
            ("a host with a path", "Host: localhost/frameworks\r\n"),
            ("a port that is none", "Host: localhost:http\r\n"),
        ):
            refused(f"{what}, {path}", f"GET {path} HTTP/1.1\r\n{TOKEN}{hosts}\r\n", 400)
    refused("an absolute target without a host", f"GET http://localhost/healthz HTTP/1.1\r\n{TOKEN}\r\n", 400)
    refused("two hosts of HTTP/1.0", f"GET /healthz HTTP/1.0\r\n{HOST * 2}\r\n", 400)


def where_one_request_ends():
    """What a proxy and a server may read in two ways, and so must not be read at all."""
    hidden = f"GET /frameworks HTTP/1.1\r\n{HOST}{TOKEN}\r\n"
    head = f"POST /frameworks HTTP/1.1\r\n{HOST}{TOKEN}Content-Type: application/json\r\n"
    for what, framing in (
        ("two lengths", "Content-Length: 0\r\nContent-Length: 5\r\n"),
        ("a length that is a list", "Content-Length: 0, 5\r\n"),
        ("a negative length", "Content-Length: -1\r\n"),
        ("a length with a sign", "Content-Length: +5\r\n"),
        ("a length in hex", "Content-Length: 0x5\r\n"),
        ("a length beyond 64 bits", "Content-Length: 99999999999999999999999\r\n"),
        ("an unknown encoding", "Transfer-Encoding: xchunked\r\n"),
        ("chunked, but not last", "Transfer-Encoding: chunked, identity\r\n"),
    ):
        refused(what, f"{head}{framing}\r\n{hidden}", 400, 501 if "encoding" in what else 400, None)
    statuses, closed, _ = answers(f"{head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}".encode())
    checks.that(f"a length and chunks: no second request is found in it, or the chunks count: {statuses}", 200 not in statuses[:1] and statuses and all(s < 500 for s in statuses), (statuses, closed))
    for what, chunk in (("a chunk size that is none", "zz\r\n"), ("a chunk size beyond 64 bits", "fffffffffffffffff1\r\nx"), ("a negative one", "-1\r\n"), ("an endless one", "1" * 100_000)):
        refused(what, f"{head}Transfer-Encoding: chunked\r\n\r\n{chunk}", 400, 413, None)
    refused("a body that ends early", f"{head}Content-Length: 100\r\n\r\n{{", 400, None, half=True)
    refused("chunks that end early", f"{head}Transfer-Encoding: chunked\r\n\r\n5\r\n{{", 400, None, half=True)


def what_is_fine():
    for what, data, want in (
        ("HTTP/1.0", f"GET /healthz HTTP/1.0\r\n\r\n", [200]),
        ("HTTP/1.0 with a host", f"GET /healthz HTTP/1.0\r\n{HOST}\r\n", [200]),
        ("an absolute target", f"GET http://localhost/healthz HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n", [200]),
        ("three requests at once", f"GET /healthz HTTP/1.1\r\n{HOST}\r\n" * 2 + f"GET /healthz HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n", [200] * 3),
        ("OPTIONS *", f"OPTIONS * HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n", None),
        ("an unknown method", f"BREW /frameworks HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n", [405]),
        ("TRACE", f"TRACE /frameworks HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n", [405]),
        ("an upgrade", f"GET /healthz HTTP/1.1\r\n{HOST}Upgrade: websocket\r\nConnection: upgrade, close\r\n\r\n", [200]),
        ("CONNECT", f"CONNECT localhost:80 HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n", None),
    ):
        statuses, _, took = answers(data.encode())
        checks.that(f"{what}: {statuses}", (statuses == want if want else statuses and all(s < 500 for s in statuses)) and took < 5, (statuses, took))
    got = server.raw("HEAD", "/healthz")
    checks.equal("HEAD: headers without a body", (got.status, got.body), (200, b""))


def bodies_that_wait_to_be_asked_for():
    body = b'{"name": 1}'
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as one:
        one.sendall(f"POST /frameworks HTTP/1.1\r\n{HOST}{TOKEN}Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        first = one.recv(100)
        checks.that("Expect: 100-continue is answered", first.startswith(b"HTTP/1.1 100"), first)
        one.sendall(body)
        checks.that("and then the request", one.recv(100).startswith(b"HTTP/1.1 400"))
    for what, more, want in (("without a token", "", b"401"), ("a body that is too large", TOKEN, b"413")):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as one:
            begun = time.perf_counter()
            one.sendall(f"POST /frameworks HTTP/1.1\r\n{HOST}{more}Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n".encode())
            first = one.recv(100)
            checks.that(f"{what}: refused without asking for the body", first.startswith(b"HTTP/1.1 " + want), first)
            checks.that(f"{what}: at once", time.perf_counter() - begun < 1, time.perf_counter() - begun)


def it_goes_on():
    for _ in range(300):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as one:
            one.sendall(b"GET /frameworks HTTP/1.1\r\n")
    checks.equal("300 clients that go away in the middle, and it goes on", server.raw("GET", "/healthz").status, 200)
    checks.that("nothing panicked", "panicked" not in server.logged(), server.logged()[-500:])


if __name__ == "__main__":
    with Server(binary_of(sys.argv)) as server:
        checks.run(what_is_no_http, which_host_is_meant, where_one_request_ends, what_is_fine, bodies_that_wait_to_be_asked_for, it_goes_on)
    checks.end()
