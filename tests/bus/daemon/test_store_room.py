# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The limits of the store, and what goes to make room."""

import json
import os
from pathlib import Path

import dbus
import pytest
from patchkit import Patch
from test_replace import make
from world import JobFailed

USER = 65534


def limit(world, **settings: int) -> None:
    Path(world.folder, "etc/kpatchd.conf").write_text(
        "[Store]\n" + "".join(f"{name}={value}\n" for name, value in settings.items()) + "[Generations]\nKeep=2\n")
    world.stop()
    world.start()


def version(key, number: int, id: str = "fix") -> Patch:
    """Each has a module name of its own, so that several can be in force."""
    return Patch(key, id=id, version=str(number), name=f"kpatch_{id}_{number}")


def age(world, *patches: Patch) -> None:
    """The first is the oldest."""
    for i, patch in enumerate(patches):
        os.utime(Path(world.folder, "var/manifests", f"{patch.ref}.json"), (1000 + i, 1000 + i))


def note(world, patch: Patch, uid: int, size: int = 1000) -> None:
    """As if that user had imported it: the daemon's note."""
    folder = Path(world.folder, "var/imports")
    folder.mkdir(exist_ok=True)
    Path(folder, f"{patch.ref}.json").write_text(json.dumps({"format": 1, "patch": patch.ref, "uid": uid, "size": size}))


def refused(world, patch: Patch, **options) -> str:
    before = world.tree()
    with pytest.raises(JobFailed) as failed:
        world.do_import(patch)
    assert failed.value.name == "StoreFull" and world.tree() == before
    return failed.value.message


def test_full_of_what_may_be_needed(world, key):
    limit(world, PatchesMax=2)
    for id in "ab":
        world.do_import(make(key, id))
    assert "PatchesMax=" in refused(world, make(key, "c"))
    world.wait(world.start_change("Remove", "a"))
    world.do_import(make(key, "c"))
    assert set(world.patches()) == {"b=1", "c=1"}


def test_older_versions_make_room(world, key):
    patches = [version(key, n) for n in (1, 2, 3)]
    for patch in patches:
        world.do_import(patch)
    age(world, patches[1], patches[0], patches[2])
    limit(world, PatchesMax=3)
    world.do_import(make(key, "a"))
    assert set(world.patches()) == {"fix=1", "fix=3", "a=1"}, "the older one of those that had a successor"
    world.do_import(make(key, "b"))
    assert set(world.patches()) == {"fix=3", "a=1", "b=1"}
    refused(world, make(key, "c"))
    assert "to make room" in world.stop()


@pytest.mark.parametrize("how", ["in force", "in force until the boot", "in a generation", "held"])
def test_what_is_needed_stays(world, key, how):
    patches = [version(key, n) for n in (1, 2)]
    for patch in patches:
        world.do_import(patch)
    if how == "held":
        world.wait(world.start_change("Hold", "fix=1"))
    else:
        world.apply("fix=1", **({"runtime": True} if "boot" in how else {}))
    if how == "in a generation":
        world.rollback("fix=1")
    limit(world, PatchesMax=2)
    refused(world, make(key, "a"))
    if how == "in a generation":  # until it is kept no longer
        world.apply("fix=2")
        world.rollback("fix=2")
        world.do_import(make(key, "a"))
        assert set(world.patches()) == {"fix=2", "a=1"}


def store_others(world, key, kernel: str = "ab" * 20, id: str = "other") -> None:
    """A patch for another kernel build, as if it had been imported there."""
    other = Patch(key, kernel=kernel, id=id, name=f"kpatch_{id}", kernel_release="6.1.0-1-amd64")
    manifest, module = other.files()
    for top, name, data in (("manifests", f"{id}=1.json", manifest),
                            ("modules", other.manifest(module)["module"]["sha256"] + ".ko", module)):
        Path(world.folder, "var", top).mkdir(exist_ok=True)
        Path(world.folder, "var", top, name).write_bytes(data)


def test_another_kernels_make_room(world, key):
    store_others(world, key)
    limit(world, PatchesMax=1)
    world.do_import(make(key, "a"))
    assert set(world.patches()) == {"a=1"}
    assert len(list(Path(world.folder, "var/modules").iterdir())) == 1


def record_others(world, kernel: str, *refs: str, when: int) -> Path:
    """A generation of another kernel build, recorded at that time."""
    folder = Path(world.folder, "var/generations", kernel)
    folder.mkdir(parents=True)
    patches = [{"patch": ref, "engine": "core", "module": f"kpatch_{ref.split('=')[0]}", "module_build_id": "cd" * 20}
               for ref in refs]
    Path(folder, "1.json").write_text(json.dumps({
        "format": 1, "generation": 1, "build_id": kernel, "created": "2026-01-01T00:00:00Z", "cause": "apply x=1",
        "patches": patches}))
    os.utime(folder, (when, when))
    return folder


def test_kernels_that_are_long_gone_need_nothing(world, key):
    folders = []
    for n, kernel in enumerate(("ab" * 20, "cd" * 20, "ef" * 20)):
        store_others(world, key, kernel, f"other{n}")
        folders.append(record_others(world, kernel, f"other{n}=1", when=1000 + n))
    Path(folders[0], "7.json.broken").write_text("{")
    os.utime(folders[0], (1000, 1000))
    limit(world, PatchesMax=4)
    world.do_import(make(key, "a"))
    refused(world, make(key, "b"))
    world.apply("a")
    assert all(folder.exists() for folder in folders), "five are kept"
    config = Path(world.folder, "etc/kpatchd.conf")
    config.write_text(config.read_text() + "Kernels=2\n")
    world.stop()
    world.start()
    world.rollback("a")
    assert [folder.exists() for folder in folders] == [False, False, True], "the one that runs, and the last before"
    world.do_import(make(key, "b"))
    assert set(world.patches()) == {"other1=1", "other2=1", "a=1", "b=1"}
    with pytest.raises(JobFailed, match="Needed"):
        world.wait(world.start_change("Remove", "other2"))
    world.wait(world.start_change("Remove", "other1"))
    assert "Kernels=" in world.stop()


