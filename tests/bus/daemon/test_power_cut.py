# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The power goes at 100 instants: no generation is lost of which somebody was told, and the host comes up with what the
latest one says."""

import bisect
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from disk import COMMAND, Disk, parse
from test_generations import generations
from test_replace import make
from test_rollback_to import in_force, rollback_to
from world import BUILD, NAME

CUTS = 100
DAEMON = BUILD / "src/daemon/kpatchd-test"


def record(world, key) -> tuple[list, list]:
    """A day of a host: its system calls, and what its administrator was told when."""
    trace, told = Path(world.folder, "trace"), []
    patches = [make(key, "a"), make(key, "b"), make(key, "cumulative", replace=True)]
    world.stop()
    world.removed.clear()
    world.daemon = subprocess.Popen([*COMMAND, "-o", trace, DAEMON], env=world.env, stderr=subprocess.PIPE, text=True)
    world.wait_for_name(NAME)
    pid = world.bus.get_object("org.freedesktop.DBus", "/").GetConnectionUnixProcessID(NAME)
    day = [lambda p=p: world.do_import(p) for p in patches]
    day += [lambda: world.apply("a"), lambda: world.apply("b"), lambda: world.rollback("a"), lambda: rollback_to(world, 1),
            lambda: world.apply("cumulative"), lambda: world.rollback("cumulative"), lambda: world.rollback("a"),
            lambda: rollback_to(world, 2), lambda: world.wait(world.start_change("Hold", "a"))]
    for act in day:
        act()
        told.append((time.time(), set(world.patches()), generations(world)))
    os.kill(pid, signal.SIGKILL)
    world.daemon.communicate(timeout=60)
    world.daemon = None
    return parse(trace, Path(world.folder, "var")), told


def cut(world, calls: list, n: int, chance: random.Random) -> None:
    """The state is what the disk has after the first n calls."""
    disk, state = Disk(Path(world.folder, "var")), Path(world.folder, "var")
    for call in calls[:n]:
        disk.play(call)
    shutil.rmtree(state)
    disk.write(state, chance)
    world.reboot()


def may_trace() -> bool:
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not may_trace(), reason="no process may be traced here")
def test_power_cuts(world, key, run_reapply):
    # The leak sanitizer traces the process at its end, which strace does already.
    world.env["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    # What crashes count against is tried elsewhere: here all that is wanted is to come back.
    Path(world.folder, "etc/kpatchd.conf").write_text("[Boot]\nCrashLimit=0\nBootCrashLimit=0\n")
    calls, told = record(world, key)
    assert len(calls) > 200 and told[-1][2][8] == ["a=1", "b=1"]
    for number in range(CUTS):
        chance = random.Random(number)
        n = chance.randint(1, len(calls))
        # Who is told after the last of these calls could be told of it only because they were all there.
        known = bisect.bisect([when for when, *_ in told], calls[n - 1].time)
        stored, recorded = told[known - 1][1:] if known > 0 else (set(), {})
        cut(world, calls, n, chance)
        status, log = run_reapply()
        what = f"cut {number}, after call {n} of {len(calls)}: {log}"
        assert status == 0, what
        found = generations(world)
        assert {k: v for k, v in found.items() if k in recorded} == recorded, what
        present = found[max(found)] if found else []
        wanted = [ref.removesuffix("=1") for ref in present]
        assert in_force(world) == sorted(wanted), what
        world.start()
        assert stored <= set(world.patches()), what
        assert "as they were signed" in world.wait(world.start_change("Verify", "")), what
        world.stop()
