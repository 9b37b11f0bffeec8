# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""A feed that keeps failing is left alone by the timer for a while, and by nobody else."""

import json
import time
from pathlib import Path

import pytest
from feedkit import date, object_path, refresh, subscribe
from patchkit import Patch
from test_refresh import feed_property
from webkit import Hostile, Nginx
from world import OPTIONS, JobFailed

HOUR = 3600


def scheduled(world) -> str:
    return world.wait(world.start_change("Refresh", "", scheduled=True))


def shown(world) -> tuple[int, int]:
    """Failures, and how long the timer waits."""
    wait = feed_property(world, "RetryAt")
    return int(feed_property(world, "Failures")), wait and wait - int(time.time())


def edit(world, **fields) -> None:
    path = Path(world.folder, "var/feeds/shop/status.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


@pytest.fixture
def failing(host, publisher):
    publisher.publish()
    subscribe(host, publisher, "http://127.0.0.1:1")
    with pytest.raises(JobFailed, match="DownloadFailed"):
        scheduled(host)
    return host


def test_wait_doubles_up_to_its_bound(failing):
    for failures, hours in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 8), (6, 8)]:
        found, wait = shown(failing)
        assert found == failures and hours * HOUR * 0.5 - 30 <= wait < hours * HOUR * 0.94
        attempt = feed_property(failing, "LastAttempt")
        assert scheduled(failing) == "The feeds were refreshed."  # as nobody was asked
        assert feed_property(failing, "LastAttempt") == attempt and shown(failing)[0] == failures
        edit(failing, retry_at=date(time.time() - 1))
        with pytest.raises(JobFailed, match="DownloadFailed"):
            scheduled(failing)


def test_success_and_a_person_end_it(failing, nginx, publisher):
    subscribe(failing, publisher, nginx.url)
    scheduled(failing)
    assert nginx.requests() == [] and shown(failing)[0] == 1
    failing.stop()
    failing.start()  # it outlives the daemon
    scheduled(failing)
    assert nginx.requests() == []
    refresh(failing)
    assert nginx.requests() != [] and shown(failing) == (0, 0)
    subscribe(failing, publisher, "http://127.0.0.1:1")
    edit(failing, failures=5)
    with pytest.raises(JobFailed):
        refresh(failing)
    assert shown(failing)[0] == 1, "a person's refresh begins to count anew"
    subscribe(failing, publisher, nginx.url)
    edit(failing, retry_at=date(time.time() - 1))
    scheduled(failing)
    assert nginx.requests() != [] and shown(failing) == (0, 0)


def test_hosts_have_their_own_times(failing):
    """The same host always has the same part of the span, and another host another."""
    waits = []
    for machine in ("01" * 16, "01" * 16, "02" * 16, "03" * 16):
        Path(failing.folder, "machine-id").write_text(machine + "\n")
        edit(failing, retry_at=date(time.time() - 1), failures=3)
        with pytest.raises(JobFailed):
            scheduled(failing)
        waits.append(shown(failing)[1])
    assert abs(waits[0] - waits[1]) <= 5
    assert max(abs(waits[0] - wait) for wait in waits[2:]) > 60


def test_clock_that_was_set_back(failing, nginx, publisher):
    """No wait is longer than eight hours, whatever is written there."""
    subscribe(failing, publisher, nginx.url)
    edit(failing, retry_at=date(time.time() + 100 * HOUR))
    scheduled(failing)
    assert nginx.requests() != []


def test_other_feeds_are_refreshed(failing, nginx, publisher):
    subscribe(failing, publisher, nginx.url, name="other")
    scheduled(failing)
    assert nginx.requests() != [] and feed_property(failing, "LastSuccess", "other") > 0
    assert shown(failing)[0] == 1


def test_cancel_is_no_failure(host, publisher):
    publisher.publish()
    server = Hostile(publisher.tree, lambda path, connection: connection.recv(1) or True)
    subscribe(host, publisher, server.url)
    job = host.start_change("Refresh", "", scheduled=True)
    host.pump(lambda: server.asked)
    host.bus.get_object("org.kpatchd1", job, introspect=False).Cancel(
        OPTIONS, dbus_interface="org.kpatchd1.Job", signature="a{sv}")
    with pytest.raises(JobFailed, match="Canceled"):
        host.wait(job)
    server.close()
    assert shown(host) == (0, 0)


def test_patch_that_fails_has_nothing_wait(host, nginx, publisher, key):
    """One that can never be stored must not keep news of the others, and withdrawals, from coming in time."""
    good, bad = Patch(key), Patch(key, id="bad", name="kpatch_bad")
    publisher.add(bad)
    broken = publisher.tree / object_path(publisher.patches["bad=1"]["module"])
    broken.write_bytes(broken.read_bytes()[::-1])
    publisher.publish()
    for _ in range(2):
        with pytest.raises(JobFailed, match="DownloadMismatch.*bad=1"):
            scheduled(host)
        assert shown(host) == (0, 0)
    assert feed_property(host, "Error")[0].endswith("DownloadMismatch")
    publisher.add(good)
    publisher.publish()
    with pytest.raises(JobFailed, match="DownloadMismatch.*bad=1"):
        scheduled(host)
    assert host.patches() == {"fix-cmdline=1": "stored"}
    # Nor does another address, which may do better and does not.
    subscribe(host, publisher, [nginx.url, "http://127.0.0.1:1"])
    with pytest.raises(JobFailed, match="DownloadFailed"):
        scheduled(host)
    assert shown(host) == (0, 0)


def test_store_that_is_full(host, nginx, publisher, key, tmp_path):
    """Whatever else is wrong with patches: no other address helps, and it waits."""
    Path(host.folder, "etc/kpatchd.conf").write_text("[Store]\nPatchesMax=1\n")
    host.stop()
    host.start()
    host.do_import(Patch(key))
    publisher.add(Patch(key, title="Another one of that name"))
    publisher.add(Patch(key, id="more", name="kpatch_more"))
    publisher.publish()
    other = Nginx(tmp_path / "other", publisher.tree)
    try:
        subscribe(host, publisher, [nginx.url, other.url])
        with pytest.raises(JobFailed, match="StoreFull.*more=1"):
            scheduled(host)
        assert other.requests() == [] and shown(host)[0] == 1
    finally:
        other.close()
