# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl quarantine, and options of changes."""

import pytest
from client_world import ERROR, check_schema, patch

HELD = [["a=1", "It crashed.", "2026-11-21T12:00:00Z"], ["b=2", "So did it.", "2026-11-21T13:00:00Z"]]


def test_what_is_quarantined(world):
    world.start_daemon(manager={"Quarantine": HELD})
    result = world.run("quarantine")
    assert (result.code, result.err) == (0, "")
    assert result.out == "a=1 since 2026-11-21T12:00:00Z: It crashed.\nb=2 since 2026-11-21T13:00:00Z: So did it.\n"
    reply = check_schema(world.run("quarantine", "--json").json)
    assert reply["quarantine"] == [{"patch": ref, "why": why, "since": since} for ref, why, since in HELD]


def test_nothing_is_quarantined(world):
    world.start_daemon(manager={"ApplyDisabled": True, "ApplyDisabledReason": "Too many crashes."})
    assert world.run("quarantine").out == \
        "No patch is applied at boot: Too many crashes.\nNo patch is quarantined.\n"


def test_clear(world):
    world.start_daemon(manager={"Quarantine": HELD}, job={"message": "So it is."})
    result = world.run("quarantine", "clear", "a", "b=2")
    assert (result.code, result.out) == (0, "So it is.\nSo it is.\n")
    reply = check_schema(world.run("quarantine", "clear", "--all", "--json").json)
    assert [r["kind"] for r in reply["results"]] == ["quarantine"]
    assert [(c["method"], c["args"]) for c in world.calls()] == [
        ("ClearQuarantine", ["a", {}]), ("ClearQuarantine", ["b=2", {}]), ("ClearQuarantine", ["", {}])]


@pytest.mark.parametrize(("name", "sentence"), [
    ("fix-on", "No patch 'fix-on' is quarantined; did you mean 'fix-one'?"),
    ("fix-one=2", "No patch 'fix-one=2' is quarantined; did you mean 'fix-one=1'?"),
    ("other", "As said."),
])
def test_clear_of_what_is_misspelt(world, name, sentence):
    world.start_daemon(manager={"Quarantine": [["fix-one=1", "It crashed.", "2026-11-21T12:00:00Z"]]},
                       refuse={"ClearQuarantine": [ERROR + "NoSuchPatch", "As said."]})
    result = world.run("quarantine", "clear", name)
    assert (result.code, result.sentence) == (12, sentence)


@pytest.mark.parametrize("args", [["clear"], ["--all"], ["clear", "a", "--all"], ["wipe", "a"]])
def test_wrong_words(world, args):
    world.start_daemon()
    result = world.run("quarantine", *args)
    assert result.code == 2 and "quarantine" in result.sentence
    assert world.calls() == []


def test_info_of_a_quarantined_patch(world):
    world.start_daemon(patches=[patch("demo", State="failed", Persistent=True, Quarantined="It crashed.")])
    result = world.run("info", "demo")
    assert "failed, not applied at boot" in result.out and "It crashed." in result.out
    assert check_schema(world.run("info", "demo", "--json").json)["patches"][0]["quarantined"] == "It crashed."


@pytest.mark.parametrize(("args", "options"), [
    (["apply", "demo", "--runtime"], {"runtime": True}),
    (["apply", "--dry-run", "--runtime", "demo"], {"runtime": True, "dry-run": True}),
    (["rollback", "demo", "--dry-run"], {"dry-run": True}),
])
def test_options_are_handed_on(world, args, options):
    world.start_daemon(patches=[patch("demo")])
    assert world.run(*args).code == 0
    assert world.calls()[0]["args"][1] == options


def test_options_of_other_verbs(world):
    world.start_daemon(patches=[patch("demo")])
    result = world.run("hold", "demo", "--runtime")
    assert result.code == 2 and "'--runtime' is an option of 'apply'" in result.sentence
