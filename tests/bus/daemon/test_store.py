# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is stored: removed when nothing needs it, verified when somebody asks."""

import re
import shutil
from pathlib import Path

import dbus
import pytest
from patchkit import Patch
from test_generations import folder
from test_replace import make
from world import JobFailed


def remove(world, name: str, **options) -> str:
    return world.wait(world.start_change("Remove", name, **options))


def verify(world, name: str = "") -> str:
    return world.wait(world.start_change("Verify", name))


def files(world) -> tuple[int, int]:
    return tuple(len(list(Path(world.folder, "var", top).glob(pattern)))
                 for top, pattern in (("manifests", "*.json"), ("modules", "*.ko")))


def needed(world, call, name: str = "Needed") -> str:
    before = world.tree()
    with pytest.raises(JobFailed) as failed:
        call()
    assert failed.value.name == name and world.tree() == before
    return failed.value.message


def corrupt(world, pattern: str) -> None:
    manifest = next(Path(world.folder, "var/manifests").glob(pattern))
    manifest.write_text(re.sub('"sig": "....', '"sig": "AAAA', manifest.read_text()))


def test_remove(world, stored):
    assert "could be removed" in remove(world, "fix-cmdline", **{"dry-run": True})
    assert files(world) == (1, 1)
    assert remove(world, "fix-cmdline") == "Patch fix-cmdline=1 was removed."
    assert files(world) == (0, 0) and world.patches() == {}
    with pytest.raises(dbus.DBusException, match="NoSuchPatch"):
        remove(world, "fix-cmdline")
    world.do_import(stored)
    world.apply("fix-cmdline")


def test_what_is_in_force_stays(world, stored):
    world.apply("fix-cmdline", runtime=True)
    assert "in force: roll it back first" in needed(world, lambda: remove(world, "fix-cmdline"))
    world.rollback("fix-cmdline")
    remove(world, "fix-cmdline")


def test_what_a_generation_has_stays(world, stored):
    world.apply("fix-cmdline")
    world.rollback("fix-cmdline")
    assert "generation 1 of this kernel" in needed(world, lambda: remove(world, "fix-cmdline"))
    # Another kernel's generations count as well.
    other = Path(folder(world).parent, "ab" * 20)
    other.mkdir()
    Path(other, "7.json").write_text(
        Path(folder(world), "1.json").read_text().replace(folder(world).name, other.name)
        .replace('"generation":1,', '"generation":7,'))
    shutil.rmtree(folder(world))
    assert f"generation 7 of the kernel build {other.name}" in needed(world, lambda: remove(world, "fix-cmdline"))
    shutil.rmtree(other)
    remove(world, "fix-cmdline")


def test_what_is_held_stays(world, stored):
    world.wait(world.start_change("Hold", "fix-cmdline"))
    needed(world, lambda: remove(world, "fix-cmdline"), "Held")


def test_a_module_that_two_name(world, key, stored):
    world.do_import(Patch(key, id="twin"))  # the same module
    assert files(world) == (2, 1)
    remove(world, "twin")
    assert files(world) == (1, 1)
    world.apply("fix-cmdline")


def test_what_nobody_vouches_for(world, stored):
    corrupt(world, "fix*")
    world.stop()
    world.start()
    assert world.patches() == {}
    remove(world, "fix-cmdline=1")
    assert files(world)[0] == 0


@pytest.mark.parametrize("name", ["../../etc/passwd", "fix=../1", "", "a=1"])
def test_names(world, stored, name):
    with pytest.raises(dbus.DBusException, match="InvalidPatchName|NoSuchPatch"):
        remove(world, name)


def test_polkit_is_asked_about_remove_alone(world, stored):
    world.allow()
    with pytest.raises(dbus.DBusException, match="org.kpatchd1.remove"):
        remove(world, "fix-cmdline")
    assert verify(world, "fix-cmdline") == "Patch fix-cmdline=1 is as it was signed."


def test_verify_all(world, key):
    assert verify(world) == "All 0 stored patches are as they were signed."
    for id in "abcd":
        world.do_import(make(key, id))
    assert verify(world) == "All 4 stored patches are as they were signed."
    corrupt(world, "a=*")
    for module in Path(world.folder, "var/modules").iterdir():
        if b"kpatch_b\0" in module.read_bytes():
            module.write_bytes(module.read_bytes()[:-1])
        elif b"kpatch_c\0" in module.read_bytes():
            module.unlink()
    with pytest.raises(JobFailed) as failed:
        verify(world)
    assert failed.value.name == "StateCorrupt"
    message = failed.value.message
    assert message.startswith("3 of 4 stored patches cannot be used: a=1: ") and "d=1" not in message
    assert "; b=1: The module has" in message and "; c=1: The module of patch c=1 is missing" in message
    with pytest.raises(JobFailed, match="ModuleSizeMismatch"):
        verify(world, "b")
    assert not [e for e in world.manager.GetHistory(0, {}, signature="ua{sv}") if e[1] == "verify"]


def test_verify_one_for_another_kernel(world, key):
    """It cannot be imported here, but a host that boots two kernels has some."""
    other = Patch(key, kernel="ab" * 20, id="other", name="kpatch_other", kernel_release="6.1.0-1-amd64")
    manifest, module = other.files()
    for top, name, data in (("manifests", "other=1.json", manifest),
                            ("modules", other.manifest(module)["module"]["sha256"] + ".ko", module)):
        Path(world.folder, "var", top).mkdir(exist_ok=True)
        Path(world.folder, "var", top, name).write_bytes(data)
    assert "All 1 stored" in verify(world)
