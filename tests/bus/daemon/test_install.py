# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is wanted at boot and what is in force now, changed without the other: install, uninstall, and a rollback until
the next boot."""

import shutil
from pathlib import Path

import dbus
import pytest
from patchkit import Patch, livepatch
from test_kill import killed
from test_replace import make
from test_rollback_to import in_force
from world import JobFailed

OBJECT = "/org/kpatchd1/patch/{}_3d1"


def change(world, method: str, name: str, **options) -> str:
    return world.wait(world.start_change(method, name, **options))


def wanted(world, name: str) -> bool:
    return bool(world.property("Persistent", OBJECT.format(name), "org.kpatchd1.Patch"))


@pytest.fixture
def a(world, key):
    world.do_import(make(key, "a"))


def test_install_is_for_the_next_boot(world, a, run_reapply):
    before = world.tree("sys")
    assert change(world, "Install", "a") == "Patch a=1 will be applied from the next boot on."
    assert world.tree("sys") == before, "the kernel stays as it is"
    assert wanted(world, "a") and world.patches() == {"a=1": "stored"}, "it has not failed"
    with pytest.raises(JobFailed, match="AlreadyApplied"):
        change(world, "Install", "a")
    world.stop()
    world.start()
    assert world.patches() == {"a=1": "stored"}
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0 and in_force(world) == ["a"]
    world.start()
    assert world.patches() == {"a=1": "applied"}


def test_an_installed_patch_that_does_not_come_has_failed(world, a):
    change(world, "Install", "a")
    world.stop()
    world.reboot()
    world.start()
    assert world.patches() == {"a=1": "failed"}


def test_uninstall_leaves_it_in_force(world, a, run_reapply):
    world.apply("a")
    before = world.tree("sys")
    assert "will not be applied at boot any more" in change(world, "Uninstall", "a")
    assert world.tree("sys") == before and world.patches() == {"a=1": "applied"} and not wanted(world, "a")
    with pytest.raises(JobFailed, match="NotApplied"):
        change(world, "Uninstall", "a")
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0 and in_force(world) == []


def test_unloaded_until_the_next_boot(world, a, run_reapply):
    world.apply("a")
    assert world.rollback("a", runtime=True) == "Patch a=1 is out of force until the next boot."
    assert in_force(world) == [] and world.property("Generation") == 1
    assert wanted(world, "a") and world.patches() == {"a=1": "stored"}
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0 and in_force(world) == ["a"]
    world.start()
    # an apply ends the wait; what then is missing is missing
    world.rollback("a", runtime=True)
    world.apply("a")
    world.stop()
    for folder in ("kernel/kpatch/kpatch_a", "module/kpatch_a"):
        shutil.rmtree(Path(world.folder, "sys", folder))
    world.start()
    assert world.patches() == {"a=1": "failed"}


def test_what_was_applied_until_the_next_boot_is_unloaded(world, a):
    world.apply("a", runtime=True)
    world.rollback("a", runtime=True)
    assert in_force(world) == [] and world.patches() == {"a=1": "stored"} and world.property("Generation") == 0


def test_dependencies_are_those_of_the_boot(world, key):
    base = Patch(key, id="base", name="kpatch_base")
    world.do_import(base)
    world.do_import(Patch(key, id="top", name="kpatch_top", fields={"depends": ["base"]}))
    world.do_import(Patch(key, id="foe", name="kpatch_foe", fields={"conflicts": ["base"]}))
    with pytest.raises(JobFailed, match="DependencyMissing.*install that one first"):
        change(world, "Install", "top")
    change(world, "Install", "base")
    change(world, "Install", "top")
    with pytest.raises(JobFailed, match="Conflict.*uninstall that one first"):
        change(world, "Install", "foe")
    with pytest.raises(JobFailed, match="DependencyMissing.*uninstall that one first"):
        change(world, "Uninstall", "base")
    change(world, "Uninstall", "top")
    change(world, "Uninstall", "base")
    assert world.property("Generation") == 4


@pytest.mark.parametrize("first", ["a", "klp"])
def test_two_engines_cannot_have_one_function_at_boot(world, a, key, first):
    """Neither is in the kernel, so that the manifests alone tell. A name that is unique has the number 0 or 1."""
    Path(world.folder, "sys/kernel/livepatch").mkdir()
    function = {"name": "cmdline_proc_show", "sympos": 1}
    world.do_import(livepatch(key, fields={"objects": [{"name": "vmlinux", "functions": [function]}]}))
    other = livepatch(key, id="other", name="klp_other")
    other.fields["objects"] = [{"name": "vmlinux", "functions": [function | {"sympos": 2}]}]
    world.do_import(other)
    change(world, "Install", first)
    second = {"a": "klp", "klp": "a"}[first]
    with pytest.raises(JobFailed) as failed:
        change(world, "Install", second)
    assert failed.value.name == "Conflict" and all(
        word in failed.value.message for word in (f"{first}=1", f"{second}=1", "cmdline_proc_show of vmlinux", "uninstall"))
    assert world.property("Generation") == 1
    change(world, "Install", "other")
    change(world, "Uninstall", first)
    change(world, "Install", second)


def test_held_and_dry_run(world, a):
    change(world, "Hold", "a")
    before = world.tree()
    with pytest.raises(JobFailed, match="Held"):
        change(world, "Install", "a")
    change(world, "Unhold", "a")
    assert change(world, "Install", "a", **{"dry-run": True}) == "Patch a=1 could be applied from the next boot on."
    assert {k: v for k, v in before.items() if "holds" not in k} == {
        k: v for k, v in world.tree().items() if "holds" not in k}
    with pytest.raises(dbus.DBusException, match="no option"):
        change(world, "Install", "a", runtime=True)


def test_polkit_is_asked(world, a):
    world.allow("org.kpatchd1.rollback")
    with pytest.raises(dbus.DBusException, match="org.kpatchd1.apply"):
        world.start_change("Install", "a")
    world.allow("org.kpatchd1.apply")
    change(world, "Install", "a")
    with pytest.raises(dbus.DBusException, match="org.kpatchd1.rollback"):
        world.start_change("Uninstall", "a")


def test_what_an_installed_one_replaces_comes_back(world, a, key, run_reapply):
    world.apply("a")
    world.do_import(make(key, "cumulative", replace=True))
    change(world, "Install", "cumulative")
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0 and in_force(world) == ["cumulative"]
    world.start()
    assert world.patches() == {"a=1": "superseded", "cumulative=1": "applied"}
    world.rollback("cumulative")
    assert in_force(world) == ["a"] and wanted(world, "a")


@pytest.mark.parametrize("step", ["lock", "verify", "verify-module", "check", "record", "end"])
def test_killed_while_installing(world, a, step):
    killed(world, f"install.{step}", lambda: world.start_change("Install", "a"))
    assert wanted(world, "a") == (step == "end") and world.patches() == {"a=1": "stored"}
    if step != "end":
        change(world, "Install", "a")
    killed(world, f"uninstall.{step}" if "verify" not in step else "uninstall.record",
           lambda: world.start_change("Uninstall", "a"))
    assert wanted(world, "a") == (step != "end") and world.patches() == {"a=1": "stored"}
