# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 at each step: after a restart, what is shown is what the kernel has, and the operation can be repeated.
The steps come from the running daemon's own table, by way of the signals of a job that is not killed."""

from pathlib import Path

import pytest
from patchkit import Patch
from world import OPTIONS

APPLY = ["lock", "verify", "verify-module", "check", "load-engine", "attempt", "load", "transition", "confirm", "trial",
         "record", "settle", "end"]
ROLLBACK = ["lock", "verify", "check", "attempt", "restore", "switch", "transition", "confirm",
            "restore-after", "record", "unload", "settle", "end"]
IMPORT = ["lock", "verify", "verify-module", "check", "room", "store", "end"]


def killed(world, fault, call):
    """Has a daemon die at that point of the call, and starts one that does not."""
    world.die_at(fault, call)
    world.pump(lambda: not world.bus.name_has_owner("org.kpatchd1"))
    world.start()


def truth(world, patch) -> str:
    return "applied" if world.enabled(patch.name) == "1" else "not applied"


def shown(world, patch) -> str:
    return "applied" if world.patches()[patch.ref] == "applied" else "not applied"


@pytest.mark.parametrize("step", APPLY)
def test_apply(world, stored, step):
    killed(world, f"apply.{step}", lambda: world.manager.Apply("fix-cmdline", OPTIONS, signature="sa{sv}"))
    assert shown(world, stored) == truth(world, stored)
    if shown(world, stored) == "applied" and world.property("Generation") == 1:
        with pytest.raises(Exception, match="AlreadyApplied"):
            world.apply("fix-cmdline")
    else:
        world.apply("fix-cmdline")
    assert truth(world, stored) == shown(world, stored) == "applied"
    assert world.property("Generation") == 1
    world.rollback("fix-cmdline")
    assert truth(world, stored) == shown(world, stored) == "not applied"


@pytest.mark.parametrize("step", ROLLBACK)
def test_rollback(world, stored, step):
    world.apply("fix-cmdline")
    killed(world, f"rollback.{step}", lambda: world.manager.Rollback("fix-cmdline", OPTIONS, signature="sa{sv}"))
    assert shown(world, stored) == truth(world, stored)
    if world.property("Generation") == 1:
        world.rollback("fix-cmdline")
    assert truth(world, stored) == shown(world, stored) == "not applied"
    assert world.property("Generation") == 2
    world.apply("fix-cmdline")
    assert truth(world, stored) == shown(world, stored) == "applied"


@pytest.mark.parametrize("step", IMPORT)
def test_import(world, patch, step):
    killed(world, f"import.{step}", lambda: world.start_import(*patch.files()))
    if world.patches():
        assert step == "end"
    else:
        world.do_import(patch)
    assert world.patches() == {patch.ref: "stored"}
    world.apply(patch.id)


def test_import_between_module_and_manifest(world, key, patch):
    """What is left is a module that nobody names; it goes when there is no room."""
    killed(world, "store.module", lambda: world.start_import(*patch.files()))
    folder = Path(world.folder, "var/modules")
    left, = folder.iterdir()
    assert world.patches() == {}
    left.write_bytes(bytes(1024 * 1024))
    Path(world.folder, "etc/kpatchd.conf").write_text("[Store]\nSizeMaxMiB=1\n")
    world.stop()
    world.start()
    other = Patch(key, id="other", name="kpatch_other")
    world.do_import(other)
    assert not left.exists() and len(list(folder.iterdir())) == 1
    world.do_import(patch)
    for one in (patch, other):
        world.apply(one.id)


def test_the_steps_are_all_of_them(world, patch):
    """A step that is added to the daemon's table must be added here."""
    world.do_import(patch)
    world.apply(patch.id)
    world.rollback(patch.id)
    totals = {changed["Progress"][1] for _, member, (interface, changed, *_) in
              ((p, m, a) for p, m, a in world.signals if m == "PropertiesChanged") if "Progress" in changed}
    assert totals == {len(APPLY) - 1, len(ROLLBACK) - 1, len(IMPORT) - 1}


def test_interrupted_operation_is_said(world, stored):
    killed(world, "apply.confirm", lambda: world.manager.Apply("fix-cmdline", OPTIONS, signature="sa{sv}"))
    assert "apply of fix-cmdline=1" in world.stop()
