# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""At most two guests at once on the machine, whoever starts them."""

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .common import note

SLOTS = 2
RETRY_SECONDS = 0.2


@contextlib.contextmanager
def slot() -> Iterator[None]:
    """Hold one of the machine's slots; wait for one where all are taken. The kernel frees it if we die."""
    told = False
    while True:
        for number in range(SLOTS):
            with contextlib.ExitStack() as stack:
                fd = _open(number)
                stack.callback(os.close, fd)
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield
                return
        if not told:
            note(f"waiting: {SLOTS} guests run on this machine already")
            told = True
        time.sleep(RETRY_SECONDS)


def _open(number: int) -> int:
    """Anyone may take part, so the lock files are open to everyone whatever the umask."""
    shared = Path("/run/lock")
    folder = shared if os.access(shared, os.W_OK) else Path(tempfile.gettempdir())
    path = folder / f"kpatchd-vm.{number}"
    with contextlib.suppress(FileExistsError):
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        os.fchmod(fd, 0o666)
        return fd
    # Without O_CREAT: in a sticky folder the kernel refuses to "create" another user's file.
    return os.open(path, os.O_RDWR | os.O_CLOEXEC)
