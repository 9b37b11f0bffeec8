# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The interface itself: what is introspected is what is installed, signals tell what happened, and rubbish is
survived."""

import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import dbus
import pytest
from patchkit import KERNEL_BUILD_ID, Patch
from world import BUILD, NAME, OPTIONS, PATH

SOURCE = Path(__file__).parents[3]
PATCH = "/org/kpatchd1/patch/fix_2dcmdline_3d1"


def members(interface) -> set:
    """Methods, signals and properties with their types, names of arguments, and how they change."""
    found = set()
    for member in interface:
        if member.tag == "annotation":
            continue
        arguments = tuple((a.get("name"), a.get("type"), a.get("direction", "out" if member.tag == "signal" else "in"))
                          for a in member.findall("arg"))
        notes = tuple(sorted((a.get("name"), a.get("value")) for a in member.findall("annotation")
                             if a.get("name").endswith("EmitsChangedSignal") and a.get("value") != "true"))
        found.add((member.tag, member.get("name"), member.get("type"), member.get("access"), arguments, notes))
    return found


def introspect(world, path):
    text = world.bus.get_object(NAME, path, introspect=False).Introspect(
        dbus_interface="org.freedesktop.DBus.Introspectable")
    return {i.get("name"): i for i in ElementTree.fromstring(text).findall("interface")}


def test_installed_xml_is_what_runs(world, stored):
    roots = Path(world.folder, "etc/feeds.d")
    Path(roots, "shop.root.json").write_bytes(Path(roots, "test.root.json").read_bytes())
    Path(roots, "shop.conf").write_text("[Feed]\nURL=http://127.0.0.1:1/\n")
    world.stop()
    world.start()
    described = {i.get("name"): i for i in ElementTree.parse(SOURCE / "dbus/org.kpatchd1.xml").getroot()}
    Path(world.folder, "fake/delay-ms").write_text("1000")
    job = world.manager.Apply("fix-cmdline", OPTIONS, signature="sa{sv}")
    for path, name in ((PATH, "Manager"), (PATCH, "Patch"), (job, "Job"),
                       ("/org/kpatchd1/feed/shop", "Feed")):
        name = f"org.kpatchd1.{name}"
        assert members(introspect(world, path)[name]) == members(described[name])
    world.wait(job)


def test_each_member_is_explained():
    text = (SOURCE / "dbus/org.kpatchd1.xml").read_text()
    members = re.findall(r'(<!--(?:(?!-->).)*-->)?\s*<(?:method|signal|property) name="(\w+)"', text, re.DOTALL)
    assert len(members) > 80
    assert [name for comment, name in members if not re.match(rf"<!--\s+{name}: ", comment)] == []


def test_each_kind_of_job_is_named():
    comment, = re.findall(r"<!--\s+Kind: (.*?)\.\s+-->", (SOURCE / "dbus/org.kpatchd1.xml").read_text(), re.DOTALL)
    kinds = {kind for path in (SOURCE / "src/daemon").glob("operation-*.c")
             for kind in re.findall(r'^ +\.name = "([a-z-]+)",\n', path.read_text(), re.MULTILINE)}
    parts = {"reapply", "restore", "withdraw"}  # at boot, and parts of others
    assert set(re.findall(r"[a-z]+(?:-[a-z]+)*", comment)) - {"or"} == kinds - parts


def test_object_manager(world, key):
    world.do_import(Patch(key))
    world.do_import(Patch(key, id="second", name="kpatch_second"))
    objects = world.bus.get_object(NAME, PATH, introspect=False).GetManagedObjects(
        dbus_interface="org.freedesktop.DBus.ObjectManager")
    assert set(objects) == {PATCH, "/org/kpatchd1/patch/second_3d1"}
    properties = objects[PATCH]["org.kpatchd1.Patch"]
    assert properties["State"] == "stored" and properties["Cves"] == ["CVE-2026-1234"]
    assert properties["Kernel"] == (os.uname().release, KERNEL_BUILD_ID)
    assert properties["Functions"] == [("vmlinux", "cmdline_proc_show", 0)]
    assert properties["TrustRoot"] == "test"


def test_signals_of_an_apply(world, stored):
    world.apply("fix-cmdline")
    states = [changed["State"] for path, member, (interface, changed, *_) in
              ((p, m, a) for p, m, a in world.signals if m == "PropertiesChanged")
              if path == PATCH and "State" in changed]
    assert states == ["applying", "applied"]
    job = next(a[0] for _, m, a in world.signals if m == "JobNew" and "/job/2" in a[0])
    steps = [changed["Step"] for path, member, (interface, changed, *_) in
             ((p, m, a) for p, m, a in world.signals if m == "PropertiesChanged") if path == job and "Step" in changed]
    assert steps and set(steps) <= {"lock", "verify", "verify-module", "check", "load-engine", "attempt", "load",
                                    "transition", "confirm", "trial", "record", "settle"}
    order = [m for p, m, a in world.signals if m == "JobRemoved" or (p == PATCH and m == "PropertiesChanged")]
    assert order[-1] == "JobRemoved", "who hears that the job has ended sees the new state"


def test_readers_are_served_while_a_patch_loads(world, stored):
    Path(world.folder, "fake/delay-ms").write_text("1500")
    job = world.manager.Apply("fix-cmdline", OPTIONS, signature="sa{sv}")
    assert world.patches() == {"fix-cmdline=1": "applying"}
    assert world.property("Jobs") == [job]
    assert world.property("Kind", job, "org.kpatchd1.Job") == "apply"
    assert job not in world.removed
    world.wait(job)


def test_the_same_asked_twice_is_one_job_and_another_is_refused(world, stored):
    Path(world.folder, "fake/delay-ms").write_text("800")
    job = world.manager.Apply("fix-cmdline", OPTIONS, signature="sa{sv}")
    assert world.manager.Apply("fix-cmdline", OPTIONS, signature="sa{sv}") == job
    strict = dbus.Dictionary({"policy": "strict"}, signature="sv")
    for method, options in ((world.manager.Apply, strict), (world.manager.Rollback, OPTIONS)):
        with pytest.raises(dbus.DBusException) as failed:
            method("fix-cmdline", options, signature="sa{sv}")
        assert failed.value.get_dbus_name() == "org.kpatchd1.Error.Busy"
        assert "fix-cmdline=1" in failed.value.get_dbus_message() and "(apply)" in failed.value.get_dbus_message()
    world.wait(job)
    with pytest.raises(dbus.DBusException):
        world.property("Kind", job, "org.kpatchd1.Job")


def test_jobs_run_in_order_and_are_bounded(world, key):
    patches = [Patch(key, id=f"p{i}", name=f"kpatch_p{i}") for i in range(17)]
    for patch in patches:
        world.do_import(patch)
    Path(world.folder, "fake/delay-ms").write_text("150")
    jobs = [world.manager.Apply(patch.id, OPTIONS, signature="sa{sv}") for patch in patches[:16]]
    with pytest.raises(dbus.DBusException) as failed:
        world.manager.Apply("p16", OPTIONS, signature="sa{sv}")
    assert failed.value.get_dbus_name() == "org.kpatchd1.Error.Busy"
    for job in jobs:
        world.wait(job)
    assert list(world.removed)[-16:] == jobs
    assert set(world.patches().values()) == {"applied", "stored"}


@pytest.mark.parametrize("arguments", [
    ["Apply"], ["Apply", "s", "x"], ["Apply", "i", "1"], ["Apply", "sa{sv}", "x", "1", "a", "v", "s", "y"],
    ["Import", "hha{sv}", "0", "0", "0"], ["NoSuchMethod"], ["ListPatches", "s", "x"],
    ["Apply", "sa{sv}", "x" * 100000, "0"],
])
def test_malformed_calls_are_answered(world, arguments):
    done = subprocess.run(["busctl", f"--address={world.address}", "call", NAME, PATH, "org.kpatchd1.Manager",
                           *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode != 0 and done.stderr
    assert world.patches() == {}


def test_no_descriptor_is_left_open(world, patch):
    def count():
        return len(os.listdir(f"/proc/{world.daemon.pid}/fd"))
    world.do_import(patch)
    world.apply(patch.id)
    world.rollback(patch.id)
    before = count()
    for _ in range(5):
        world.apply(patch.id)
        world.rollback(patch.id)
        with pytest.raises(Exception):
            world.do_import(patch)
        with pytest.raises(Exception):
            world.manager.Apply("nothing", OPTIONS, signature="sa{sv}")
    assert count() == before


def test_version(world):
    done = subprocess.run([BUILD / "src/daemon/kpatchd-test", "--version"], capture_output=True, text=True)
    assert done.stdout == f"kpatchd {world.property('Version')}\n"


def test_second_daemon_says_why_it_ends(world):
    done = subprocess.run([BUILD / "src/daemon/kpatchd-test"], env=world.env, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and "org.kpatchd1" in done.stderr


@pytest.mark.parametrize("arguments", [["--reaply"], ["now"], ["-x"]])
def test_wrong_command_line(arguments):
    done = subprocess.run([BUILD / "src/daemon/kpatchd-test", *arguments], capture_output=True, text=True)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
