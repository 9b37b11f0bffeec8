# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl check: one word and one exit status for whoever watches a host."""

import pytest
from client_world import ERROR, check_schema, patch

WORDS = ["current", "nothing-applied", "updates-pending", "unsupported", "attention"]
APPLIED = patch("fix", "1", State="applied", Persistent=True, TrustRoot="shop")
WHOLE = patch("whole", "1", State="applied", Persistent=True, Supersedes=["fix"])
OTHER_KERNEL = {"Kernel": ["6.1.0-1-amd64", "cd" * 20]}
QUARANTINE = {"Quarantine": [["fix=1", "It crashed.", "2026-11-21T12:00:00Z"]]}
NO_ENGINE = {"Engines": [["core", False, "no"], ["livepatch", False, "no"]]}


def feed(*patches: tuple[str, str], **more) -> dict:
    return {"Name": "shop", "LastSuccess": 1, "Expires": 4102444800,
            "Patches": [[ref, offer, "", ""] for ref, offer in patches]} | more


def job(patch: str, kind: str = "apply") -> dict:
    return {"Kind": kind, "Patch": patch, "State": "running", "Step": "x", "Progress": [1, 2, "x"]}


@pytest.mark.parametrize(("scenario", "line"), [
    ({"patches": [APPLIED]}, "current: 1 patch is in force"),
    ({"patches": [APPLIED, patch("two", State="applied")], "manager": {"EffectiveLevel": ["6.1.9-1", "fix=1", "shop"]}},
     "current: 2 patches are in force, level 6.1.9-1"),
    ({}, "nothing-applied: no patch is in force"),
    ({"patches": [patch("fix", **OTHER_KERNEL)]}, "nothing-applied: no patch is in force"),
    ({"patches": [patch("fix", Held=True)]}, "nothing-applied: no patch is in force"),
    ({"patches": [APPLIED, patch("new")]}, "updates-pending: new=1.0 is stored and not in force"),
    ({"patches": [APPLIED, patch("fix", "0.9")]}, "current: 1 patch is in force"),
    ({"patches": [APPLIED, patch("fix", "2")]}, "updates-pending: fix=2 is stored and not in force"),
    ({"patches": [WHOLE, patch("fix", "2")]}, "current: 1 patch is in force"),
    ({"patches": [WHOLE, patch("fix", "2")], "feeds": [feed(("fix=2", "offered"), ("fix=3", "offered"))]},
     "current: 1 patch is in force"),
    ({"patches": [APPLIED], "feeds": [feed(("fix=1", "offered"))]}, "current: 1 patch is in force"),
    ({"patches": [APPLIED], "feeds": [feed(("fix=2", "offered"))]}, "updates-pending: feed shop offers fix=2"),
    ({"patches": [APPLIED], "feeds": [feed(("fix=0.9", "offered"), ("new=1", "later"), ("old=1", "superseded"))]},
     "current: 1 patch is in force"),
    ({"patches": [APPLIED | {"Held": True}], "feeds": [feed(("fix=2", "offered"))]}, "current: 1 patch is in force"),
    ({"patches": [APPLIED], "feeds": [feed(("fix=2", "offered"), Policy="off")]}, "current: 1 patch is in force"),
    ({"patches": [patch(State="applying")], "jobs": [job("demo=1.0")]}, "updates-pending: demo=1.0 is being switched"),
    ({"patches": [patch(State="applying")], "jobs": [job("", "rollback-to")]},
     "updates-pending: demo=1.0 is being switched"),
    ({"manager": NO_ENGINE}, "unsupported: no engine can apply patches to this kernel"),
    ({"patches": [patch(State="applying", Stragglers=[[7, "cat", ""]])]},
     "attention: demo=1.0 is past its deadline and waits for 1 task"),
    ({"patches": [patch(State="reverting")], "jobs": [job("", "refresh"), job("else=1")]},
     "attention: demo=1.0 is past its deadline and waits for 0 tasks"),
    ({"patches": [patch(State="failed")]}, "attention: demo=1.0 should be in force and is not"),
    ({"patches": [patch("fix", "1", State="failed", Quarantined="It crashed.")], "manager": QUARANTINE},
     "attention: fix=1 is quarantined"),
    ({"patches": [APPLIED, patch("old", "1", State="applied", Persistent=True, TrustRoot="unsigned")]},
     "current: 2 patches are in force, 1 of them unsigned"),
    ({"manager": {"ApplyDisabled": True}}, "attention: patches are not applied at boot"),
    ({"manager": {"RebootAdvised": [["unpatchable", "A structure grew."]]}}, "attention: a boot is advised (unpatchable)"),
    ({"patches": [APPLIED], "feeds": [feed(FeedStale=True)]}, "attention: feed shop is stale"),
    ({"patches": [APPLIED], "feeds": [feed(FeedStale=True, Policy="off")]}, "current: 1 patch is in force"),
    ({"patches": [APPLIED], "feeds": [feed(("fix=1", "withdrawn"))]}, "attention: fix=1 is withdrawn and in force"),
    ({"patches": [APPLIED | {"Objects": [["vmlinux", "patched"], ["foo", "skipped: another build"]]}]},
     "attention: fix=1 is in force without foo"),
    ({"patches": [APPLIED | {"State": "stored", "Held": True, "Objects": [["foo", "skipped: another build"]]}]},
     "nothing-applied: no patch is in force"),
    ({"manager": {"TrustRoots": [["old", 86400]]}}, "attention: trust root old has expired"),
])
def test_each_verdict(world, scenario, line):
    world.start_daemon(**scenario)
    result = world.run("check")
    assert (result.out, result.err) == (line + "\n", "")
    assert result.code == WORDS.index(line.split(":")[0])
    quiet = world.run("check", "-q")
    assert (quiet.code, quiet.out) == (result.code, "")


