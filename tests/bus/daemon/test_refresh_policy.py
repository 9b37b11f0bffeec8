# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is done of itself on the word of a feed: applies, successors, withdrawals, rollouts."""

import hashlib
import json
import subprocess
import time
from pathlib import Path

import dbus
import pytest
from feedkit import DAY, date, refresh, subscribe
from patchkit import Key, Patch, make_root
from test_refresh import feed_property
from world import BUILD, MANAGER, NAME, OPTIONS, PATH, JobFailed, close_bus

MACHINE_ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def automatic(host, nginx, publisher):
    subscribe(host, publisher, nginx.url, Policy="apply")
    return host


def settle(world, patches: dict[str, str]) -> None:
    """Waits until that is the state and nothing is under way."""
    world.pump(lambda: not world.property("Jobs") and world.patches() == patches)


def other(key, name: str, **fields) -> Patch:
    return Patch(key, id=name, name=f"kpatch_{name}", **fields)


def test_apply(automatic, publisher, key):
    publisher.add(Patch(key))
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "applied"})
    assert "The feed shop has patch fix-cmdline=1 applied" in automatic.stop()


def test_who_joins_takes_nothing_back(automatic, publisher, key):
    """The feed asked for it: neither a caller that goes away nor one that has second thoughts may end it."""
    Path(automatic.folder, "fake/stragglers").write_text("5 f c\n")
    publisher.add(Patch(key))
    publisher.publish()
    refresh(automatic)
    automatic.pump(lambda: automatic.patches() == {"fix-cmdline=1": "applying"})
    state = Path(automatic.folder, "sys/kernel/kpatch/kpatch_fix_cmdline/state")
    automatic.pump(lambda: state.exists())
    job = automatic.property("Jobs")[0]
    other = dbus.bus.BusConnection(automatic.address)
    manager = dbus.Interface(other.get_object(NAME, PATH, introspect=False), MANAGER)
    assert manager.Apply("fix-cmdline", {"attached": True}, signature="sa{sv}") == job
    automatic.allow()
    with pytest.raises(dbus.DBusException, match="NotAuthorized"):
        other.get_object(NAME, job, introspect=False).Cancel(
            OPTIONS, dbus_interface="org.kpatchd1.Job", signature="a{sv}")
    close_bus(other)
    # Were it cancelled, this would have been seen: the daemon handles what comes in its order.
    assert automatic.patches() == {"fix-cmdline=1": "applying"} and state.read_text() == "applying\n"
    state.write_text("applied\n")
    automatic.wait(job)


def test_apply_by_severity(automatic, nginx, publisher, key):
    subscribe(automatic, publisher, nginx.url, Policy="apply", ApplySeverity="important")
    publisher.add(other(key, "a", fields={"severity": "moderate"}), severity="moderate")
    publisher.add(other(key, "b"))
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"a=1": "stored", "b=1": "applied"})


def test_pin(automatic, nginx, publisher, key):
    subscribe(automatic, publisher, nginx.url, Policy="apply", Pin="fix-cmdline=1")
    publisher.add(Patch(key))
    publisher.add(Patch(key, version="2", name="kpatch_2"))
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "applied"})
    shown = {str(ref): str(offer) for ref, offer, *_ in feed_property(automatic, "Patches")}
    assert shown == {"fix-cmdline=1": "offered", "fix-cmdline=2": "pinned"}
    subscribe(automatic, publisher, nginx.url, Policy="apply")
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "stored", "fix-cmdline=2": "applied"})


def test_pin_of_an_older_one(automatic, nginx, publisher, key):
    """The kernel does not go back by itself, and nothing fails for it."""
    publisher.add(Patch(key))
    publisher.add(Patch(key, version="2", name="kpatch_2"))
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=2": "applied"})
    subscribe(automatic, publisher, nginx.url, Policy="apply", Pin="fix-cmdline=1")
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "stored", "fix-cmdline=2": "applied"})
    assert "Did not apply" not in automatic.stop()


def test_dependencies_come_first(automatic, publisher, key):
    publisher.add(other(key, "a", fields={"depends": ["b"]}))
    publisher.add(other(key, "b"))
    publisher.add(other(key, "c", fields={"depends": ["nobody"]}))
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"a=1": "applied", "b=1": "applied", "c=1": "stored"})


