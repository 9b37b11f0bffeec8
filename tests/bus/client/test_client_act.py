# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl cancel and force."""

import pytest
from client_world import ERROR, patch

JOB = {"Kind": "apply", "Patch": "demo=1.0", "State": "running", "Step": "transition",
       "Progress": (7, 11, "Waiting for 1 task: cat (7) in x")}


def methods(world) -> list[str]:
    return [call["method"] for call in world.calls() if " " in call["method"]]


@pytest.mark.parametrize("name", ["1000", "demo", "demo=1.0"])
def test_cancel(world, name):
    world.start_daemon(jobs=[JOB, JOB | {"Patch": "other=1"}])
    result = world.run("cancel", name)
    assert (result.code, result.err) == (0, "") and "being cancelled" in result.out
    assert methods(world) == ["Cancel /org/kpatchd1/job/1000"]
    assert world.run("cancel", "-q", name).out == ""


@pytest.mark.parametrize("name", ["1", "dem", "demo=2", "", "="])
def test_cancel_of_nothing(world, name):
    world.start_daemon(jobs=[JOB])
    result = world.run("cancel", name)
    assert result.code == 10 and "No job" in result.err
    assert methods(world) == []


@pytest.mark.parametrize(("name", "nearest"), [("dmeo", "demo"), ("demo=1.1", "demo=1.0")])
def test_cancel_of_what_is_misspelt(world, name, nearest):
    world.start_daemon(jobs=[JOB])
    result = world.run("cancel", name)
    assert (result.code, result.sentence) == (10, f"No job '{name}' waits or runs; did you mean '{nearest}'?")


def test_force(world):
    world.start_daemon(patches=[patch(State="applying")])
    result = world.run("force", "demo")
    assert (result.code, result.err) == (0, "") and "by force" in result.out
    assert methods(world) == ["Force /org/kpatchd1/patch/demo_3d1_2e0"]
    assert world.run("force", "nothing").code == 12
    assert world.run("force").code == world.run("force", "a", "b").code == 2


def test_refusals(world):
    world.start_daemon(patches=[patch()], jobs=[JOB], refuse={
        "Force": [ERROR + "NoTransition", "There is nothing to force."], "Cancel": [ERROR + "NotAuthorized", "No."]})
    assert world.run("force", "demo").code == 46
    assert world.run("cancel", "demo").code == 5
