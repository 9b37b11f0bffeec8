# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl history."""

import pytest
from client_world import ERROR, check_schema, patch

EVENTS = [
    [1795262520, "apply", "fix-b=1", ERROR + "TaskInTheWay", "Task \x1b[1m7 is in the way.", 1000, "kpatchctl", 1500, 1],
    [1795262460, "apply", "fix=1", "done", "Patch fix=1 was applied.", 0, "", 2000000, 1],
    [1795262400, "quarantine", "fix=2", "done", "It crashed.", 2**32 - 1, "", 0, 0],
]


def test_what_was_done(world):
    world.start_daemon(GetHistory=EVENTS)
    result = world.run("history")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert [line.split("  ", 1)[1].strip() for line in lines] == [
        lines[0].split("  ", 1)[1], "apply by uid 1000, kpatchctl, 0.002 s", "Patch fix=1 was applied.",
        "apply by uid 0, 2.000 s", "It crashed.", "quarantine, 0.000 s"]
    assert lines[2].startswith("2026-11-21T12:01:00Z  ") and "\x1b" not in result.out
    assert world.calls()[0]["args"] == [0, {}]


@pytest.mark.parametrize(("args", "patches", "limit"), [
    ([], ["fix-b=1", "fix=1", "fix=2"], 0), (["-n", "2"], ["fix-b=1", "fix=1"], 2), (["fix"], ["fix=1", "fix=2"], 0),
    (["fix", "--limit=1"], ["fix=1"], 0), (["fix=2"], ["fix=2"], 0), (["other"], [], 0)])
def test_some(world, args, patches, limit):
    world.start_daemon(GetHistory=EVENTS)
    reply = check_schema(world.run("history", *args, "--json").json)
    assert [e["patch"] for e in reply["history"]] == patches
    assert world.calls()[0]["args"] == [limit, {}]


def test_a_name_that_is_none(world):
    world.start_daemon(GetHistory=EVENTS, patches=[patch("quiet", "1")])
    for name, sentence in (("fux", "Nothing is known of a patch 'fux'; did you mean 'fix'?"),
                           ("fix=3", "Nothing is known of a patch 'fix=3'; did you mean 'fix=1'?"),
                           ("quite", "Nothing is known of a patch 'quite'; did you mean 'quiet'?"),
                           ("nothing-like-it", "Nothing is known of a patch 'nothing-like-it'; 'kpatchctl history' shows what has happened.")):
        result = world.run("history", name)
        assert (result.code, result.out, result.sentence) == (12, "", sentence)
    result = world.run("history", "quiet")
    assert (result.code, result.out) == (0, "Nothing is known to have happened.\n"), "it is stored"
    result = world.run("history", "fix", "fux")
    assert result.code == 12 and "Patch fix=1 was applied." in result.out, "what is known is shown"
    assert check_schema(world.run("history", "fux", "--json").json)["history"] == []


def test_json(world):
    world.start_daemon(GetHistory=EVENTS)
    first, *_, last = check_schema(world.run("history", "--json").json)["history"]
    assert first["result"] == ERROR + "TaskInTheWay" and first["uid"] == 1000 and first["duration_us"] == 1500
    assert last == {"time": 1795262400, "kind": "quarantine", "patch": "fix=2", "result": "done", "message": "It crashed.",
                    "uid": None, "comm": None, "duration_us": 0, "generation": 0}


def test_nothing(world):
    world.start_daemon()
    assert world.run("history").out == "Nothing is known to have happened.\n"
    assert world.run("history", "-n", "x").code == 2
    assert world.run("history", "../a").code == 11