@pytest.mark.parametrize("number", [1, 2])
def test_what_a_damaged_generation_may_need_stays(world, key, number):
    """Nobody knows which patches of its build that is."""
    store_others(world, key)
    folder = Path(world.folder, "var/generations", "ab" * 20)
    folder.mkdir(parents=True)
    for n in (1, 2):
        Path(folder, f"{n}.json").write_text("{" if n == number else json.dumps({
            "format": 1, "generation": n, "build_id": "ab" * 20, "created": "2026-01-01T00:00:00Z", "cause": "apply x=1",
            "patches": []}))
    limit(world, PatchesMax=1)
    refused(world, make(key, "a"))
    with pytest.raises(JobFailed, match=f"Needed.*{number}.json"):
        world.wait(world.start_change("Remove", "other"))
    Path(folder, f"{number}.json").rename(Path(world.folder, "elsewhere"))
    world.do_import(make(key, "a"))
    assert set(world.patches()) == {"a=1"}


def test_size(world, key):
    limit(world, SizeMaxMiB=1)
    world.do_import(version(key, 1))
    world.do_import(version(key, 2))
    ballast = Path(world.folder, "var/modules/ballast")
    size = sum(path.stat().st_size for top in ("manifests", "modules") for path in Path(world.folder, "var", top).iterdir())
    ballast.write_bytes(b"\0" * (1024 * 1024 - size - 100))
    world.do_import(make(key, "a"))
    assert set(world.patches()) == {"fix=2", "a=1"}
    assert "SizeMaxMiB=" in refused(world, version(key, 9, "big"))


@pytest.mark.parametrize("name", ["{}.ko", ".{}.ko.tmp"])
def test_modules_that_nobody_names_go(world, key, name):
    """As a crash in the middle of an import leaves them."""
    world.do_import(version(key, 1))
    orphan = Path(world.folder, "var/modules", name.format("ab" * 32))
    orphan.write_bytes(bytes(1024 * 1024 - 1000))
    unknown = Path(world.folder, "var/manifests/unknown=1.json")
    unknown.write_text("{}")
    limit(world, SizeMaxMiB=1)
    refused(world, make(key, "a"))
    assert orphan.exists(), "one that cannot be verified may name any"
    unknown.unlink()
    world.do_import(make(key, "a"))
    assert not orphan.exists() and set(world.patches()) == {"fix=1", "a=1"}
    world.apply("fix")
    assert "that no patch names" in world.stop()


def test_dry_run(world, key):
    limit(world, PatchesMax=2)
    patches = [version(key, n) for n in (1, 2)]
    for patch in patches:
        world.do_import(patch)
    before = world.tree()
    manifest, module = make(key, "a").files()
    for name, data in (("manifest", manifest), ("module", module)):
        Path(world.folder, name).write_bytes(data)
    with open(Path(world.folder, "manifest"), "rb") as first, open(Path(world.folder, "module"), "rb") as second:
        options = dbus.Dictionary({"dry-run": True}, signature="sv")
        assert "could be" in world.wait(world.manager.Import(first.fileno(), second.fileno(), options, signature="hha{sv}"))
    assert world.tree() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
@pytest.mark.parametrize(("setting", "size"), [("PatchesPerUser", 1), ("SizePerUserMiB", 1024 * 1024 - 100)])
def test_a_share_of_a_user(world, key, setting, size):
    """The daemon sees whose call it is; root has no share."""
    limit(world, **{setting: 1})
    other = make(key, "a")
    world.do_import(other)
    assert not Path(world.folder, "var/imports").exists() or not list(Path(world.folder, "var/imports").iterdir())
    note(world, other, USER, size)
    world.do_import(make(key, "b"))
    manifest, module = make(key, "c").files()
    for name, data in (("manifest", manifest), ("module", module)):
        Path(world.folder, name).write_bytes(data)
    for path in (world.folder, *world.folder.parents):
        if path.stat().st_uid == os.getuid() and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    message = import_as(world, USER)
    assert "StoreFull" in message and setting in message
    world.wait(world.start_change("Remove", "a"))
    assert not Path(world.folder, "var/imports/a=1.json").exists()
    assert "done" in import_as(world, USER)
    assert json.loads(Path(world.folder, "var/imports/c=1.json").read_text())["uid"] == USER


def import_as(world, uid: int) -> str:
    """Another process, as the caller's user is the bus' word."""
    import subprocess
    script = """
import dbus, os, sys
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib
os.setgid(int(sys.argv[3])); os.setuid(int(sys.argv[3]))
loop = GLib.MainLoop()
bus = dbus.bus.BusConnection(sys.argv[1], mainloop=DBusGMainLoop())
bus.add_signal_receiver(lambda job, result, message: (print(result, message), loop.quit()), "JobRemoved")
files = [open(os.path.join(sys.argv[2], name), "rb") for name in ("manifest", "module")]
manager = bus.get_object("org.kpatchd1", "/org/kpatchd1", introspect=False)
manager.Import(*[f.fileno() for f in files], dbus.Dictionary({}, signature="sv"), signature="hha{sv}",
               dbus_interface="org.kpatchd1.Manager")
GLib.timeout_add_seconds(30, loop.quit)
loop.run()
"""
    done = subprocess.run(["/usr/bin/python3", "-c", script, world.address, str(world.folder), str(uid)],
                          capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr
