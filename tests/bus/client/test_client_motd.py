# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The login message: silent where all is well, and never what a login waits for."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from client_world import KPATCHCTL, PATIENCE, ROOT, patch

SNIPPET = ROOT / "src/client/85-kpatchd"
NO_ANSWER = "Live patches: kpatchd did not answer in time; 'systemctl status kpatchd' says more.\n"
IN_FORCE = patch(State="applied", Persistent=True)


def login(world, program: Path = KPATCHCTL) -> tuple[str, float]:
    """What the snippet says, and how long it took."""
    begin = time.monotonic()
    done = subprocess.run([SNIPPET], env=world.env | {"PATH": f"{program.parent}:{os.environ['PATH']}"},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    # Killed: the shell's own report of that is no message.
    assert done.returncode == 0
    assert "kpatch" not in done.stderr
    return done.stdout, time.monotonic() - begin


def answered(world) -> str:
    """What it says of a daemon that answers: on a busy machine not the first time."""
    deadline = time.monotonic() + PATIENCE
    while (said := login(world)[0]) == NO_ANSWER:
        assert time.monotonic() < deadline
    return said


def test_all_is_well(world):
    world.start_daemon(patches=[IN_FORCE])
    assert answered(world) == ""


def test_nothing_to_do_with_it(world):
    """No daemon was ever asked for anything, nothing is in force: nobody's business at a login."""
    world.start_daemon()
    assert answered(world) == ""


def test_attention(world):
    world.start_daemon(patches=[IN_FORCE], manager={"RebootAdvised": [["unpatchable", "A structure grew."]],
                                                    "Quarantine": [["b=1", "It crashed.", "2026-11-21T12:00:00Z"]]})
    lines = answered(world).splitlines()
    assert len(lines) == 2 and lines[1] == "'kpatchctl status' says more."
    assert lines[0].startswith("Live patches: attention: ")
    assert "b=1 is quarantined" in lines[0] and "a boot is advised (unpatchable)" in lines[0]


def test_a_long_story_stays_short(world):
    world.start_daemon(manager={"Quarantine": [[f"fix-{i}=1", "", ""] for i in range(100)]})
    lines = answered(world).splitlines()
    assert len(lines) == 2 and len(lines[0]) < 330


def test_a_daemon_that_is_stopped(world):
    daemon = world.start_daemon(patches=[IN_FORCE])
    daemon.send_signal(signal.SIGSTOP)
    assert login(world)[0] == NO_ANSWER


@pytest.mark.parametrize(("unit", "said"), [("activating", ""), ("failed", NO_ANSWER), ("active", NO_ANSWER)])
def test_a_daemon_that_never_comes_up(world, unit, said):
    """kpatchctl would wait longer for the bus to start it. While systemd is at it nothing is wrong yet."""
    world.serve("exec sleep 30")
    for name, script in (("kpatchctl", f'exec {KPATCHCTL} "$@"'), ("systemctl", f"echo {unit}; exit 3")):
        (world.folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (world.folder / name).chmod(0o755)
    deadline = time.monotonic() + PATIENCE
    # On a busy machine systemctl is not in time at first.
    while (got := login(world, world.folder / "kpatchctl"))[0] != said:
        assert time.monotonic() < deadline
    assert got[1] < 20


def test_no_bus(no_bus):
    assert login(no_bus)[0] == NO_ANSWER


@pytest.mark.parametrize("how", ["sleep 1000", "trap '' TERM INT HUP; while :; do sleep 1; done"])
def test_whatever_it_asks_is_killed(world, how):
    program = world.folder / "kpatchctl"
    program.write_text(f"#!/bin/sh\n{how}\n")
    program.chmod(0o755)
    said, seconds = login(world, program)
    assert said == NO_ANSWER and seconds < 20
    limit = re.search(r"timeout --signal=KILL (\S+) ", SNIPPET.read_text())
    assert limit and float(limit[1]) < 1


def test_a_host_where_kpatchctl_is_gone(no_bus):
    done = subprocess.run([SNIPPET], env={"PATH": str(no_bus.folder)}, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
