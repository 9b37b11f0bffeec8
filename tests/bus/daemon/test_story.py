# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Import, apply, rollback, start again: what is shown and what is on disk."""

import json
import signal
from pathlib import Path

import pytest
from patchkit import KERNEL_BUILD_ID, Patch
from world import JobFailed


def generations(world):
    folder = Path(world.folder, "var/generations", KERNEL_BUILD_ID)
    return {int(path.stem): [p["patch"] for p in json.loads(path.read_text())["patches"]]
            for path in folder.glob("*.json")} if folder.exists() else {}


def test_import_stores_and_loads_nothing(world, patch):
    assert world.do_import(patch) == "Patch fix-cmdline=1 was imported."
    assert world.patches() == {"fix-cmdline=1": "stored"}
    assert world.enabled(patch.name) is None
    assert generations(world) == {}


def test_apply_and_rollback(world, stored):
    world.apply("fix-cmdline")
    assert world.patches() == {"fix-cmdline=1": "applied"}
    assert world.enabled(stored.name) == "1"
    world.rollback("fix-cmdline=1")
    assert world.patches() == {"fix-cmdline=1": "stored"}
    assert world.enabled(stored.name) is None
    assert generations(world) == {1: ["fix-cmdline=1"], 2: []}
    assert world.property("Generation") == 2


def test_apply_again_after_rollback(world, stored):
    for _ in range(3):
        world.apply("fix-cmdline")
        world.rollback("fix-cmdline")
    assert world.property("Generation") == 6


def test_two_versions_newest_is_meant(world, key):
    for version in ("1.9", "1.10"):
        world.do_import(Patch(key, version=version, name="kpatch_v" + version.replace(".", "_")))
    world.apply("fix-cmdline")
    assert world.patches() == {"fix-cmdline=1.9": "stored", "fix-cmdline=1.10": "applied"}


def test_version_in_force_is_meant(world, key):
    for version in ("1", "2"):
        world.do_import(Patch(key, version=version, name="kpatch_v" + version))
    world.apply("fix-cmdline=1")
    world.rollback("fix-cmdline")
    assert world.patches() == {"fix-cmdline=1": "stored", "fix-cmdline=2": "stored"}


def test_state_survives_a_restart(world, stored):
    world.apply("fix-cmdline")
    world.stop()
    world.start()
    assert world.patches() == {"fix-cmdline=1": "applied"}
    assert world.property("Generation") == 1


def test_state_is_read_from_the_kernel(world, stored):
    world.apply("fix-cmdline")
    Path(world.folder, "sys/kernel/kpatch", stored.name, "state").write_text("disabled\n")
    assert world.patches() == {"fix-cmdline=1": "failed"}
    Path(world.folder, "sys/kernel/kpatch", stored.name, "state").write_text("of-tomorrow\n")
    assert world.patches() == {"fix-cmdline=1": "applied"}, "a word that is not known: what enabled says"


def test_patch_loaded_by_hand_is_listed(world):
    folder = Path(world.folder, "sys/kernel/kpatch/other")
    folder.mkdir(parents=True)
    Path(folder, "enabled").write_text("1\n")
    assert world.patches() == {"other=": "applied"}
    with pytest.raises(Exception, match="NoSuchPatch"):
        world.rollback("other")


def test_patch_whose_root_was_taken_away_comes_out(world, stored):
    world.apply("fix-cmdline")
    world.stop()
    Path(world.folder, "etc/feeds.d/test.root.json").unlink()
    world.start()
    assert world.patches() == {"fix-cmdline=1": "applied"}
    world.rollback("fix-cmdline")
    assert world.enabled(stored.name) is None
    assert world.patches() == {}


def test_damaged_store_is_left_out_and_repaired_by_import(world, stored):
    path = Path(world.folder, "var/manifests/fix-cmdline=1.json")
    path.write_bytes(path.read_bytes().replace(b"payload", b"playload"))
    world.stop()
    world.start()
    assert world.patches() == {}
    world.do_import(stored)
    assert world.patches() == {"fix-cmdline=1": "stored"}


def test_damaged_module_is_refused_and_repaired_by_import(world, stored):
    path, = Path(world.folder, "var/modules").iterdir()
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(JobFailed) as failed:
        world.apply("fix-cmdline")
    assert failed.value.name == "ModuleDigestMismatch"
    world.do_import(stored)
    world.apply("fix-cmdline")


def test_reapply(world, stored, run_reapply):
    world.apply("fix-cmdline")
    world.stop()
    world.reboot()
    status, log = run_reapply()
    assert status == 0 and "was applied again" in log
    assert world.enabled(stored.name) == "1"
    assert run_reapply()[0] == 0, "a second time changes nothing"


def test_reapply_is_prevented_on_the_command_line(world, stored, run_reapply):
    world.apply("fix-cmdline")
    world.stop()
    world.reboot()
    Path(world.folder, "proc/cmdline").write_text("quiet kpatchd.apply=0 ro\n")
    status, log = run_reapply()
    assert status == 0 and "kpatchd.apply=0" in log
    assert world.enabled(stored.name) is None
    world.start()
    assert world.property("ApplyDisabled")
    assert world.patches() == {"fix-cmdline=1": "stored"}, "wanted and kept out has not failed"


def test_reapply_of_one_that_fails_does_not_stop_the_others(world, key, run_reapply):
    for name in ("bad", "good"):
        world.do_import(Patch(key, id=name, name=f"kpatch_{name}"))
        world.apply(name)
    world.stop()
    world.reboot()
    for path in Path(world.folder, "var/manifests").glob("bad*"):
        path.unlink()
    status, log = run_reapply()
    assert status != 0 and "bad=1" in log
    assert world.enabled("kpatch_good") == "1"


def test_reapply_verifies_again(world, stored, run_reapply):
    world.apply("fix-cmdline")
    world.stop()
    world.reboot()
    path, = Path(world.folder, "var/modules").iterdir()
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert run_reapply()[0] != 0
    assert world.enabled(stored.name) is None


def test_stopping_takes_a_job_back(world, stored):
    """It ends in order, as if it had been cancelled: what stops the daemon does not wait for long."""
    Path(world.folder, "fake/delay-ms").write_text("600")
    world.start_change("Apply", "fix-cmdline")
    assert "The apply was cancelled; nothing has changed." in world.stop(signal.SIGTERM)
    assert world.enabled(stored.name) is None and generations(world) == {}
    assert not list(Path(world.folder, "var/attempts").glob("*"))
