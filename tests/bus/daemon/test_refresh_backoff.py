# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""A feed that keeps failing is left alone by the timer for a while, and by nobody else."""

import json
import time
from pathlib import Path

import pytest
from feedkit import date, refresh, subscribe
from test_refresh import feed_property
from webkit import Hostile
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
