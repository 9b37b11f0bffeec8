# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each attack that The Update Framework names, on a host that has refreshed once: by somebody who holds the server
(nginx, with what the attacker put there), and sometimes keys. Each leaves the host as it was."""

import contextlib
import json
import shutil
import socket
import struct
import threading
import time
from pathlib import Path

import pytest
from feedkit import DAY, FEED, TIMESTAMP, date, object_path, reference, refresh, subscribe
from patchkit import Key, Patch, seal
from webkit import Hostile, Nginx, make_certificate, reply
from world import JobFailed


@pytest.fixture
def victim(host, publisher, key):
    """Has patch 1 from feed 2."""
    publisher.publish()
    refresh(host)
    publisher.add(Patch(key))
    publisher.publish()
    refresh(host)
    return host


def trust(world) -> dict:
    return json.loads(Path(world.folder, "var/feeds/shop/trust.json").read_text())


def refused(world, error: str) -> None:
    """The refresh fails with that error, and nothing came of it."""
    patches, before = world.patches(), trust(world)
    with pytest.raises(JobFailed, match=error):
        refresh(world)
    after = trust(world)
    assert world.patches() == patches
    for role in ("timestamp", "feed"):
        assert after[role]["version"] >= before[role]["version"]
    assert world.property("Error", "/org/kpatchd1/feed/shop", "org.kpatchd1.Feed")[0].endswith(error)


def recovers(world) -> None:
    refresh(world)
    assert world.property("Error", "/org/kpatchd1/feed/shop", "org.kpatchd1.Feed") == ("", "")


def put_back(publisher, tree: Path, *names: str) -> None:
    """What an attacker who has a copy of an older tree can do to the server."""
    for name in names:
        publisher.put(name, (tree / name).read_bytes())


def test_arbitrary_install(victim, publisher, key):
    """All signed by the attacker's own keys."""
    own = {role: Key() for role in publisher.keys}
    publisher.keys |= own
    publisher.add(Patch(key, version="6"))
    publisher.publish()
    refused(victim, "KeyUnknown")


def test_arbitrary_install_of_a_module(victim, publisher, key):
    """The attacker changes the module's bytes in place."""
    entry = publisher.add(Patch(key, version="2"))
    publisher.publish()
    path = publisher.tree / object_path(entry["module"])
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    refused(victim, "DownloadMismatch")
    path.write_bytes(data)
    recovers(victim)
    assert victim.patches() == {"fix-cmdline=1": "stored", "fix-cmdline=2": "stored"}


