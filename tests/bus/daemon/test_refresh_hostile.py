# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers that speak HTTP as nobody should, in the place of each kind of file: nothing is stored for it, each is named for
what it is, the daemon and its downloader live, and the next honest server is believed."""

import gzip
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from feedkit import object_path, reference, refresh, subscribe
from patchkit import Patch
from test_refresh_attacks import recovers, trust, victim  # noqa: F401
from webkit import Hostile, make_certificate, reply
from world import JobFailed

OK = "HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(b" " * 30_000_000)
TARGETS = ["timestamp", "index", "module"]
# Of a timestamp it is not known beforehand what it should be.
WRONG = {"timestamp": "EnvelopeInvalid", "index": "DownloadMismatch", "module": "DownloadMismatch"}


def send(connection: socket.socket, head: str, body: bytes = b"") -> bool:
    connection.sendall((head + "\r\n").encode() + body)
    return True


def chunked(data: bytes, size: str | None = None, end: bytes = b"0\r\n\r\n") -> bytes:
    return (size or f"{len(data):x}").encode() + b"\r\n" + data + b"\r\n" + end


def for_ever(connection: socket.socket, begin: str, again: bytes) -> None:
    connection.sendall(begin.encode())
    while True:
        connection.sendall(again)


CHUNKED = OK + "Transfer-Encoding: chunked\r\n"
CODED = OK + "Transfer-Encoding: gzip, chunked\r\n"

# What is sent in the place of a file with these bytes, and the error that it has to end with; None: that comes to the right bytes
# in spite of all, and nothing else counts.
WAYS: dict[str, tuple[Callable, str | dict | None]] = {
    "early close": (lambda c, d: reply(c, d[:-10], length=len(d)), "DownloadFailed"),
    "length of less": (lambda c, d: reply(c, d, length=10), WRONG),
    "length below 0": (lambda c, d: send(c, OK + "Content-Length: -1\r\n", d[:-1]), "DownloadFailed"),
    "length of no number": (lambda c, d: send(c, OK + "Content-Length: ten\r\n", d[:-1]), "DownloadFailed"),
    "two lengths": (lambda c, d: send(c, OK + f"Content-Length: 10\r\nContent-Length: {len(d) - 1}\r\n", d[:-1]), WRONG),
    "huge length": (lambda c, d: send(c, OK + f"Content-Length: {2**62}\r\n", d), "TooLarge"),
    "length of no size": (lambda c, d: send(c, OK + f"Content-Length: {10**30}\r\n", d), "TooLarge"),
    "no http": (lambda c, d: c.sendall(b"SSH-2.0-OpenSSH_9.2\r\n" + b"x" * 100) or True, "DownloadFailed"),
    "http of old": (lambda c, d: c.sendall(b"<html>" + d) or True, "DownloadFailed"),
    "error page": (lambda c, d: reply(c, d, status="503 Unavailable"), "DownloadFailed"),
    "not modified": (lambda c, d: send(c, "HTTP/1.1 304 Not Modified\r\n"), "FeedIncomplete"),
    "empty": (lambda c, d: reply(c, b""), WRONG),
    "redirect to nothing": (lambda c, d: reply(c, d, status="302 Found"), "DownloadFailed"),
    "redirect to http": (lambda c, d: reply(c, b"", "Location: http://127.0.0.1:1/x", status="301 Moved"), "DownloadFailed"),
    "redirect to a file": (lambda c, d: reply(c, b"", "Location: file:///etc/hostname", status="302 Found"), "DownloadFailed"),
    "coded content": (lambda c, d: reply(c, gzip.compress(d), "Content-Encoding: gzip"), WRONG),
    "bomb as content": (lambda c, d: reply(c, BOMB, "Content-Encoding: gzip"), "TooLarge"),
    "coded transfer": (lambda c, d: send(c, CODED, chunked(gzip.compress(d))), None),
    "bomb as transfer": (lambda c, d: send(c, CODED, chunked(BOMB)), "TooLarge"),
    "chunk of no size": (lambda c, d: send(c, CHUNKED, chunked(d, "size")), "DownloadFailed"),
    "chunk below 0": (lambda c, d: send(c, CHUNKED, chunked(d, f"-{len(d):x}")), "DownloadFailed"),
    "huge chunk": (lambda c, d: send(c, CHUNKED, chunked(d[:-20], "f" * 15)), "DownloadFailed"),
    "chunk of more than 64 bits": (lambda c, d: send(c, CHUNKED, chunked(d, "1" + f"{len(d):016x}")), "DownloadFailed"),
    "chunks without an end": (lambda c, d: send(c, CHUNKED, chunked(d[:-1], end=b"")), "DownloadFailed"),
    "chunks and a length": (lambda c, d: send(c, CHUNKED + "Content-Length: 10\r\n", chunked(d)), None),
    "a length and no chunks": (lambda c, d: send(c, CHUNKED + f"Content-Length: {len(d)}\r\n", d), "DownloadFailed"),
    "header without an end": (lambda c, d: for_ever(c, OK + "X-Long: ", b"y" * 4096), "DownloadFailed"),
    "header flood": (lambda c, d: for_ever(c, OK, b"X-Header: yyyyyyyyyyyyyyy\r\n" * 100), "DownloadFailed"),
    "continue flood": (lambda c, d: for_ever(c, "", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), "DownloadFailed"),
    "trailer flood": (lambda c, d: for_ever(c, CHUNKED + "\r\n" + chunked(d, end=b"0\r\n").decode("latin-1"),
                                            b"X-Trailer: yyyyyyyyyyyyy\r\n" * 100), "DownloadFailed"),
    "a part that nobody asked for": (lambda c, d: reply(c, d[10:], f"Content-Range: bytes 10-{len(d) - 1}/{len(d)}",
                                                        status="206 Partial Content"), WRONG),
    "a part of nothing": (lambda c, d: reply(c, d[:-1] + b"!", status="206 Partial Content"), WRONG),
}


class Target:
    """A feed with news, of which the server answers for some kinds of files in its own way."""

    def __init__(self, world, publisher, key):
        self.module = publisher.add(Patch(key, version="2", modinfo={"filler": "x" * 20000}))["module"]
        publisher.publish()
        index = reference(json.dumps(publisher.index()).encode())
        self.files = {"timestamp": "/timestamp.json", "index": f"/{object_path(index)}", "module": f"/{object_path(self.module)}"}
        self.world, self.tree = world, publisher.tree
        self.answer: Callable | None = None
        self.kinds: list[str] = []  # that the answer is for
        self.server = Hostile(publisher.tree, self.handle)
        subscribe(world, publisher, self.server.url, ConnectSec="5", StallSec="5")

    def handle(self, path: str, connection: socket.socket) -> bool | None:
        if self.answer is None or path not in [self.files[kind] for kind in self.kinds]:
            return None
        return self.answer(connection, (self.tree / path[1:]).read_bytes())

    def refused(self, error: str) -> None:
        before, seen = self.world.patches(), trust(self.world)
        with pytest.raises(JobFailed, match=f"^org.kpatchd1.Error.{error}:"):
            refresh(self.world)
        assert {self.files[kind] for kind in self.kinds} <= set(self.server.asked)
        assert self.world.patches() == before == {"fix-cmdline=1": "stored"}
        assert trust(self.world)["feed"]["version"] >= seen["feed"]["version"]
        assert not (Path(self.world.folder, "var/modules") / f"{self.module['sha256']}.ko").exists()

    def believed(self) -> None:
        self.answer = None
        recovers(self.world)
        assert self.world.patches() == {"fix-cmdline=1": "stored", "fix-cmdline=2": "stored"}


@pytest.fixture
def target(victim, publisher, key):  # noqa: F811
    target = Target(victim, publisher, key)
    yield target
    target.server.close()


@pytest.mark.parametrize("way", WAYS)
def test_answer(target, way):
    target.answer, error = WAYS[way]
    if error is None:
        target.kinds = TARGETS
        recovers(target.world)
        assert {target.files[kind] for kind in TARGETS} <= set(target.server.asked)
    else:
        for kind in TARGETS:
            target.kinds = [kind]
            target.refused(error if isinstance(error, str) else error[kind])
    target.believed()


def rest(data: bytes) -> str:
    """As a server says it that goes on from byte 5000."""
    return f"Content-Range: bytes 5000-{len(data) - 1}/{len(data)}"


# What is sent where the module is to go on from byte 5000.
PARTS: dict[str, Callable] = {
    "no word of which part": lambda c, d: reply(c, d[5000:], status="206 Partial Content"),
    "another part": lambda c, d: reply(c, d[6000:], f"Content-Range: bytes 6000-{len(d) - 1}/{len(d)}",
                                       status="206 Partial Content"),
    "the same part again": lambda c, d: reply(c, d[:5000], f"Content-Range: bytes 0-4999/{len(d)}",
                                              status="206 Partial Content"),
    "other bytes": lambda c, d: reply(c, b"x" * len(d[5000:]), rest(d), status="206 Partial Content"),
    "more than there is": lambda c, d: reply(c, d[5000:] + d, rest(d), status="206 Partial Content"),
    "the rest as the whole": lambda c, d: reply(c, d[5000:]),
    "the whole": lambda c, d: reply(c, d),
    "no such part": lambda c, d: reply(c, b"", status="416 Range Not Satisfiable"),
}


@pytest.mark.parametrize("part", PARTS)
def test_part(target, part):
    """Of a module that has begun to come. A server that lies about the whole too gets nowhere; one that does not is believed."""
    def answer(connection, data):
        if b"range: bytes=5000-" in target.server.heads[-1].lower():
            return PARTS[part](connection, data)
        return reply(connection, b"y" * len(data) if lies else data[:5000], length=len(data))

    target.answer, target.kinds, lies = answer, ["module"], False
    target.refused("DownloadFailed")  # cut off at byte 5000
    lies = True
    target.refused("TooLarge" if part == "more than there is" else "DownloadMismatch")
    target.believed()


def test_cut_off_again_and_again(target):
    """Each time a little more comes: no byte of it is asked for again, and none is stored before the last."""
    asked = []

    def answer(connection, data):
        head = target.server.heads[-1].lower().decode()
        begin = int(head.split("range: bytes=")[1].split("-")[0]) if "range:" in head else 0
        asked.append(begin)
        how = {"status": "206 Partial Content"} if begin else {}
        headers = [f"Content-Range: bytes {begin}-{len(data) - 1}/{len(data)}"] if begin else []
        return reply(connection, data[begin:begin + 1000], *headers, length=len(data) - begin, **how)

    target.answer, target.kinds = answer, ["module"]
    for _ in range(4):
        target.refused("DownloadFailed")
    assert asked == [0, 1000, 2000, 3000]
    target.believed()


@pytest.fixture
def trickle(target, publisher):
    """A server that sends just enough to be no straggler, of a module that would take minutes."""
    def answer(connection, data):
        send(connection, OK + f"Content-Length: {len(data)}\r\n")
        for i in range(0, len(data), 20):
            connection.sendall(data[i:i + 20])
            time.sleep(0.1)
        return True

    target.answer, target.kinds = answer, ["module"]
    subscribe(target.world, publisher, target.server.url, MinRate="20", RefreshSec="8")
    return target


def test_refresh_that_takes_too_long(trickle):
    """It ends, however steadily something comes, and what has come is not lost."""
    trickle.refused("DownloadSlow")
    partial = Path(trickle.world.folder, "var/feeds/shop/partial", trickle.module["sha256"])
    assert 0 < partial.stat().st_size < trickle.module["size"]
    trickle.believed()


def test_next_address_goes_on(trickle, nginx, publisher):
    subscribe(trickle.world, publisher, [trickle.server.url, nginx.url], MinRate="20", RefreshSec="8")
    recovers(trickle.world)
    assert f"GET {trickle.files['module']} 206" in nginx.requests()
    trickle.believed()


@pytest.mark.parametrize("kind", TARGETS)
def test_two_hosts_that_send_each_other_on(target, publisher, tmp_path, kind):
    sent_on = target.files[kind]
    certificate = make_certificate(tmp_path)
    hosts = [Hostile(publisher.tree, certificate=certificate) for _ in range(2)]
    try:
        for one, other in (hosts, hosts[::-1]):
            one.handler = lambda path, c, other=other: (reply(c, b"", f"Location: {other.url}{path}", status="302 Found")
                                                        if path == sent_on else None)
        subscribe(target.world, publisher, hosts[0].url, CaFile=str(certificate))
        target.refused("DownloadFailed")
        assert [host.asked.count(sent_on) for host in hosts] == [3, 3]
    finally:
        for host in hosts:
            host.close()
    subscribe(target.world, publisher, target.server.url)
    target.believed()