def failures(world) -> list[str]:
    return [str(e[2]) for e in world.manager.GetHistory(dbus.UInt32(0), OPTIONS) if e[1] == "apply" and e[3] != "done"]


@pytest.mark.parametrize("said_by", ["a", "b"])
def test_one_that_conflicts_is_left_alone(automatic, publisher, key, said_by):
    """With one that is applied, or is about to be, whichever of the two says so: nothing fails for it."""
    conflicts = {"a": {}, "b": {}}
    conflicts[said_by] = {"conflicts": ["a" if said_by == "b" else "b"]}
    for name, fields in conflicts.items():
        publisher.add(other(key, name, fields=fields))
    publisher.publish()
    for _ in range(2):
        refresh(automatic)
        settle(automatic, {"a=1": "applied", "b=1": "stored"})
    assert failures(automatic) == []
    publisher.patches["a=1"]["withdrawn"] = {"action": "rollback", "reason": "It is slow."}
    publisher.publish()
    refresh(automatic)
    refresh(automatic)
    settle(automatic, {"a=1": "withdrawn", "b=1": "applied"})


def test_one_that_fails_keeps_none_out(automatic, publisher, key):
    publisher.add(other(key, "a"))
    publisher.add(other(key, "b", fields={"conflicts": ["a"]}))
    publisher.publish()
    Path(automatic.folder, "fake/insert-errno").write_text("12")
    refresh(automatic)
    settle(automatic, {"a=1": "stored", "b=1": "stored"})
    automatic.pump(lambda: len(failures(automatic)) == 2)


def test_one_for_a_newer_daemon_is_left_alone(automatic, publisher, key):
    publisher.add(other(key, "a", fields={"min_daemon": "99"}))
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"a=1": "stored"})
    assert failures(automatic) == []


def test_successor(automatic, publisher, key):
    """The newer one goes in force first, then what it makes needless comes out."""
    publisher.add(Patch(key))
    publisher.add(other(key, "old"))
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "applied", "old=1": "applied"})
    publisher.add(Patch(key, version="2", name="kpatch_two", fields={"supersedes": ["old"]}))
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "stored", "fix-cmdline=2": "applied", "old=1": "stored"})


def test_successor_that_fails_leaves_what_is(automatic, publisher, key):
    publisher.add(Patch(key))
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "applied"})
    Path(automatic.folder, "fake/insert-errno").write_text("8\n")
    publisher.add(Patch(key, version="2", name="kpatch_two"))
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "applied", "fix-cmdline=2": "stored"})
    Path(automatic.folder, "fake/insert-errno").unlink()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "stored", "fix-cmdline=2": "applied"})


@pytest.mark.parametrize("action, state", [("keep", "applied"), ("rollback", "withdrawn")])
def test_withdrawn(automatic, publisher, key, action, state):
    publisher.add(Patch(key))
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "applied"})
    publisher.patches["fix-cmdline=1"]["withdrawn"] = {"action": action, "reason": "It is slow."}
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": state})
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": state})


def test_one_that_is_kept_is_not_followed_by_an_older_one(automatic, publisher, key):
    """Which is offered again, and would be applied and made needless for ever."""
    publisher.add(Patch(key))
    publisher.add(Patch(key, version="2", name="kpatch_2"))
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=2": "applied"})
    publisher.patches["fix-cmdline=2"]["withdrawn"] = {"action": "keep", "reason": "It is slow."}
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "stored", "fix-cmdline=2": "applied"})
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "stored", "fix-cmdline=2": "applied"})
    assert "feed shop has patch fix-cmdline=1 applied" not in automatic.stop()


def test_withdrawn_is_not_applied_anew(host, publisher, key):
    entry = publisher.add(Patch(key))
    publisher.publish()
    refresh(host)
    entry["withdrawn"] = {"action": "keep", "reason": "It is slow."}
    publisher.publish()
    refresh(host)
    assert host.patches() == {"fix-cmdline=1": "withdrawn"}
    with pytest.raises(JobFailed, match="Withdrawn.*its publisher has withdrawn it. It is slow."):
        host.apply("fix-cmdline")
    host.stop()
    host.start()
    assert host.patches() == {"fix-cmdline=1": "withdrawn"}
    del entry["withdrawn"]
    publisher.publish()
    refresh(host)
    host.apply("fix-cmdline")
    # What is in force stays, also over a boot.
    entry["withdrawn"] = {"action": "keep", "reason": "It is slow."}
    publisher.publish()
    refresh(host)
    host.stop()
    host.reboot()
    subprocess.run([BUILD / "src/daemon/kpatchd-test", "--reapply"], env=host.env, check=True, capture_output=True)
    host.start()
    assert host.patches() == {"fix-cmdline=1": "applied"}


