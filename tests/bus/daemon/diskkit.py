# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk of its own for a host's state, that can be filled and made read-only."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

DISK = 1024 * 1024


def mount(folder: Path, *options: str) -> bool:
    return subprocess.run(["mount", *options, folder], capture_output=True).returncode == 0


@contextlib.contextmanager
def state_disk(world, *options: str) -> Iterator[None]:
    """The state is on a disk of a MiB, and the daemon runs on it."""
    state = Path(world.folder, "var")
    state.mkdir(exist_ok=True)
    world.stop()
    if not mount(state, "-t", "tmpfs", "-o", ",".join([f"size={DISK}", *options]), "none"):
        pytest.skip("no file system may be mounted here")
    try:
        world.start()
        yield
    finally:
        world.stop()
        subprocess.run(["umount", state], check=True)


def leave(world, free: int) -> None:
    """Fills the disk but for that many bytes."""
    filler = Path(world.folder, "var/filler")
    filler.unlink(missing_ok=True)
    blocks = int(subprocess.run(["stat", "-f", "-c", "%a", filler.parent], capture_output=True, text=True, check=True).stdout)
    filler.write_bytes(b"x" * max(0, blocks * 4096 - free))


def leave_no_inode(world) -> None:
    """Fills the disk with empty files, until it takes no other."""
    folder = Path(world.folder, "var/fillers")
    with contextlib.suppress(OSError):
        folder.mkdir()
        for number in range(10000):
            Path(folder, str(number)).touch()


def read_only(world, yes: bool = True) -> None:
    assert mount(Path(world.folder, "var"), "-o", f"remount,{'ro' if yes else 'rw'}")
