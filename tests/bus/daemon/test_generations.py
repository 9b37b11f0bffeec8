# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Generations on disk: what they record, how many are kept, and what is done when the newest is damaged."""

import json
import shutil
from pathlib import Path

import pytest
from patchkit import KERNEL_BUILD_ID, Patch
from test_replace import make
from test_transition import behind, cancel
from world import OPTIONS, JobFailed


def folder(world):
    return Path(world.folder, "var/generations", KERNEL_BUILD_ID)


def generations(world):
    return {int(path.stem): [p["patch"] for p in json.loads(path.read_text())["patches"]]
            for path in folder(world).glob("*.json")}


def damage(world, number):
    Path(folder(world), f"{number}.json").write_text('{"format": 1, "gener')


def test_a_rollback_heeds_what_was_recorded(world, key):
    """The manifests are lost, so that only the generation knows what they said."""
    world.do_import(Patch(key, id="base", name="kpatch_base"))
    world.do_import(Patch(key, id="above", name="kpatch_above", fields={"depends": ["base"]}))
    world.do_import(Patch(key, id="stuck", name="kpatch_stuck", fields={"reversible": False}))
    for name in ("base", "above", "stuck"):
        world.apply(name)
    shutil.rmtree(Path(world.folder, "var/manifests"))
    with pytest.raises(JobFailed, match="DependencyMissing.*above=1"):
        world.rollback("base")
    with pytest.raises(JobFailed, match="NotReversible"):
        world.rollback("stuck")
    world.rollback("above")
    world.rollback("base")
    assert world.enabled("kpatch_stuck") == "1"


def test_so_many_are_kept(world, stored):
    Path(world.folder, "etc/kpatchd.conf").write_text("[Generations]\nKeep=3\n")
    world.stop()
    world.start()
    for _ in range(4):
        world.apply("fix-cmdline")
        world.rollback("fix-cmdline")
    assert sorted(generations(world)) == [6, 7, 8]
    assert world.property("Generation") == 8


def test_what_was_replaced_is_kept_for_its_return(world, key, stored):
    """However many generations there were since, and patches that the store could do without."""
    Path(world.folder, "etc/kpatchd.conf").write_text("[Generations]\nKeep=3\n")
    world.stop()
    world.start()
    for patch in (make(key, "a"), make(key, "cumulative", replace=True)):
        world.do_import(patch)
        world.apply(patch.id)
    for _ in range(3):
        world.apply("fix-cmdline")
        world.rollback("fix-cmdline")
    assert sorted(generations(world)) == [1, 2, 6, 7, 8] and world.patches()["a=1"] == "superseded"
    with pytest.raises(JobFailed, match="Needed"):
        world.wait(world.start_change("Remove", "a"))
    world.rollback("cumulative")
    assert world.patches()["a=1"] == "applied" and world.property("Generation") == 9
    world.apply("fix-cmdline")
    assert sorted(generations(world)) == [8, 9, 10], "they are needed no more"


@pytest.mark.parametrize("rebooted", [False, True])
def test_what_was_replaced_is_known_when_its_generation_is_damaged(world, key, rebuilt, rebooted):
    for patch in (make(key, "a"), make(key, "cumulative", replace=True)):
        world.do_import(patch)
        world.apply(patch.id)
    assert rebuilt(rebooted) == ["cumulative=1"]
    world.rollback("cumulative")
    assert world.patches() == {"a=1": "applied", "cumulative=1": "stored"}


@pytest.mark.parametrize("rebooted", [False, True])
def test_what_was_rolled_back_stays_out_when_its_generation_is_damaged(world, stored, run_reapply, rebooted):
    world.apply("fix-cmdline")
    world.rollback("fix-cmdline")
    damage(world, 2)
    world.stop()
    if rebooted:
        world.reboot()
        status, log = run_reapply()
        assert status == 0 and "Generation 2 is damaged and was set aside" in log and "it was rolled back" in log
    world.start()
    assert world.enabled(stored.name) is None
    assert world.property("Generation") == 3
    assert generations(world) == {1: ["fix-cmdline=1"], 3: []}
    assert Path(folder(world), "2.json.broken").exists()


@pytest.mark.parametrize("rebooted", [False, True])
def test_what_was_applied_stays_when_its_generation_is_damaged(world, key, run_reapply, rebooted):
    for name in ("one", "two"):
        world.do_import(Patch(key, id=name, name=f"kpatch_{name}"))
        world.apply(name)
    damage(world, 2)
    world.stop()
    if rebooted:
        world.reboot()
        assert run_reapply()[0] == 0
    world.start()
    # The first is known from the generation before, the second from the history, and what it is from the store.
    assert generations(world)[3] == ["one=1", "two=1"]
    assert world.enabled("kpatch_one") == world.enabled("kpatch_two") == "1"


