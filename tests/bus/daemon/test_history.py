# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The history: who did what, how it ended, how long it took; kept through crashes, and rotated."""

import json
import os
import signal
from pathlib import Path

import dbus
import pytest
from test_kill import killed
from world import OPTIONS, JobFailed


def history(world, limit=0):
    """The latest first."""
    fields = ("time", "kind", "patch", "result", "message", "uid", "comm", "duration", "generation")
    events = world.manager.GetHistory(dbus.UInt32(limit), OPTIONS, signature="ua{sv}")
    return [dict(zip(fields, event)) for event in events]


def path(world, age=""):
    return Path(world.folder, f"var/history/history.jsonl{age}")


def test_what_happened(world, stored):
    world.apply("fix-cmdline")
    with pytest.raises(JobFailed):
        world.apply("fix-cmdline")
    world.rollback("fix-cmdline")
    events = history(world)
    assert [(e["kind"], e["result"].removeprefix("org.kpatchd1.Error."), e["generation"]) for e in events] == [
        ("rollback", "done", 2), ("apply", "AlreadyApplied", 1), ("apply", "done", 1), ("import", "done", 0)]
    assert {e["patch"] for e in events} == {"fix-cmdline=1"}
    assert {e["uid"] for e in events} == {os.getuid()}
    assert {e["comm"] for e in events} == {Path("/proc/self/comm").read_text().strip()}
    assert events[2]["message"] == "Patch fix-cmdline=1 was applied."
    assert all(0 < e["duration"] < 60_000_000 for e in events)
    assert [e["kind"] for e in history(world, 2)] == ["rollback", "apply"]


def test_dry_runs_are_not_history(world, stored):
    world.wait(world.manager.Apply("fix-cmdline", {"dry-run": True}, signature="sa{sv}"))
    assert [e["kind"] for e in history(world)] == ["import"]


def test_lines_are_json(world, stored):
    world.apply("fix-cmdline")
    assert [json.loads(line)["kind"] for line in path(world).read_text().splitlines()] == ["import", "apply"]


@pytest.mark.parametrize("torn", [b'{"time": 1, "kind": "app', b"\xff\xfe\x00\n", b"[]\n", b"null\n{}\n"])
def test_torn_and_damaged_lines(world, stored, torn):
    with path(world).open("ab") as file:
        file.write(torn)
    world.apply("fix-cmdline")
    kinds = [e["kind"] for e in history(world)]
    assert kinds[0] == "apply" and kinds[-1] == "import"
    json.loads(path(world).read_bytes().splitlines()[-1])


def test_rotation(world, stored):
    Path(world.folder, "etc/kpatchd.conf").write_text("[History]\nSizeMaxKiB=4\nFiles=2\n")
    world.stop()
    world.start()
    for _ in range(30):
        world.apply("fix-cmdline")
        world.rollback("fix-cmdline")
    assert sorted(p.name for p in path(world).parent.iterdir()) == ["history.jsonl", "history.jsonl.1",
                                                                    "history.jsonl.2"]
    assert all(p.stat().st_size <= 4096 for p in path(world).parent.iterdir())
    generations = [e["generation"] for e in history(world)]
    assert generations[:20] == list(range(60, 40, -1)), "across the files, without a gap"


def test_no_history_yet(world):
    assert history(world) == []


def test_killed_before_the_end_is_told_of_the_rest(world, stored):
    killed(world, "apply.confirm", lambda: world.manager.Apply("fix-cmdline", OPTIONS, signature="sa{sv}"))
    world.apply("fix-cmdline")
    assert [e["kind"] for e in history(world)] == ["apply", "import"]


def test_crashes_and_reapply_are_history(world, stored, run_reapply):
    world.apply("fix-cmdline")
    world.stop()
    world.reboot()
    run_reapply()
    world.reboot()
    run_reapply()
    world.start()
    events = history(world)
    assert [e["kind"] for e in events] == ["quarantine", "reapply", "apply", "import"]
    assert [e["uid"] for e in events[:2]] == [2**32 - 1] * 2
    world.stop(signal.SIGTERM)