def test_what_weighs_most_wins_and_nothing_is_left_out(world):
    world.start_daemon(
        manager=NO_ENGINE | QUARANTINE | {"TrustRoots": [["old", 1]]}, patches=[patch("new"), patch("two", State="failed")],
        feeds=[feed(("far=1", "offered"))])
    result = world.run("check")
    assert (result.code, result.out) == (
        4, "attention: two=1.0 should be in force and is not; fix=1 is quarantined; trust root old has expired\n")
    check = check_schema(world.run("check", "--json").json)["check"]
    assert (check["verdict"], check["status"]) == ("attention", 4)
    assert [r["verdict"] for r in check["reasons"]] == ["attention"] * 3 + ["unsupported"] + ["updates-pending"] * 2 + [
        "nothing-applied"]


@pytest.mark.parametrize(("patches", "offers", "steps"), [
    ([patch("new")], [[]], ["new=1.0"]),
    ([patch("new")], [[("new=1.0", "offered")]], ["new=1.0"]),
    ([patch("new")], [[("new=1.0", "later")]], []),
    ([patch("new")], [[("new=1.0", "other-channel")]], []),
    ([patch("new")], [[("new=1.0", "pinned")]], []),
    ([patch("new")], [[("new=1.0", "superseded")]], []),
    ([patch("new")], [[("new=1.0", "too-early")]], []),
    ([patch("new")], [[("new=1.0", "later")], [("new=1.0", "offered")]], ["new=1.0"]),
    ([patch("new")], [[("new=1.0", "offered")], [("new=1.0", "later")]], ["new=1.0"]),
    ([APPLIED, patch("fix", "2")], [[]], ["fix=2"]),
    ([APPLIED | {"Held": True}, patch("fix", "2")], [[]], []),
    ([patch("fix", "1"), patch("fix", "2")], [[]], ["fix=2"]),
    ([patch("fix", "1"), patch("fix", "2", Held=True)], [[]], ["fix=1"]),
    ([WHOLE, patch("fix", "2")], [[]], []),
    ([patch("whole", "1", Supersedes=["fix"]), patch("fix", "2")], [[]], ["whole=1"]),
    ([APPLIED | {"Held": True, "Engine": "core"}, patch("all", "1", Replace=True)], [[]], []),
])
def test_what_is_pending_is_what_apply_all_puts_in_force(world, patches, offers, steps):
    world.start_daemon(patches=patches, feeds=[feed(*of, Name=f"shop{i}") for i, of in enumerate(offers)])
    check = world.run("check", "--json").json["check"]
    assert [r["message"].split()[0] for r in check["reasons"] if r["message"].endswith("is stored and not in force")] == steps
    assert (check["status"] == 2) == bool(steps)
    assert world.run("apply", "--all", "--yes").code == 0
    assert [c["args"][0] for c in world.calls() if c["method"] == "Apply"] == steps


def test_without_a_bus(no_bus):
    result = no_bus.run("check")
    assert (result.code, result.out) == (4, "") and result.sentence


def test_whatever_goes_wrong_is_attention(world):
    """No error has a status that says that all is well, or only updates are missing."""
    result = world.run("check", "--nonsense")
    assert result.code == 4 and "--nonsense" in result.sentence
    assert world.run("check", "too", "many").code == 4
    world.start_daemon(silent=["GetManagedObjects"])
    result = world.run("check", "--json")
    assert result.code == 4 and check_schema(result.json)["error"]["name"] == ERROR + "DaemonUnavailable"
