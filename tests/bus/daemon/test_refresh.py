# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Refresh: from a publisher's files, through a real server, to patches in the store."""

import json
import re
import signal
import threading
import time
from pathlib import Path

import dbus
import pytest
from feedkit import DAY, date, object_path, reference, refresh, subscribe
from patchkit import Key, Patch
from webkit import Hostile, Nginx, make_certificate
from world import OPTIONS, JobFailed

FEED = "org.kpatchd1.Feed"
POINTS = ["timestamp", "root", "trusted", "feed", "index", "manifest", "module", "stored", "status", "end"]


def feed_property(world, name: str, feed: str = "shop"):
    return world.property(name, f"/org/kpatchd1/feed/{feed}", FEED)


def trust(world) -> dict:
    return json.loads(Path(world.folder, "var/feeds/shop/trust.json").read_text())


def test_new_patch_is_stored(host, publisher, key):
    publisher.add(Patch(key))
    publisher.publish()
    assert refresh(host) == "The feeds were refreshed."
    assert host.patches() == {"fix-cmdline=1": "stored"}
    host.apply("fix-cmdline")
    assert refresh(host, "shop") == "Feed shop was refreshed."


def test_poll_that_finds_nothing_new_is_one_request(host, nginx, publisher, key):
    publisher.add(Patch(key))
    publisher.publish()
    refresh(host)
    assert len(nginx.requests()) == 5  # timestamp, feed, index, manifest, module
    refresh(host)
    assert nginx.requests() == ["GET /timestamp.json 304"]
    # Neither is a new timestamp of the same feed.
    publisher.publish_timestamp()
    refresh(host)
    assert nginx.requests() == ["GET /timestamp.json 200"]
    assert [e[1] for e in host.manager.GetHistory(dbus.UInt32(0), OPTIONS)] == ["refresh"]


def test_poll_that_finds_nothing_new_is_small(host, nginx, publisher, key):
    """Less than 1 KiB each way, also where only the timestamp is new."""
    publisher.add(Patch(key))
    publisher.publish()
    refresh(host)
    for prepare in (lambda: None, publisher.publish_timestamp):
        prepare()
        nginx.traffic()
        refresh(host)
        n, asked, answered = nginx.traffic()
        assert n == 1 and 0 < asked < 1024 and 0 < answered < 1024


def test_only_this_kernel_is_asked_for(host, nginx, publisher, key):
    other = publisher.put_object(json.dumps(publisher.index() | {"build_id": "ab" * 20}).encode())
    publisher.add(Patch(key))
    publisher.publish(**{"ab" * 20: other})
    refresh(host)
    assert not [r for r in nginx.requests() if other["sha256"] in r]


def test_feed_without_this_kernel(host, publisher, key):
    publisher.build_id = "ab" * 20
    publisher.add(Patch(key))
    publisher.publish()
    refresh(host)
    assert host.patches() == {} and feed_property(host, "Versions") == (1, 1, 1)


def test_compressed_module(host, nginx, publisher, key):
    publisher.compress = True
    entry = publisher.add(Patch(key))
    publisher.publish()
    refresh(host)
    assert host.patches() == {"fix-cmdline=1": "stored"}
    assert f"GET /{object_path(entry['zstd'])} 200" in nginx.requests()


def test_what_is_shown(host, publisher, key):
    assert feed_property(host, "LastAttempt") == feed_property(host, "Expires") == 0
    publisher.add(Patch(key))
    publisher.add(Patch(key, version="2"), channel="testing")
    publisher.add(Patch(key, id="old", name="kpatch_old"), withdrawn={"action": "keep", "reason": "It was not needed."})
    publisher.add(Patch(key, id="soon", name="kpatch_soon"), not_before=date(time.time() + DAY))
    publisher.add(Patch(key, id="slow", name="kpatch_slow"), percent=0)
    publisher.publish()
    host.signals.clear()
    before = time.time()
    refresh(host)
    assert host.patches() == {"fix-cmdline=1": "stored"}
    shown = {str(ref): (str(offer), str(why)) for ref, offer, _, why in feed_property(host, "Patches")}
    assert shown == {"fix-cmdline=1": ("offered", ""), "fix-cmdline=2": ("other-channel", ""), "soon=1": ("too-early", ""),
                     "old=1": ("withdrawn", "It was not needed."), "slow=1": ("later", "")}
    assert feed_property(host, "Error") == ("", "") and not feed_property(host, "FeedStale")
    assert feed_property(host, "LastAttempt") >= feed_property(host, "LastSuccess") >= int(before)
    assert abs(feed_property(host, "Expires") - time.time() - 7 * DAY) < 60
    assert feed_property(host, "Policy") == "download" and feed_property(host, "Channel") == "stable"
    assert [s for s in host.signals if s[0].endswith("/feed/shop") and s[1] == "PropertiesChanged"]


