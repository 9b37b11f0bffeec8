# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Feeds in `kpatchctl status`, and `kpatchctl refresh`."""

from client_world import patch
from test_client_read import check_schema

MOMENT = 1795262400  # 2026-11-21T12:00:00Z
FRESH = {"Name": "shop", "Policy": "apply", "LastAttempt": MOMENT, "LastSuccess": MOMENT, "Expires": MOMENT + 86400,
         "Patches": [["demo=1", "withdrawn", "low", "It is slow."], ["demo=2", "offered", "", ""],
                     ["other=1", "later", "critical", ""]]}
FAILED = {"Name": "late", "LastAttempt": MOMENT, "LastSuccess": 1, "Expires": MOMENT, "FeedStale": True,
          "Error": ["org.kpatchd1.Error.DownloadSlow", "The server is too slow."], "Failures": 3, "RetryAt": MOMENT}


def page(world) -> str:
    return world.run("status").out


def test_status_shows_feeds(world):
    world.start_daemon(patches=[patch(State="stored")], feeds=[FRESH, FAILED, {"Name": "new"}])
    shown = page(world)
    assert "Feeds        shop: apply, 1 for this host, as of 2026-11-21T12:00:00Z\n" in shown
    assert "             late: download, 0 for this host, EXPIRED 2026-11-21T12:00:00Z\n" in shown
    assert "             last refresh failed: The server is too slow.\n" in shown
    assert "             so did 2 before it: the timer waits until 2026-11-21T12:00:00Z\n" in shown
    assert "             new: download, never refreshed\n" in shown
    assert "withdrawn" not in shown


def test_status_without_feeds_has_no_such_line(world):
    world.start_daemon()
    assert "Feeds" not in page(world)


def test_status_shows_what_is_withdrawn_and_in_force(world):
    applied = {"State": "applied", "Persistent": True}
    world.start_daemon(patches=[patch("demo", "1", TrustRoot="shop", **applied)], feeds=[FRESH])
    assert "             demo=1 is withdrawn and in force: It is slow.\n" in page(world)


def test_another_roots_patch_is_not_withdrawn(world):
    world.start_daemon(patches=[patch("demo", "1", State="applied")], feeds=[FRESH])
    assert "withdrawn" not in page(world)


def test_json(world):
    world.start_daemon(feeds=[FRESH, FAILED])
    first, second = check_schema(world.run("status", "--json").json)["feeds"]
    assert first == {
        "name": "shop", "policy": "apply", "channel": "stable", "last_attempt": MOMENT, "last_success": MOMENT,
        "expires": MOMENT + 86400, "stale": False, "error": None, "message": None, "failures": 0, "retry_at": 0,
        "patches": [{"patch": "demo=1", "offer": "withdrawn", "severity": "low", "reason": "It is slow."},
                    {"patch": "demo=2", "offer": "offered", "severity": None, "reason": None},
                    {"patch": "other=1", "offer": "later", "severity": "critical", "reason": None}]}
    assert (second["failures"], second["retry_at"]) == (3, MOMENT)
    assert second["stale"] and second["error"] == "org.kpatchd1.Error.DownloadSlow"


def test_refresh_of_all_and_of_some(world):
    world.start_daemon()
    assert world.run("refresh").code == 0
    result = world.run("refresh", "shop", "other", "--json")
    assert result.code == 0
    assert [(r["kind"], r["patch"]) for r in check_schema(result.json)["results"]] == [("refresh", "shop"),
                                                                                     ("refresh", "other")]


def test_refresh_of_a_feed_that_is_none(world):
    world.start_daemon(refuse={"Refresh": ["org.kpatchd1.Error.NoSuchFeed", "There is no feed x."]})
    result = world.run("refresh", "x")
    assert (result.code, result.err) == (88, "kpatchctl: There is no feed x.\n")


def test_refresh_as_the_timer_asks(world):
    world.start_daemon()
    assert world.run("refresh", "--scheduled").code == 0
    assert world.calls() == [{"method": "Refresh", "args": ["", {"scheduled": True}], "interactive": True}]
    assert world.run("apply", "--scheduled", "demo").code == 2
