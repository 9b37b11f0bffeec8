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
    with _opened("queue") as queue:
        # Who waits holds this one, so that the next free slot is for the one that came first.
        told = not _try_lock(queue)
        if told:
            _tell()
            fcntl.flock(queue, fcntl.LOCK_EX)
        with _first_free(told):
            fcntl.flock(queue, fcntl.LOCK_UN)
            yield


@contextlib.contextmanager
def _first_free(told: bool) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        slots = [stack.enter_context(_opened(str(number))) for number in range(SLOTS)]
        while True:
            for fd in slots:
                if _try_lock(fd):
                    yield
                    return
            if not told:
                _tell()
                told = True
            time.sleep(RETRY_SECONDS)


def _tell() -> None:
    note(f"waiting: {SLOTS} guests run on this machine already")


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


@contextlib.contextmanager
def _opened(name: str) -> Iterator[int]:
    fd = _open(name)
    try:
        yield fd
    finally:
        os.close(fd)


def _open(name: str) -> int:
    """Anyone may take part, so the lock files are open to everyone whatever the umask."""
    shared = Path("/run/lock")
    folder = shared if os.access(shared, os.W_OK) else Path(tempfile.gettempdir())
    path = folder / f"kpatchd-vm.{name}"
    with contextlib.suppress(FileExistsError):
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        os.fchmod(fd, 0o666)
        return fd
    # Without O_CREAT: in a sticky folder the kernel refuses to "create" another user's file.
    return os.open(path, os.O_RDWR | os.O_CLOEXEC)