def test_channel_of_the_host(host, nginx, publisher, key):
    subscribe(host, publisher, nginx.url, Channel="testing")
    publisher.add(Patch(key, version="2"), channel="testing")
    publisher.publish()
    refresh(host)
    assert host.patches() == {"fix-cmdline=2": "stored"}


def test_notify_stores_nothing(host, nginx, publisher, key):
    subscribe(host, publisher, nginx.url, Policy="notify")
    publisher.add(Patch(key))
    publisher.publish()
    refresh(host)
    assert host.patches() == {} and [p[1] for p in feed_property(host, "Patches")] == ["offered"]


def test_download_stores_whatever_the_policy(host, nginx, publisher, key):
    subscribe(host, publisher, nginx.url, Policy="notify")
    publisher.add(Patch(key))
    publisher.publish()
    refresh(host)
    assert host.patches() == {}
    host.wait(host.start_change("Refresh", "", download=False))
    assert host.patches() == {}
    host.wait(host.start_change("Refresh", "", download=True))
    assert host.patches() == {"fix-cmdline=1": "stored"}, "nothing is new, and still it is fetched"
    refresh(host)
    host.apply("fix-cmdline")


def test_off_is_refreshed_by_name_only(host, nginx, publisher, key):
    subscribe(host, publisher, nginx.url, Policy="off")
    publisher.add(Patch(key))
    publisher.publish()
    refresh(host)
    assert nginx.requests() == []
    refresh(host, "shop")
    assert len(nginx.requests()) == 3


def test_next_address_is_tried(host, nginx, publisher, key):
    subscribe(host, publisher, ["http://127.0.0.1:1/nobody", nginx.url])
    publisher.add(Patch(key))
    publisher.publish()
    refresh(host)
    assert host.patches() == {"fix-cmdline=1": "stored"}


def test_offline_tree(host, publisher, key):
    subscribe(host, publisher, f"file://{publisher.tree}")
    publisher.add(Patch(key))
    publisher.publish()
    refresh(host)
    assert host.patches() == {"fix-cmdline=1": "stored"}


def test_https(host, publisher, key, tmp_path):
    certificate = make_certificate(tmp_path)
    nginx = Nginx(tmp_path / "tls", publisher.tree, certificate)
    try:
        publisher.add(Patch(key))
        publisher.publish()
        subscribe(host, publisher, nginx.url)
        with pytest.raises(JobFailed, match="DownloadFailed.*certificate"):
            refresh(host)
        subscribe(host, publisher, nginx.url, CaFile=str(certificate))
        refresh(host)
    finally:
        nginx.close()
    assert host.patches() == {"fix-cmdline=1": "stored"}


def test_one_feed_that_fails_leaves_the_others(host, nginx, publisher, key):
    subscribe(host, publisher, "http://127.0.0.1:1", name="broken")
    publisher.add(Patch(key))
    publisher.publish()
    with pytest.raises(JobFailed, match="DownloadFailed.*Feed broken: "):
        refresh(host)
    assert host.patches() == {"fix-cmdline=1": "stored"}
    assert feed_property(host, "Error", "broken")[0] == "org.kpatchd1.Error.DownloadFailed"
    assert feed_property(host, "Error") == ("", "")


@pytest.mark.parametrize("lacks", ["feed", "index"])
def test_refresh_that_was_cut_off_is_done_again(host, nginx, publisher, key, lacks):
    """With the very timestamp that it began with: the server need not send that again, and the host still has to follow it."""
    publisher.publish()
    refresh(host)
    publisher.add(Patch(key))
    publisher.publish()
    ref = reference(publisher.feed if lacks == "feed" else json.dumps(publisher.index()).encode())
    path = publisher.tree / object_path(ref)
    data = path.read_bytes()
    path.unlink()
    for _ in range(2):
        with pytest.raises(JobFailed, match="FeedIncomplete"):
            refresh(host)
    path.write_bytes(data)
    refresh(host)
    assert host.patches() == {"fix-cmdline=1": "stored"}
    nginx.requests()
    refresh(host)
    assert nginx.requests() == ["GET /timestamp.json 304"]


