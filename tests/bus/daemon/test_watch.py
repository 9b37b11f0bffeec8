# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What others do to the kernel is told without anybody asking."""

import shutil
import socket
import time
from pathlib import Path

import pytest

OBJECT = "/org/kpatchd1/patch/fix_2dcmdline_3d1"


def uevent(world, subsystem: str = "kpatch", action: str = "change") -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(f"{action}@/x\0ACTION={action}\0DEVPATH=/x\0SUBSYSTEM={subsystem}\0".encode(),
                      str(Path(world.folder, "uevents")))


def states(world, path: str = OBJECT) -> list[str]:
    return [str(a[1]["State"]) for p, m, a in world.signals if m == "PropertiesChanged" and p == path and "State" in a[1]]


def told(world, name: str) -> list:
    """What signals have said of a property of the patch."""
    return [a[1][name] for p, m, a in world.signals if m == "PropertiesChanged" and p == OBJECT and name in a[1]]


def members(world, member: str) -> list[str]:
    return [str(a[0]) for _, m, a in world.signals if m == member]


@pytest.fixture
def applied(world, stored):
    world.apply("fix-cmdline")
    world.pump(lambda: states(world)[-1:] == ["applied"])
    world.signals.clear()
    return Path(world.folder, "sys/kernel/kpatch", stored.name)


def test_an_echo_is_noticed_by_the_file(world, applied):
    Path(applied, "state").write_text("reverting\n")
    world.pump(lambda: states(world) == ["reverting"])


def test_a_transition_behind_the_back_is_followed(world, applied):
    Path(applied, "state").write_text("reverting\n")
    world.pump(lambda: states(world) == ["reverting"])
    # Without a word: a file of that name, and another one.
    Path(applied, "state.new").write_text("disabled\n")
    Path(applied, "state.new").rename(Path(applied, "state"))
    world.pump(lambda: states(world) == ["reverting", "failed"])


def test_a_module_that_the_patch_waits_for(world, applied):
    state = Path(applied, "vmlinux/state")
    state.parent.mkdir()
    for word in ("waiting", "patched"):
        state.write_text(f"{word}\n")
        uevent(world, "module", "add")
        world.pump(lambda: told(world, "Objects")[-1:] == [[("vmlinux", word)]])
    # Nothing of it is another.
    world.signals.clear()
    uevent(world, "module", "remove")
    folder = Path(world.folder, "sys/kernel/kpatch/by_hand")
    folder.mkdir()
    Path(folder, "state").write_text("applied\n")
    world.pump(lambda: members(world, "InterfacesAdded") != [])
    assert told(world, "Objects") == []


def test_a_policy_that_somebody_writes(world, applied):
    Path(applied, "policy").write_text("strict\n")
    world.pump(lambda: told(world, "Policy") == ["strict"])


def test_stragglers_without_a_job(world, applied):
    def behind(*names: str) -> None:
        Path(applied, "new").write_text("".join(f"{7 + i} f {name}\n" for i, name in enumerate(names)))
        Path(applied, "new").rename(Path(applied, "stragglers"))
        world.pump(lambda: [[str(comm) for _, comm, _ in list] for list in told(world, "Stragglers")][-1:] == [[*names]])
    Path(applied, "stragglers").write_text("7 f one\n8 f two\n")
    Path(applied, "state").write_text("reverting\n")
    world.pump(lambda: len(told(world, "Stragglers")) > 0 and len(told(world, "Stragglers")[-1]) == 2)
    behind("one")
    behind()


@pytest.mark.parametrize("subsystem", ["kpatch", "module"])
def test_insmod_and_rmmod(world, subsystem):
    folder = Path(world.folder, "sys/kernel/kpatch/by_hand")
    folder.mkdir(parents=True)
    Path(folder, "state").write_text("applied\n")
    uevent(world, subsystem, "add")
    world.pump(lambda: members(world, "InterfacesAdded") == ["/org/kpatchd1/patch/by_5fhand"])
    shutil.rmtree(folder)
    uevent(world, subsystem, "remove")
    world.pump(lambda: members(world, "InterfacesRemoved") == ["/org/kpatchd1/patch/by_5fhand"])


def test_a_module_that_is_still_coming_is_waited_for(world):
    """Its uevent comes before its init has run."""
    module = Path(world.folder, "sys/module/slow")
    module.mkdir(parents=True)
    Path(module, "initstate").write_text("coming\n")
    uevent(world, "module", "add")
    world.patches()
    folder = Path(world.folder, "sys/kernel/kpatch/slow")
    folder.mkdir(parents=True)
    Path(folder, "state").write_text("applied\n")
    Path(module, "initstate").write_text("live\n")
    world.pump(lambda: members(world, "InterfacesAdded") == ["/org/kpatchd1/patch/slow"])


def test_others_do_not_wake_it(world):
    folder = Path(world.folder, "sys/kernel/kpatch/by_hand")
    folder.mkdir(parents=True)
    Path(folder, "state").write_text("applied\n")
    uevent(world, "block", "change")
    since = time.monotonic()
    world.pump(lambda: time.monotonic() > since + 0.3)
    assert members(world, "InterfacesAdded") == []
    uevent(world)
    world.pump(lambda: members(world, "InterfacesAdded") != [])
