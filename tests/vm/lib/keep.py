# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What --keep leaves behind: consoles, the disk, and the guest's logs and state taken out of it."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .common import command
from .console import Console

# Folders of the guest that tell what happened.
TAKEN = ("/var/log", "/var/lib/kpatchd", "/etc/kpatchd")


def console(folder: Path, number: int, name: str, what: Console) -> None:
    """Save one boot's console."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"console-{number + 1}-{re.sub(r'[^A-Za-z0-9._-]', '_', name)}.log").write_bytes(what.raw)


def disk(folder: Path, overlay: Path) -> None:
    """Save the disk (it needs the cached image beneath it) and copies of the guest's folders in guest/."""
    folder.mkdir(parents=True, exist_ok=True)
    guest = folder / "guest"
    shutil.rmtree(guest, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=overlay.parent) as scratch:
        raw = Path(scratch) / "raw"
        command(["qemu-img", "convert", "-O", "raw", overlay, raw], "reading the guest's disk")
        # Replays the journal, which debugfs does not; its exit status tells of repairs, not of failure.
        subprocess.run(["e2fsck", "-p", str(raw)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)
        for path in TAKEN:
            target = guest / Path(path).parent.relative_to("/")
            target.mkdir(parents=True, exist_ok=True)
            subprocess.run(["debugfs", "-R", f"rdump {path} {target}", str(raw)], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    shutil.move(overlay, folder / "disk.qcow2")