@pytest.fixture
def rebuilt(world, run_reapply):
    """Damages the newest generation, and gives the one that is made in its place, before a reboot or after it."""
    def rebuild(rebooted: bool) -> list[str]:
        number = int(world.property("Generation"))
        damage(world, number)
        world.stop()
        if rebooted:
            world.reboot()
            run_reapply()
        world.start()
        return generations(world)[number + 1]
    return rebuild


@pytest.mark.parametrize("rebooted", [False, True])
def test_what_was_replaced_is_not_wanted_again(world, key, rebuilt, rebooted):
    for patch in (make(key, "a"), make(key, "b"), make(key, "cumulative", replace=True)):
        world.do_import(patch)
        world.apply(patch.id)
    assert rebuilt(rebooted) == ["cumulative=1"]
    assert world.patches()["cumulative=1"] == "applied" and world.enabled("kpatch_a") != "1"


@pytest.mark.parametrize("rebooted", [False, True])
def test_what_was_put_back_is_wanted_again(world, key, rebuilt, rebooted):
    for patch in (make(key, "a"), make(key, "b"), make(key, "cumulative", replace=True)):
        world.do_import(patch)
        world.apply(patch.id)
    world.rollback("cumulative")
    assert rebuilt(rebooted) == ["a=1", "b=1"]


@pytest.mark.parametrize("rebooted", [False, True])
def test_what_was_for_one_boot_only_is_not_wanted(world, key, rebuilt, rebooted):
    """No generation had it, damaged or not."""
    for id in ("one", "two", "three", "four"):
        world.do_import(make(key, id))
    world.apply("one")
    world.apply("four", runtime=True)
    world.apply("two")
    world.apply("three", runtime=True)
    assert rebuilt(rebooted) == ["one=1", "two=1"]


@pytest.mark.parametrize("rebooted", [False, True])
def test_what_was_installed_is_wanted(world, key, rebuilt, rebooted):
    world.do_import(make(key, "a"))
    world.wait(world.start_change("Install", "a"))
    assert rebuilt(rebooted) == ["a=1"]


def test_over_several_boots(world, key, rebuilt, run_reapply):
    """What says last that it is in force is not what says that it is wanted."""
    for id in ("one", "two", "three"):
        world.do_import(make(key, id))
    for id in ("one", "two", "three"):
        world.apply(id)
    world.rollback("three")
    world.apply("three", runtime=True)
    world.rollback("two", runtime=True)
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0
    world.start()
    damage(world, 2)
    damage(world, 3)
    assert rebuilt(True) == ["one=1", "two=1"]


def test_what_a_change_that_failed_took_out_for_a_moment_is_wanted(world, key, rebuilt):
    for id in ("a", "b", "c"):
        world.do_import(make(key, id))
        world.apply(id)
    behind(world, "7 f c")
    job = world.manager.RollbackTo(1, OPTIONS, signature="ta{sv}")
    c = Path(world.folder, "sys/kernel/kpatch/kpatch_c/state")
    world.pump(lambda: c.read_text() == "reverting\n")
    c.write_text("disabled\n")
    world.pump(lambda: Path(world.folder, "sys/kernel/kpatch/kpatch_b/state").read_text() == "reverting\n")
    behind(world)
    cancel(world, job)
    with pytest.raises(JobFailed, match="Canceled"):
        world.wait(job)
    assert rebuilt(False) == ["a=1", "b=1", "c=1"]


def test_without_a_history_nothing_is_brought_back(world, stored, run_reapply):
    world.apply("fix-cmdline")
    world.rollback("fix-cmdline")
    damage(world, 2)
    shutil.rmtree(Path(world.folder, "var/history"))
    world.stop()
    world.reboot()
    status, log = run_reapply()
    assert status == 0 and "nobody knows whether it was rolled back" in log
    assert world.enabled(stored.name) is None


def test_all_are_damaged(world, stored):
    world.apply("fix-cmdline")
    damage(world, 1)
    world.stop()
    world.start()
    assert generations(world) == {2: ["fix-cmdline=1"]}, "the kernel, the history and the store tell"
    assert world.patches() == {"fix-cmdline=1": "applied"}


def test_damage_under_a_running_daemon(world, stored):
    world.apply("fix-cmdline")
    world.rollback("fix-cmdline")
    damage(world, 2)
    world.apply("fix-cmdline")
    assert generations(world) == {1: ["fix-cmdline=1"], 3: [], 4: ["fix-cmdline=1"]}


def test_an_older_one_that_is_damaged_does_no_harm(world, stored):
    world.apply("fix-cmdline")
    world.rollback("fix-cmdline")
    damage(world, 1)
    world.stop()
    world.start()
    assert world.property("Generation") == 2
    world.apply("fix-cmdline")
