# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""A patch can be taken out on a disk that takes nothing, until the next boot: a bad patch must not stay because of it."""

import signal
from pathlib import Path

import pytest
from diskkit import leave, leave_no_inode, read_only, state_disk
from patchkit import Patch
from test_guard import shut_down
from test_replace import make
from world import JobFailed

FULL = {
    "full": ("NoSpace", lambda world: leave(world, 0)),
    "no-inode": ("NoSpace", leave_no_inode),
    "read-only": ("ReadOnly", read_only),
}


@pytest.fixture
def small(world):
    with state_disk(world, "nr_inodes=100"):
        yield world


def refuses(world, error: str, call) -> str:
    """It is refused by that name, and nothing has changed."""
    before = world.tree("var"), world.tree("sys")
    with pytest.raises(JobFailed) as refused:
        call()
    assert refused.value.name == error
    assert (world.tree("var"), world.tree("sys")) == before
    return refused.value.message


@pytest.mark.parametrize("how", FULL)
def test_rollback(small, key, how):
    error, fill = FULL[how]
    small.do_import(Patch(key))
    small.apply("fix-cmdline")
    number = small.property("Generation")
    fill(small)
    for _ in range(2):
        message = refuses(small, error, lambda: small.rollback("fix-cmdline"))
        assert message.endswith("; 'kpatchctl rollback --runtime fix-cmdline=1' takes it out of force until the next boot.")
        # Whether the daemon was there when the disk still took something, or not.
        small.stop()
        small.start()
    small.rollback("fix-cmdline", runtime=True)
    assert small.property("Generation") == number
    assert small.enabled("kpatch_fix_cmdline") != "1"
    # Nobody could note that it waits for the next boot: it is wanted, and not there.
    assert small.patches() == {"fix-cmdline=1": "failed"}


def test_it_brings_nothing_back_that_it_cannot_note(small, key):
    """An apply needs its note: without it the machine could die of the patch at each boot."""
    for patch in (make(key, "a"), make(key, "cumulative", replace=True)):
        small.do_import(patch)
        small.apply(patch.id)
    leave(small, 0)
    refuses(small, "NoSpace", lambda: small.rollback("cumulative", runtime=True))
    assert small.patches() == {"a=1": "superseded", "cumulative=1": "applied"}


def test_a_crash_is_judged_before_the_reserve_is_spent(small, key, run_reapply):
    """Else its note would be taken for that of the next try, and the patch crash each boot."""
    small.do_import(Patch(key))
    small.apply("fix-cmdline")
    small.stop(signal.SIGKILL)
    leave(small, 0)
    small.reboot()
    status, log = run_reapply()
    assert status == 1 and "is quarantined" in log and small.enabled("kpatch_fix_cmdline") != "1"
    small.start()
    assert list(small.property("Quarantine"))[0][0] == "fix-cmdline=1"


def test_a_boot_on_a_full_disk(small, key, run_reapply):
    """Its notes find room in what was kept for them; a boot after it, on a disk that is full still, has none left."""
    small.do_import(Patch(key))
    small.apply("fix-cmdline")
    reserve = Path(small.folder, "var/reserve")
    assert reserve.stat().st_size == 65536
    small.stop()
    for status in (0, 1):
        leave(small, 0)
        small.reboot()
        assert run_reapply()[0] == status
        assert (small.enabled("kpatch_fix_cmdline") == "1") == (status == 0) and not reserve.exists()
        shut_down(small)
        assert not list(Path(small.folder, "var/attempts").iterdir())
    leave(small, 300000)
    small.start()
    small.apply("fix-cmdline")
    small.rollback("fix-cmdline")
    assert reserve.stat().st_size == 65536
