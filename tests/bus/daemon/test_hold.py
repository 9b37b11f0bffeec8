# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""A patch that is held stays as it is, whoever asks and whatever happens."""

from pathlib import Path

import dbus
import pytest
from test_replace import make, state
from test_rollback_to import in_force, rollback_to
from world import OPTIONS, JobFailed

OBJECT = "/org/kpatchd1/patch/{}_3d1"


def hold(world, name: str) -> str:
    return world.wait(world.start_change("Hold", name))


def unhold(world, name: str) -> str:
    return world.wait(world.start_change("Unhold", name))


def held(world, name: str) -> bool:
    return bool(world.property("Held", OBJECT.format(name), "org.kpatchd1.Patch"))


@pytest.fixture
def two(world, key):
    """a is applied, b is stored."""
    for id in "ab":
        world.do_import(make(key, id))
    world.apply("a")


def refused(world, call) -> str:
    before = world.tree()
    with pytest.raises(JobFailed) as failed:
        call()
    assert failed.value.name == "Held" and "'kpatchctl unhold" in failed.value.message
    assert world.tree() == before
    return failed.value.message


def test_it_stays_in_force(world, two):
    assert hold(world, "a") == "Patch a=1 is held: it stays as it is."
    assert held(world, "a") and not held(world, "b")
    assert refused(world, lambda: world.rollback("a")) == \
        "Patch a=1 is held and is not rolled back: 'kpatchctl unhold a=1' lifts that."
    assert refused(world, lambda: rollback_to(world, 0))
    unhold(world, "a=1")
    assert not held(world, "a")
    world.rollback("a")
    assert in_force(world) == []


def test_it_stays_out(world, two):
    hold(world, "b")
    refused(world, lambda: world.apply("b"))
    refused(world, lambda: world.apply("b", runtime=True))
    refused(world, lambda: world.apply("b", **{"dry-run": True}))
    unhold(world, "b")
    world.apply("b")


def test_nothing_takes_its_place(world, two, key):
    world.do_import(make(key, "cumulative", replace=True))
    hold(world, "a")
    assert "a=1 is held and is not superseded" in refused(world, lambda: world.apply("cumulative"))
    unhold(world, "a")
    world.apply("cumulative")
    hold(world, "a")
    assert "a=1" in refused(world, lambda: world.rollback("cumulative")), "it would come back"
    assert "a=1" in refused(world, lambda: rollback_to(world, 1))
    assert state(world, "cumulative") == "applied"


def test_others_move(world, two):
    hold(world, "a")
    world.apply("b")
    rollback_to(world, 1)
    assert in_force(world) == ["a"]


def test_it_outlives_a_boot(world, two, run_reapply):
    hold(world, "a")
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0
    assert in_force(world) == ["a"], "that is how it was"
    world.start()
    assert held(world, "a")
    refused(world, lambda: world.rollback("a"))


def test_signal_and_object(world, two):
    proxy = dbus.Interface(world.bus.get_object("org.kpatchd1", OBJECT.format("a"), introspect=False),
                           "org.kpatchd1.Patch")
    world.wait(proxy.Hold(OPTIONS, signature="a{sv}"))
    assert [a[1]["Held"] for p, m, a in world.signals
            if m == "PropertiesChanged" and p == OBJECT.format("a") and "Held" in a[1]][-1] == True  # noqa: E712
    world.wait(proxy.Unhold(OPTIONS, signature="a{sv}"))
    assert not held(world, "a")


def test_a_damaged_hold_holds(world, two):
    hold(world, "a")
    Path(world.folder, "var/holds/a=1.json").write_text("{")
    refused(world, lambda: world.rollback("a"))
    unhold(world, "a")
    world.rollback("a")


def test_what_is_gone_can_be_let_go(world, two):
    hold(world, "b")
    next(Path(world.folder, "var/manifests").glob("b=*")).unlink()
    unhold(world, "b=1")
    with pytest.raises(JobFailed, match="NoSuchPatch.*not held"):
        unhold(world, "a")


def test_polkit_is_asked(world, two):
    world.allow("org.kpatchd1.apply", "org.kpatchd1.rollback")
    for method in ("Hold", "Unhold"):
        with pytest.raises(dbus.DBusException, match="org.kpatchd1.hold"):
            world.start_change(method, "a")
    assert not held(world, "a")
