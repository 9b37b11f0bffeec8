# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The power goes in the middle of refreshes: what is trusted of a feed never goes back behind what somebody was told, what is
stored is whole, and the next refresh works."""

import base64
import bisect
import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from disk import COMMAND, parse
from feedkit import refresh
from patchkit import Key, Patch
from test_power_cut import DAEMON, cut, may_trace
from world import NAME

CUTS = 25


def versions(world) -> tuple[int, int, int]:
    """Of root, feed and timestamp: as they are on the disk."""
    path = Path(world.folder, "var/feeds/shop/trust.json")
    if not path.exists():
        return 0, 0, 0
    trust = json.loads(path.read_text())
    root = json.loads(base64.b64decode(json.loads(trust["root"])["payload"]))
    return root["version"], trust.get("feed", {}).get("version", 0), trust.get("timestamp", {}).get("version", 0)


def record(world, publisher, key) -> tuple[list, list]:
    """Three refreshes: the first, one that brings a patch and new keys, and one that brings another."""
    trace, told = Path(world.folder, "trace"), []
    world.stop()
    world.removed.clear()
    world.daemon = subprocess.Popen([*COMMAND, "-o", trace, DAEMON], env=world.env, stderr=subprocess.PIPE, text=True)
    world.wait_for_name(NAME)
    pid = world.bus.get_object("org.freedesktop.DBus", "/").GetConnectionUnixProcessID(NAME)
    for version in ("1", "2", "3"):
        publisher.add(Patch(key, version=version))
        if version == "2":
            publisher.rotate(root=Key(), timestamp=Key())
        publisher.publish()
        refresh(world)
        told.append((time.time(), versions(world), set(world.patches())))
    os.kill(pid, signal.SIGKILL)
    world.daemon.communicate(timeout=60)
    world.daemon = None
    return parse(trace, Path(world.folder, "var")), told


@pytest.mark.skipif(not may_trace(), reason="no process may be traced here")
def test_power_cuts_of_a_refresh(host, publisher, key):
    host.env["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"  # strace traces already
    calls, told = record(host, publisher, key)
    assert told[-1][1] == (2, 3, 3) and len(calls) > 100
    for number in range(CUTS):
        chance = random.Random(number)
        n = chance.randint(1, len(calls))
        # Who is told after the last of these calls could be told of it only because they were all there.
        known = bisect.bisect([when for when, *_ in told], calls[n - 1].time)
        trusted, stored = told[known - 1][1:] if known > 0 else ((0, 0, 0), set())
        cut(host, calls, n, chance)
        what = f"cut {number}, after call {n} of {len(calls)}"
        assert all(now >= then for now, then in zip(versions(host), trusted)), what
        host.start()
        assert stored <= set(host.patches()), what
        refresh(host)
        assert versions(host) == told[-1][1] and stored | {"fix-cmdline=3"} <= set(host.patches()), what
        assert "as they were signed" in host.wait(host.start_change("Verify", "")), what
        log = host.stop()
        assert "damaged" not in log, f"{what}: {log}"
