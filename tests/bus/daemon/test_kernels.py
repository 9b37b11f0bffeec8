# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each kernel build has generations of its own, and finds them whenever it is booted."""

from pathlib import Path

import pytest
from patchkit import KERNEL_BUILD_ID, Patch, build_id_note
from test_replace import make
from test_rollback_to import in_force
from world import JobFailed

NEW = "ab" * 20


def test_a_new_kernel_and_the_old_one_again(world, key, run_reapply):
    def boot(build_id: str) -> None:
        world.stop()
        world.reboot()
        Path(world.folder, "sys/kernel/notes").write_bytes(build_id_note(build_id))
        assert run_reapply()[0] == 0
        world.start()

    world.do_import(make(key, "a"))
    world.apply("a")
    boot(NEW)
    assert in_force(world) == [] and world.property("Generation") == 0
    with pytest.raises(JobFailed, match="BuildIdMismatch"):
        world.apply("a")
    world.do_import(Patch(key, id="b", name="kpatch_b", kernel=NEW))
    world.apply("b")
    boot(NEW)
    assert in_force(world) == ["b"] and world.property("Generation") == 1
    boot(KERNEL_BUILD_ID)
    assert in_force(world) == ["a"] and world.property("Generation") == 1
    assert set(world.patches()) == {"a=1", "b=1"}