def test_endless_data(victim, publisher):
    """Each kind of file goes on for ever: no more is read than was signed, or than may be."""
    def endless(path, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            connection.sendall(b" " * 65536)

    server = Hostile(publisher.tree, endless)
    subscribe(victim, publisher, server.url)
    refused(victim, "TooLarge")
    server.handler = lambda path, connection: None if path == "/timestamp.json" else endless(path, connection)
    publisher.publish()
    refused(victim, "TooLarge")
    server.handler = None
    recovers(victim)
    server.close()


def test_extraneous_dependencies(victim, publisher, key):
    """The feed's key lets a patch depend on another one than those who approved it said."""
    publisher.add(Patch(key, version="2"), depends=["trojan"])
    publisher.publish()
    refused(victim, "MetadataInvalid")
    assert "fix-cmdline=2" not in victim.patches()


def test_fast_forward_and_recovery(victim, publisher, key):
    """With both online keys somebody signs the highest version there is; new keys have it forgotten."""
    stolen = dict(publisher.keys)
    version, publisher.version, publisher.timestamp_version = publisher.version, 2**53 - 2, 2**53 - 2
    publisher.publish()
    refresh(victim)
    publisher.version = publisher.timestamp_version = version
    publisher.publish()
    refused(victim, "FeedRollback")
    publisher.rotate(feed=Key(), timestamp=Key())
    publisher.add(Patch(key, version="2"))
    publisher.publish()
    refresh(victim)
    assert trust(victim)["feed"]["version"] == version + 2 and "fix-cmdline=2" in victim.patches()
    publisher.keys |= {role: stolen[role] for role in ("feed", "timestamp")}
    publisher.publish()
    refused(victim, "KeyUnknown")


def test_indefinite_freeze(victim, publisher):
    """The same old files for ever: after the timestamp's days nothing is installed, and it is said."""
    publisher.expires_in = 1.5
    publisher.publish_timestamp()
    refresh(victim)
    time.sleep(max(0.0, trust_expiry(victim) - time.time() + 1))
    refused(victim, "FeedExpired")
    assert victim.property("FeedStale", "/org/kpatchd1/feed/shop", "org.kpatchd1.Feed")
    with pytest.raises(JobFailed, match="FeedExpired"):  # it may have been withdrawn meanwhile
        victim.apply("fix-cmdline")
    assert "has expired: nothing new is installed" in victim.stop()
    victim.start()
    publisher.expires_in = DAY
    publisher.publish_timestamp()
    recovers(victim)
    victim.apply("fix-cmdline")
    assert not victim.property("FeedStale", "/org/kpatchd1/feed/shop", "org.kpatchd1.Feed")


def trust_expiry(world) -> float:
    return float(world.property("Expires", "/org/kpatchd1/feed/shop", "org.kpatchd1.Feed"))


def test_malicious_mirror(victim, nginx, publisher, key, tmp_path):
    """The first of two addresses lies in one way or another: the second one gives what there is."""
    mirror = publisher.copy("mirror")
    evil = Nginx(tmp_path / "evil", mirror)
    try:
        subscribe(victim, publisher, [evil.url, nginx.url])
        publisher.add(Patch(key, version="2"))
        publisher.publish()
        (mirror / "timestamp.json").write_bytes(b"{}")
        refresh(victim)
        assert "fix-cmdline=2" in victim.patches()
        publisher.add(Patch(key, version="3"))
        publisher.publish()
        shutil.copy(publisher.tree / "timestamp.json", mirror)  # and nothing that it names
        refresh(victim)
        assert "fix-cmdline=3" in victim.patches()
    finally:
        evil.close()


def test_mix_and_match(victim, publisher, key):
    """Files of different times together: a timestamp with the feed, or a feed with the index, of before."""
    old = publisher.feed
    publisher.add(Patch(key, version="2"))
    publisher.publish()
    feed = object_path(reference(publisher.feed))
    new = (publisher.tree / feed).read_bytes()
    publisher.put(feed, old)
    refused(victim, "DownloadMismatch")
    # Signed by the timestamp's key alone: the old feed under the new version.
    publisher.put(feed, new)
    publisher.publish_timestamp(feed=reference(old) | {"version": 3})
    refused(victim, "MetadataInvalid")


def test_rollback(victim, publisher, key):
    """The whole tree of before; the timestamp of before; a new timestamp that names the feed of before."""
    before, old_feed = publisher.copy("before"), publisher.feed
    publisher.add(Patch(key, version="2"))
    publisher.publish()
    refresh(victim)
    newest = publisher.copy("newest")
    put_back(publisher, before, "timestamp.json")
    refused(victim, "FeedRollback")
    publisher.publish_timestamp(feed=reference(old_feed) | {"version": publisher.version - 1})
    refused(victim, "FeedRollback")
    put_back(publisher, newest, "timestamp.json")
    refresh(victim)


def test_same_version_with_other_content(victim, publisher):
    publisher.timestamp_version -= 1
    publisher.publish_timestamp(issued=date(time.time() - 1))
    refused(victim, "FeedRollback")


def test_slow_retrieval(victim, publisher):
    """A byte now and then, of headers or of the file."""
    def headers(path, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        return drip(connection)

    def body(path, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        return drip(connection)

    def drip(connection):
        while True:
            connection.sendall(b"x")
            time.sleep(0.2)

    publisher.publish()
    server = Hostile(publisher.tree)
    subscribe(victim, publisher, server.url, StallSec="1", ConnectSec="1", MinRate="10000")
    for handler in (headers, body):
        server.handler = handler
        began = time.monotonic()
        refused(victim, "DownloadSlow")
        assert time.monotonic() - began < 15
    server.close()


def test_key_compromise_below_threshold(host, nginx, publisher, key):
    """Two of three keys have to sign a feed; one was stolen."""
    keys = [Key() for _ in range(3)]
    everyone = {k.id: {"type": "ed25519", "public": k.raw.hex()} for k in (*keys, *publisher.keys.values())}
    roles = {role: {"keys": [k.id], "threshold": 1} for role, k in publisher.keys.items()}
    roles["feed"] = {"keys": [k.id for k in keys], "threshold": 2}
    root = seal(json.dumps({"type": "root", "version": 1, "expires": date(time.time() + DAY), "keys": everyone,
                            "roles": roles}).encode(), "application/vnd.kpatchd.root+json", publisher.keys["root"])
    Path(host.folder, "etc/feeds.d/shop.root.json").write_bytes(root)
    publisher.add(Patch(key))
    index = publisher.put_object(json.dumps(publisher.index()).encode())

    def publish(version: int, *signers: Key) -> None:
        payload = {"type": "feed", "version": version, "issued": date(time.time() - 60),
                   "expires": date(time.time() + DAY), "kernels": {publisher.build_id: index}}
        publisher.feed, publisher.version = seal(json.dumps(payload).encode(), FEED, *signers), version
        publisher.put_object(publisher.feed)
        publisher.publish_timestamp()

    publish(1, keys[0])
    with pytest.raises(JobFailed, match="SignatureInvalid"):
        refresh(host)
    publish(2, keys[0], keys[0])  # one key twice is one key
    with pytest.raises(JobFailed, match="SignatureInvalid"):
        refresh(host)
    assert host.patches() == {}
    publish(3, keys[0], keys[2])
    refresh(host)
    assert host.patches() == {"fix-cmdline=1": "stored"}


def test_wrong_software(victim, publisher, key):
    """Approved, but for another kernel: its own entry, its index under our build-id, and a manifest that says so."""
    publisher.add(Patch(key, version="2", kernel="ab" * 20))
    publisher.publish()
    refused(victim, "MetadataInvalid")
    index = publisher.put_object(json.dumps(publisher.index() | {"build_id": "ab" * 20}).encode())
    publisher.publish(**{publisher.build_id: index})
    refused(victim, "MetadataInvalid")
    assert "fix-cmdline=2" not in victim.patches()


def test_another_feeds_patch(victim, publisher, key):
    """A feed offers under the name of a patch that somebody else signed: what is stored stays."""
    Path(victim.folder, "etc/feeds.d/test.root.json").unlink(missing_ok=True)
    del publisher.patches["fix-cmdline=1"]
    publisher.add(Patch(key, title="Something else under the same name"))
    publisher.publish()
    refused(victim, "VersionConflict")


def test_clock_years_ahead_and_back(victim, publisher):
    """What was issued by a later clock is not believed to be expired by an earlier one, nor the other way round."""
    publisher.publish_timestamp(issued=date(time.time() + 400 * DAY), expires=date(time.time() + 500 * DAY))
    with pytest.raises(JobFailed, match="Expired"):  # by then feed and root have: nothing that is new is installed
        refresh(victim)
    publisher.publish_timestamp()
    with pytest.raises(JobFailed, match="Expired"):  # and a time that was signed is not forgotten
        refresh(victim)
    assert victim.property("FeedStale", "/org/kpatchd1/feed/shop", "org.kpatchd1.Feed")
    publisher.rotate(timestamp=Key())  # but with the key of whoever signed it
    publisher.publish_timestamp()
    recovers(victim)
    assert not victim.property("FeedStale", "/org/kpatchd1/feed/shop", "org.kpatchd1.Feed")


def test_redirects(victim, publisher, tmp_path):
    """From https and from http to https, within limits; and from https to nothing less."""
    certificate = make_certificate(tmp_path)
    target = Nginx(tmp_path / "target", publisher.tree, certificate)
    plain, secure = Hostile(publisher.tree), Hostile(publisher.tree, certificate=certificate)
    try:
        for server in (plain, secure):
            subscribe(victim, publisher, server.url, CaFile=str(certificate))
            server.handler = lambda path, c: reply(c, b"", f"Location: {target.url}{path}", status="302 Found")
            publisher.publish()
            refresh(victim)
            assert len(target.requests()) == 2  # timestamp and feed
        secure.asked.clear()
        secure.handler = lambda path, c: reply(c, b"", f"Location: {plain.url}{path}", status="302 Found")
        plain.handler = None
        refused(victim, "DownloadFailed")
        secure.handler = lambda path, c: reply(c, b"", f"Location: {secure.url}{path}", status="302 Found")
        refused(victim, "DownloadFailed")
        assert len(secure.asked) == 1 + 6
    finally:
        for server in (target, plain, secure):
            server.close()


def test_downloader_that_lies(victim, publisher):
    """Whoever has taken over the downloader can do no more than a server can."""
    end = struct.pack("I", 0) + b"\0" * (128 + 512)
    whole = TIMESTAMP.encode()
    lies = [struct.pack("II", 2, 5) + b"early",  # data before it has begun
            struct.pack("IIQ", 1, 8, 7),  # an offset that was not asked for
            struct.pack("IIQ", 1, 8, 0) + struct.pack("II", 2, 2**31),  # more than a frame has
            struct.pack("IIQ", 1, 8, 0) + struct.pack("II", 2, 16384) + b"x" * 16384 + struct.pack("II", 2, 1) + b"x",
            struct.pack("II", 3, len(end)) + end,  # done without a word
            struct.pack("II", 3, 4) + b"done",
            struct.pack("II", 3, len(end)) + b"\xff" * len(end),
            struct.pack("II", 9, 0),
            struct.pack("IIQ", 1, 8, 0) + struct.pack("II", 2, len(whole)) + whole + struct.pack("II", 3, len(end)) + end]
    path = Path(victim.folder, "fetch")
    path.rename(path.with_name("real"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        listener.settimeout(60)

        def lie() -> None:
            for text in lies:
                connection, _ = listener.accept()
                connection.settimeout(60)
                with connection, contextlib.suppress(OSError):
                    connection.recv(65536)
                    connection.sendall(text)
                    while connection.recv(65536):
                        pass

        thread = threading.Thread(target=lie, daemon=True)
        thread.start()
        for _ in lies:
            with pytest.raises(JobFailed, match="DownloaderUnavailable|EnvelopeInvalid"):
                refresh(victim)
        thread.join(timeout=20)
        path.unlink()
    path.with_name("real").rename(path)
    recovers(victim)
