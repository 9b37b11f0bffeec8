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
        "urls": ["https://patches.example.org"], "versions": {"feed": 1, "timestamp": 1, "root": 1}, "pending": 1,
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


def test_refresh_of_a_feed_that_is_misspelt(world):
    world.start_daemon(feeds=[FRESH], refuse={"Refresh": ["org.kpatchd1.Error.NoSuchFeed", "There is no feed."]})
    result = world.run("refresh", "shp")
    assert (result.code, result.sentence) == (88, "There is no feed 'shp'; did you mean 'shop'?")
    assert world.run("refresh", "unlike-any").sentence == "There is no feed."


def test_refresh_as_the_timer_asks(world):
    world.start_daemon()
    assert world.run("refresh", "--scheduled").code == 0
    assert world.calls() == [{"method": "Refresh", "args": ["", {"scheduled": True}], "interactive": True}]
    assert world.run("apply", "--scheduled", "demo").code == 2


def test_refresh_that_downloads(world):
    world.start_daemon()
    assert world.run("refresh", "--download", "shop").code == 0
    assert world.calls() == [{"method": "Refresh", "args": ["shop", {"download": True}], "interactive": True}]
    assert world.run("apply", "--download", "demo").code == 2


def test_list_of_feeds(world):
    world.start_daemon(patches=[patch("demo", "2", State="stored")], feeds=[FRESH | {"Versions": [42, 7, 3]}, FAILED, {"Name": "new"}])
    assert [line.split(maxsplit=6) for line in world.run("feeds").out.splitlines()] == [
        ["NAME", "POLICY", "VERSION", "REFRESHED", "EXPIRES", "PENDING", "STATE"],
        ["shop", "apply", "42", "2026-11-21T12:00Z", "2026-11-22", "1", "ok"],
        ["late", "download", "1", "1970-01-01T00:00Z", "2026-11-21", "0", "EXPIRED: The server is too slow."],
        ["new", "download", "1", "-", "-", "0", "never refreshed"]]
    assert world.run("feeds", "-q").out == "shop\nlate\nnew\n"
    reply = check_schema(world.run("feeds", "--json").json)
    assert [(feed["name"], feed["pending"]) for feed in reply["feeds"]] == [("shop", 1), ("late", 0), ("new", 0)]
    assert all(len(line) <= 80 for line in world.show("feeds", "--color=never").out.splitlines())


def test_a_feed_in_full(world):
    world.start_daemon(patches=[patch("demo", "1", State="applied", TrustRoot="shop")], feeds=[FRESH, FAILED | {"Urls": ["a", "b"]}])
    assert world.run("feeds", "shop").out == """\
Feed         shop
Addresses    https://patches.example.org
Policy       apply
Channel      stable
Version      1, timestamp 1, root 1
Last try     2026-11-21T12:00:00Z
Refreshed    2026-11-21T12:00:00Z
Expires      2026-11-22T12:00:00Z
Pending      1 of 3 for this kernel

  PATCH    OFFER      SEVERITY  HERE     REASON
  demo=1   withdrawn  low       applied  It is slow.
  demo=2   offered    -         -
  other=1  later      critical  -
"""
    late = world.run("feeds", "late").out
    for line in ("Addresses    a\n             b\n", "EXPIRED      2026-11-21T12:00:00Z\n", "Next try     2026-11-21T12:00:00Z\n",
                 "Error        The server is too slow. (org.kpatchd1.Error.DownloadSlow)\n             3 refreshes failed"):
        assert line in late
    two = world.run("feeds", "late", "shop")
    assert two.out.count("\n\nFeed         shop\n") == 1
    assert [feed["name"] for feed in check_schema(world.run("feeds", "late", "shop", "--json").json)["feeds"]] == ["late", "shop"]


def test_a_feed_that_is_none(world):
    world.start_daemon(feeds=[FRESH])
    result = world.run("feeds", "shp")
    assert (result.code, result.sentence) == (88, "There is no feed 'shp'; did you mean 'shop'?")
    assert world.run("feeds", "unlike-any").sentence == "There is no feed 'unlike-any'; 'kpatchctl feeds' shows those there are."


def test_without_feeds(world):
    world.start_daemon()
    assert world.run("feeds").out.startswith("No feed is set up")
    assert check_schema(world.run("feeds", "--json").json)["feeds"] == []
