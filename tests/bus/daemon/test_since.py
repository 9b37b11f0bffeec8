# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Since when a patch is in force: as the daemon saw it, or as the history has it of the time before."""

import json
import shutil
import time
from pathlib import Path

OBJECT = "/org/kpatchd1/patch/fix_2dcmdline_3d1"


def since(world, path: str = OBJECT) -> int:
    return int(world.property("AppliedSince", path, "org.kpatchd1.Patch"))


def test_seen(world, stored):
    assert since(world) == 0
    before = int(time.time())
    world.apply("fix-cmdline")
    assert before <= since(world) <= time.time()
    told = [a[1]["AppliedSince"] for p, m, a in world.signals if m == "PropertiesChanged" and p == OBJECT]
    assert told[-1] == since(world)
    world.rollback("fix-cmdline")
    assert since(world) == 0


def rewrite(world, seconds: int) -> None:
    """All that the history has happened so long ago."""
    path = Path(world.folder, "var/history/history.jsonl")
    events = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(e | {"time": int(time.time()) - seconds}) + "\n" for e in events))


def test_recalled(world, stored):
    world.apply("fix-cmdline")
    world.stop()
    rewrite(world, 5)
    world.start()
    assert 5 <= time.time() - since(world) < 60


def test_of_another_boot(world, stored):
    """Somebody has put it in force since; kpatchd did not see who."""
    world.apply("fix-cmdline")
    world.stop()
    rewrite(world, 10 * 365 * 86400)
    world.start()
    assert world.patches() == {"fix-cmdline=1": "applied"} and since(world) == 0


def test_of_what_was_taken_out(world, stored):
    """What kpatchd did last was to take it out: it was somebody else who put it in again."""
    world.apply("fix-cmdline")
    kept = Path(world.folder, "kept")
    shutil.copytree(Path(world.folder, "sys"), kept)
    world.rollback("fix-cmdline")
    world.stop()
    shutil.copytree(kept, Path(world.folder, "sys"), dirs_exist_ok=True)
    world.start()
    assert world.patches() == {"fix-cmdline=1": "applied"} and since(world) == 0


def test_put_back_at_boot(world, stored, run_reapply):
    world.apply("fix-cmdline")
    world.stop()
    rewrite(world, 10 * 365 * 86400)
    world.reboot()
    assert run_reapply()[0] == 0
    world.start()
    assert 0 <= time.time() - since(world) < 60


def test_by_hand(world):
    folder = Path(world.folder, "sys/kernel/kpatch/by_hand")
    folder.mkdir(parents=True)
    Path(folder, "state").write_text("applied\n")
    assert world.patches() == {"by_hand=": "applied"}
    assert since(world, "/org/kpatchd1/patch/by_5fhand") == 0
