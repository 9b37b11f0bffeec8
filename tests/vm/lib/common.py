# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What every part of the runner shares: where things are, and how to fail."""

import contextlib
import fcntl
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
GUEST = SOURCE / "tests/vm/guest"

# Where the harness lives inside the guest.
GUEST_HOME = "usr/lib/kpatchd-test"


class RunnerError(Exception):
    """Something that keeps the runner from running; its text is one sentence for the user."""


def note(text: str) -> None:
    """Tell progress on stderr: stdout belongs to the guest's script."""
    print(f"vm: {text}", file=sys.stderr, flush=True)


def command(argv: Sequence[str | Path], what: str, *, cwd: Path | None = None,
            env: dict[str, str] | None = None, errors_too: bool = False) -> str:
    """Run a command and return what it printed; raise RunnerError with its last lines if it fails.

    With errors_too, what it printed to standard error is part of that.
    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(words, cwd=cwd, env=env, stdin=subprocess.DEVNULL, text=True, errors="replace",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT if errors_too else subprocess.PIPE,
                              check=False)
    except FileNotFoundError as error:
        raise RunnerError(f"{what}: {words[0]} is not installed; tools/setup.sh installs what is needed") from error
    if done.returncode != 0:
        tail = "\n".join((done.stdout + (done.stderr or "")).rstrip().splitlines()[-30:])
        raise RunnerError(f"{what} failed ({shlex.join(words[:4])} ...):\n{tail}")
    return done.stdout


def as_own_root() -> list[str]:
    """A prefix under which files may be given to any owner: nothing for root, else a user namespace."""
    return [] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--map-auto"]


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file, so that two runners prepare nothing at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