def test_withdrawn_before_it_came(automatic, publisher, key):
    publisher.add(Patch(key), withdrawn={"action": "rollback", "reason": "It is slow."})
    publisher.publish()
    refresh(automatic)
    settle(automatic, {})


def test_notify_changes_nothing(automatic, nginx, publisher, key):
    publisher.add(Patch(key))
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "applied"})
    subscribe(automatic, publisher, nginx.url, Policy="notify")
    publisher.patches["fix-cmdline=1"]["withdrawn"] = {"action": "rollback", "reason": "It is slow."}
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "applied"})


def test_a_feed_decides_about_its_own_only(automatic, publisher, key):
    """Signed by another root's key, the patch of the same name is none of the feed's business."""
    automatic.do_import(Patch(key))
    automatic.apply("fix-cmdline")
    patch = Patch(key)
    publisher.add(patch, withdrawn={"action": "rollback", "reason": "Mine."})
    patch.key = key
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "applied"})


def bucket(reference: str) -> int:
    digest = hashlib.sha256(f"{MACHINE_ID} {reference}".encode()).digest()
    return int.from_bytes(digest[:4], "big") * 10000 >> 32


def test_rollout(automatic, publisher, key):
    """This host's turn comes when the percentage has reached its bucket, and with time where there is a ramp."""
    Path(automatic.folder, "machine-id").write_text(MACHINE_ID + "\n")
    part = bucket("fix-cmdline=1")
    assert 100 < part < 9900
    entry = publisher.add(Patch(key), percent=part // 100)
    publisher.publish()
    refresh(automatic)
    settle(automatic, {})
    entry["percent"] = part // 100 + 1
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "applied"})
    part = bucket("b=1")
    hour = 3600
    entry = publisher.add(other(key, "b"), percent=0, ramp=10 * hour,
                          not_before=date(time.time() - (part / 10000 * 10 - 0.1) * hour))
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "applied"})
    entry["not_before"] = date(time.time() - (part / 10000 * 10 + 0.1) * hour)
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "applied", "b=1": "applied"})


def test_expired_feed_applies_nothing(automatic, nginx, publisher, key):
    """Stored while it was only to be downloaded, and wanted after the feed has expired."""
    subscribe(automatic, publisher, nginx.url)
    publisher.add(Patch(key))
    publisher.expires_in = 1.5
    publisher.publish()
    refresh(automatic)
    subscribe(automatic, publisher, nginx.url, Policy="apply")
    time.sleep(2.5)
    with pytest.raises(JobFailed, match="FeedExpired"):
        refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "stored"})


def test_quarantined_is_left_alone(automatic, publisher, key):
    publisher.add(Patch(key))
    publisher.publish()
    Path(automatic.folder, "var/quarantine").mkdir(parents=True, exist_ok=True)
    Path(automatic.folder, "var/quarantine/fix-cmdline=1.json").write_text(
        json.dumps({"patch": "fix-cmdline=1", "why": "It crashed.", "since": date(time.time() - DAY)}))
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "stored"})


def test_held_stays_as_it_is(automatic, publisher, key):
    """In force: neither superseded nor rolled back; out of force: not applied."""
    publisher.add(Patch(key))
    publisher.add(other(key, "b"))
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "applied", "b=1": "applied"})
    automatic.rollback("b")
    for name in ("b=1", "fix-cmdline=1"):
        automatic.wait(automatic.start_change("Hold", name))
    publisher.patches["fix-cmdline=1"]["withdrawn"] = {"action": "rollback", "reason": "It is slow."}
    publisher.add(Patch(key, version="2", name="kpatch_two"))
    publisher.publish()
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "applied", "fix-cmdline=2": "stored", "b=1": "stored"})
    for name in ("b=1", "fix-cmdline=1"):
        automatic.wait(automatic.start_change("Unhold", name))
    refresh(automatic)
    settle(automatic, {"fix-cmdline=1": "withdrawn", "fix-cmdline=2": "applied", "b=1": "applied"})