def test_interrupted_download_goes_on(host, publisher, key):
    """The server closes in the middle of the module; then a real one is asked for the rest only."""
    patch = Patch(key, modinfo={"filler": "x" * 200000})
    module = publisher.add(patch)["module"]
    publisher.publish()

    def cut(path, connection):
        if path != f"/{object_path(module)}":
            return None
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {module['size']}\r\n\r\n".encode())
        connection.sendall((publisher.tree / object_path(module)).read_bytes()[:100000])
        return True

    server = Hostile(publisher.tree, cut)
    subscribe(host, publisher, server.url)
    with pytest.raises(JobFailed, match="DownloadFailed"):
        refresh(host)
    server.close()
    partial = Path(host.folder, "var/feeds/shop/partial", module["sha256"])
    assert partial.stat().st_size == 100000
    nginx = Nginx(host.folder / "second", publisher.tree)
    try:
        subscribe(host, publisher, nginx.url)
        refresh(host)
        assert f"GET /{object_path(module)} 206" in nginx.requests()
    finally:
        nginx.close()
    assert host.patches() == {"fix-cmdline=1": "stored"} and not partial.exists()


def test_progress_in_bytes(host, publisher, key):
    """While a module comes, piece by piece, it is told how much of it is there."""
    module = publisher.add(Patch(key, modinfo={"filler": "x" * 900000}))["module"]
    publisher.publish()
    go_on = threading.Semaphore(0)

    def slowly(path, connection):
        if path != f"/{object_path(module)}":
            return None
        data = (publisher.tree / object_path(module)).read_bytes()
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n\r\n".encode())
        for i in range(0, len(data), 300000):
            connection.sendall(data[i:i + 300000])
            go_on.acquire(timeout=60)
        return True

    def told() -> list[int]:
        texts = [str(s[2][1]["Progress"][2]) for s in host.signals
                 if s[1] == "PropertiesChanged" and "/job/" in s[0] and "Progress" in s[2][1]]
        found = [re.fullmatch(rf"Downloading fix-cmdline=1: (\d+) of {module['size']} bytes", text) for text in texts]
        return [int(match[1]) for match in found if match]

    server = Hostile(publisher.tree, slowly)
    subscribe(host, publisher, server.url)
    host.signals.clear()
    job = host.start_change("Refresh", "")
    for piece in (1, 2, 3):
        host.pump(lambda piece=piece: told() and told()[-1] > 300000 * (piece - 1))
        assert told()[-1] <= 300000 * piece
        go_on.release()
    go_on.release()
    host.wait(job)
    server.close()
    assert told() == sorted(told())


def test_downloader_that_is_killed(host, nginx, publisher, key):
    """In the middle of the module; the next one goes on where it was."""
    module = publisher.add(Patch(key, modinfo={"filler": "x" * 200000}))["module"]
    publisher.publish()

    def stall(path, connection):
        if path != f"/{object_path(module)}":
            return None
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {module['size']}\r\n\r\n".encode())
        connection.sendall((publisher.tree / object_path(module)).read_bytes()[:100000])
        return connection.recv(1) or True

    server = Hostile(publisher.tree, stall)
    subscribe(host, publisher, server.url)
    partial = Path(host.folder, "var/feeds/shop/partial", module["sha256"])
    job = host.start_change("Refresh", "")
    host.pump(lambda: partial.exists() and partial.stat().st_size == 100000)
    killed = host.downloader.started.pop()
    killed.kill()
    with pytest.raises(JobFailed, match="DownloaderUnavailable"):
        host.wait(job)
    killed.communicate(timeout=30)
    server.close()
    assert host.patches() == {} and partial.stat().st_size == 100000
    subscribe(host, publisher, nginx.url)
    refresh(host)
    assert f"GET /{object_path(module)} 206" in nginx.requests()
    assert host.patches() == {"fix-cmdline=1": "stored"} and not partial.exists()


def test_partial_of_something_else_is_begun_anew(host, nginx, publisher, key):
    module = publisher.add(Patch(key))["module"]
    publisher.publish()
    partial = Path(host.folder, "var/feeds/shop/partial", module["sha256"])
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"x" * 100)
    refresh(host)
    asked = [r for r in nginx.requests() if object_path(module) in r]
    assert asked == [f"GET /{object_path(module)} {status}" for status in (206, 200)]
    assert host.patches() == {"fix-cmdline=1": "stored"}


