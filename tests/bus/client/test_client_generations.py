# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl generations, and going back to one."""

import pytest
from client_world import ERROR, check_schema

LIST = [
    [3, 2, "2026-11-21T12:02:00Z", "rollback to 1", []],
    [2, 0, "", "damaged", []],
    [1, 0, "2026-11-21T12:00:00Z", "apply a=1", ["a=1", "b=2"]],
]


def test_list(world):
    world.start_daemon(ListGenerations=LIST)
    result = world.run("generations")
    assert (result.code, result.err) == (0, "")
    assert [line.split() for line in result.out.splitlines()] == [
        ["GENERATION", "CREATED", "CAUSE", "PATCHES"], ["3", "2026-11-21T12:02:00Z", "rollback", "to", "1", "-"],
        ["2", "-", "damaged", "-"], ["1", "2026-11-21T12:00:00Z", "apply", "a=1", "a=1,", "b=2"]]
    reply = check_schema(world.run("generations", "--json").json)
    assert reply["generations"][1:] == [
        {"number": 2, "previous": 0, "created": None, "cause": "damaged", "patches": []},
        {"number": 1, "previous": 0, "created": "2026-11-21T12:00:00Z", "cause": "apply a=1", "patches": ["a=1", "b=2"]}]


def test_there_are_none(world):
    world.start_daemon()
    assert world.run("generations").out == "No generation was recorded for this kernel yet.\n"
    assert check_schema(world.run("generations", "--json").json)["generations"] == []


@pytest.mark.parametrize(("args", "call"), [
    ([], ("RollbackPrevious", [{}])),
    (["--to", "3"], ("RollbackTo", [3, {}])),
    (["--to=0", "--dry-run"], ("RollbackTo", [0, {"dry-run": True}])),
    (["--policy=strict", "--deadline", "9"], ("RollbackPrevious", [{"policy": "strict", "deadline": 9}])),
    (["demo", "--deadline=0"], ("Rollback", ["demo", {"deadline": 0}])),
])
def test_rollback(world, args, call):
    world.start_daemon(patches=[{"Id": "demo", "Version": "1"}], job={"message": "So it is."})
    result = world.run("rollback", *args)
    assert (result.code, result.out) == (0, "So it is.\n")
    assert [(c["method"], c["args"]) for c in world.calls()] == [call]


def test_json(world):
    world.start_daemon(job={"result": ERROR + "NoSuchGeneration", "message": "There is none."})
    result = world.run("rollback", "--to", "9", "--json")
    assert result.code == 61
    assert check_schema(result.json)["results"] == [
        {"kind": "rollback", "patch": None, "result": ERROR + "NoSuchGeneration", "message": "There is none."}]


@pytest.mark.parametrize(("args", "word"), [
    (["rollback", "--to", "x"], "--to"), (["rollback", "--to", "-1"], "--to"), (["rollback", "--to=3", "demo"], "--to"),
    (["rollback", "--to=99999999999999999999"], "--to"), (["apply", "demo", "--to=3"], "--to"),
    (["apply", "demo", "--policy=never"], "--policy"), (["apply", "demo", "--deadline=4294967296"], "--deadline"),
    (["apply", "demo", "--deadline="], "--deadline")])
def test_wrong_words(world, args, word):
    world.start_daemon()
    result = world.run(*args)
    assert result.code == 2 and word in result.sentence
    assert world.calls() == []
