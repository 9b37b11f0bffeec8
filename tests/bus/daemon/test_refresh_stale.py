# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""A feed that has expired: it is said, and by the time that the feed itself has signed."""

import time
from pathlib import Path

import pytest
from feedkit import DAY, date, refresh, subscribe
from patchkit import Patch
from test_refresh import feed_property
from test_refresh_backoff import edit
from world import OPTIONS, JobFailed


def expire(publisher, what: str) -> str:
    """Has the next refresh find something that has expired; the error that it ends with."""
    if what == "root":
        publisher.root_expires = time.time() - DAY
        publisher.rotate()
        publisher.publish_timestamp()
        return "RootExpired"
    if what == "timestamp":
        publisher.publish_timestamp(issued=date(time.time() - 2 * DAY), expires=date(time.time() - DAY))
    return "FeedExpired"


@pytest.mark.parametrize("what", ["timestamp", "root"])
def test_host_that_never_succeeded(host, publisher, what):
    """Who keeps news from a host does so from its first refresh on."""
    publisher.publish()
    error = expire(publisher, what)
    assert not feed_property(host, "FeedStale")
    with pytest.raises(JobFailed, match=error):
        refresh(host)
    assert feed_property(host, "FeedStale") and feed_property(host, "LastSuccess") == 0
    # A server that says nothing after that does not make it fresh.
    subscribe(host, publisher, "http://127.0.0.1:1")
    with pytest.raises(JobFailed, match="DownloadFailed"):
        refresh(host)
    assert feed_property(host, "FeedStale")
    assert "has expired: nothing new is installed" in host.stop()
    host.start()
    assert feed_property(host, "FeedStale")


def test_one_that_goes_on_is_fresh_again(host, publisher):
    publisher.publish()
    expire(publisher, "timestamp")
    with pytest.raises(JobFailed, match="FeedExpired"):
        refresh(host)
    publisher.publish_timestamp()
    refresh(host)
    assert not feed_property(host, "FeedStale") and feed_property(host, "LastSuccess") > 0


@pytest.fixture
def behind(host, nginx, publisher, key):
    """A host whose clock is five days behind, as the feed has it; a patch is for it since four days ago."""
    subscribe(host, publisher, nginx.url, Policy="apply")
    publisher.add(Patch(key), not_before=date(time.time() + 4 * DAY))
    publisher.publish()
    publisher.publish_timestamp(issued=date(time.time() + 5 * DAY))
    return host


def test_clock_that_is_behind(behind):
    """What the refresh stores by the time of the feed is shown and applied by it as well."""
    refresh(behind)
    assert [str(offer) for _, offer, *_ in feed_property(behind, "Patches")] == ["offered"]
    behind.pump(lambda: not behind.property("Jobs") and behind.patches() == {"fix-cmdline=1": "applied"})
    behind.stop()
    behind.start()
    assert [str(offer) for _, offer, *_ in feed_property(behind, "Patches")] == ["offered"]


def test_expired_by_the_time_of_the_feed(behind, publisher):
    refresh(behind)
    assert not feed_property(behind, "FeedStale")
    lost = {"size": 10, "sha256": "ab" * 32, "version": 2}
    publisher.publish_timestamp(issued=date(time.time() + 8 * DAY), expires=date(time.time() + 10 * DAY), feed=lost)
    with pytest.raises(JobFailed, match="FeedIncomplete"):
        refresh(behind)
    assert feed_property(behind, "FeedStale")
    assert "has expired: nothing new is installed" in behind.stop()


def stale_signals(world) -> list[bool]:
    """What was told of it, unasked."""
    return [bool(s[2][1]["FeedStale"]) for s in world.signals
            if s[1] == "PropertiesChanged" and s[0].endswith("/feed/shop") and "FeedStale" in s[2][1]]


def test_told_when_it_expires(host, publisher):
    """By a daemon that runs, to those who wait for it; and once in the journal."""
    publisher.expires_in = 8
    publisher.publish()
    refresh(host)
    host.signals.clear()
    host.pump(lambda: True in stale_signals(host))
    publisher.publish_timestamp(expires=date(time.time() + DAY))
    refresh(host)
    host.pump(lambda: stale_signals(host)[-1] is False)
    assert host.stop().count("has expired: nothing new is installed") == 1


def test_no_daemon_stays_for_it(host, publisher):
    publisher.publish()
    refresh(host)
    Path(host.folder, "etc/kpatchd.conf").write_text("[Daemon]\nIdleSec=1\n")
    host.stop()
    host.start()
    host.pump(lambda: host.daemon.poll() is not None)
    host.stop()


@pytest.fixture
def frozen(host, nginx, publisher, key):
    """Has three patches of a feed that has expired since: "was" was applied once, the others never."""
    for name in ("was", "never", "later"):
        publisher.add(Patch(key, id=name, name=f"kpatch_{name}"))
    publisher.publish()
    refresh(host)
    host.apply("was")
    host.rollback("was")
    host.stop()
    edit(host, expires=date(time.time() - 1))
    host.start()
    assert feed_property(host, "FeedStale")
    return host


@pytest.mark.parametrize("method", ["Apply", "Install"])
def test_what_was_never_applied_is_refused(frozen, publisher, method):
    """Its publisher may have withdrawn it, where this host was kept from seeing that."""
    before = frozen.tree()
    with pytest.raises(JobFailed, match="FeedExpired.*'kpatchctl refresh shop'"):
        frozen.wait(frozen.start_change(method, "never"))
    with pytest.raises(JobFailed, match="FeedExpired"):
        frozen.wait(frozen.start_change(method, "never", **{"dry-run": True}))
    assert frozen.tree() == before
    publisher.publish_timestamp(expires=date(time.time() + DAY))
    refresh(frozen)
    frozen.wait(frozen.start_change(method, "never"))


def test_what_was_applied_once_is_not(frozen, run_reapply):
    """Nor is anything in the way of a boot, or of a way back."""
    frozen.apply("was")
    frozen.stop()
    frozen.reboot()
    assert run_reapply()[0] == 0
    frozen.start()
    assert frozen.patches() == {"was=1": "applied", "never=1": "stored", "later=1": "stored"}
    frozen.wait(frozen.manager.RollbackTo(0, OPTIONS, signature="ta{sv}"))
    frozen.wait(frozen.manager.RollbackTo(1, OPTIONS, signature="ta{sv}"))
    assert frozen.patches()["was=1"] == "applied"


def test_feed_that_nobody_follows(frozen, publisher, nginx):
    """Who has switched it off decides alone."""
    subscribe(frozen, publisher, nginx.url, Policy="off")
    frozen.apply("never")
    Path(frozen.folder, "etc/feeds.d/shop.conf").unlink()
    frozen.wait(frozen.start_change("Install", "later"))
