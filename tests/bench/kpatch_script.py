# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatch's own script, taken out of Debian's newest kpatch package to be measured beside; it is a part of nothing else."""

import shutil
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/vm"))

from lib import archive  # noqa: E402
from lib.common import RunnerError, command, locked, note  # noqa: E402

CACHE = SOURCE / "build/vm"
# The script, and what it calls that the guest is without.
TOOLS = SOURCE / "build/bench/kpatch"


def _fetch(folder: Path) -> None:
    """The script of the newest suite's package, as it is there."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with locked(CACHE / "lock"):
        suite = archive.opened("unstable", CACHE)
        found = suite.versions("kpatch")
        if not found:
            raise RunnerError("Debian unstable has no package kpatch any more")
        suite.download(found[:1], folder)
    package = next(folder.glob("*.deb"))
    command(["dpkg-deb", "--extract", package, folder / "root"], f"unpacking {package.name}")
    TOOLS.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / "root/usr/sbin/kpatch", TOOLS)


def _copy_readelf() -> None:
    """Of this machine, which runs the same Debian as the guest."""
    readelf = shutil.which("readelf")
    if not readelf:
        raise RunnerError("there is no readelf here; it is in Debian's package binutils")
    shutil.copy(readelf, TOOLS)
    for line in command(["ldd", readelf], "asking what readelf is linked to").splitlines():
        name, _, path = line.partition(" => ")
        if path and not name.strip().startswith("libc."):
            shutil.copy(path.split()[0], TOOLS)


def fetch() -> bool:
    """Into TOOLS; says what is wrong where it cannot."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            _fetch(Path(folder))
        _copy_readelf()
    except RunnerError as error:
        note(str(error))
        return False
    return True