def test_new_root_with_other_keys(host, publisher, key):
    """A patch signed by a key that the installed root does not know yet."""
    publisher.add(Patch(key))
    publisher.publish()
    refresh(host)
    for _ in range(3):  # while the host slept
        publisher.rotate(root=Key(), feed=Key(), timestamp=Key(), patch=Key())
    publisher.add(Patch(key, version="2"))
    publisher.publish()
    refresh(host)
    assert feed_property(host, "Versions") == (2, 2, 4)
    # The old patch's key is none any more.
    assert host.patches() == {"fix-cmdline=2": "stored"}
    host.apply("fix-cmdline")
    host.stop()
    host.start()
    assert host.patches() == {"fix-cmdline=2": "applied"}


def test_refresh_needs_polkit(host):
    host.allow("org.kpatchd1.apply")
    with pytest.raises(dbus.DBusException, match="NotAuthorized"):
        refresh(host)


def test_no_such_feed(host):
    with pytest.raises(JobFailed, match="NoSuchFeed"):
        refresh(host, "other")


def test_feed_without_a_root(host, publisher):
    subscribe(host, publisher, "http://127.0.0.1:1", name="alone")
    Path(host.folder, "etc/feeds.d/alone.root.json").unlink()
    with pytest.raises(JobFailed, match="NoTrustRoot.*alone.root.json"):
        refresh(host, "alone")


def test_wrong_settings_are_said(host, publisher):
    Path(host.folder, "etc/feeds.d/shop.conf").write_text("[Feed]\nURL=ftp://x\nPolicy=always\nChanel=a\n[Food]\nx=1\n")
    with pytest.raises(JobFailed, match="NoSuchFeed"):
        refresh(host, "shop")
    log = host.stop()
    for word in ("'ftp://x' is no value for URL", "off, notify, download or apply", "did you mean 'Channel'?", "[Food]"):
        assert word in log, log


def test_without_a_downloader(world, publisher):
    subscribe(world, publisher, "http://127.0.0.1:1")
    with pytest.raises(JobFailed, match="DownloaderUnavailable.*kpatchd-fetch.socket"):
        refresh(world)


def test_cancel(host, publisher, key):
    publisher.publish()
    server = Hostile(publisher.tree, lambda path, connection: connection.recv(1) or True)
    subscribe(host, publisher, server.url)
    job = host.start_change("Refresh", "")
    host.pump(lambda: server.asked)
    # It is in nobody's way.
    host.do_import(Patch(key))
    host.bus.get_object("org.kpatchd1", job, introspect=False).Cancel(
        OPTIONS, dbus_interface="org.kpatchd1.Job", signature="a{sv}")
    with pytest.raises(JobFailed, match="Canceled"):
        host.wait(job)
    server.close()


@pytest.mark.parametrize("point", POINTS)
def test_killed(host, publisher, key, point):
    """kill -9 at each step: what was seen never goes back, and the next refresh works."""
    publisher.add(Patch(key))
    publisher.publish()
    refresh(host)
    before = trust(host)
    publisher.rotate(root=Key())
    publisher.add(Patch(key, version="2"))
    publisher.publish()
    host.stop()
    host.start(KPATCHD_FAULT=f"refresh.{point}")
    try:
        host.start_change("Refresh", "")
    except dbus.DBusException:
        pass  # it died before it could answer
    assert host.daemon.wait(timeout=30) == -signal.SIGKILL, f"the daemon survived {point}"
    host.daemon.stderr.close()
    host.daemon = None
    host.pump(lambda: not host.bus.name_has_owner("org.kpatchd1"))
    after = trust(host)
    assert after["timestamp"]["version"] >= before["timestamp"]["version"]
    assert after["feed"]["version"] >= before["feed"]["version"]
    host.start()
    refresh(host)
    assert host.patches() == {"fix-cmdline=1": "stored", "fix-cmdline=2": "stored"}
    assert feed_property(host, "Versions") == (2, 2, 2)
    assert list(Path(host.folder, "var/feeds/shop/partial").iterdir()) == []


def test_disk_that_takes_nothing(host, publisher, key):
    """Where the trust cannot be written down nothing is stored."""
    publisher.add(Patch(key))
    publisher.publish()
    Path(host.folder, "var/feeds").mkdir(parents=True)
    Path(host.folder, "var/feeds/shop").symlink_to("nowhere")
    with pytest.raises(JobFailed):
        refresh(host)
    assert host.patches() == {}
    Path(host.folder, "var/feeds/shop").unlink()
    refresh(host)
    assert host.patches() == {"fix-cmdline=1": "stored"}
