# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 at each step of what moves several patches: replacing, going back over it, going to a generation, and boot.
After a restart what is shown is what the kernel has, nothing is half there, and the same asked again brings it about."""

import subprocess
from pathlib import Path

import pytest
from test_generations import generations
from test_kill import APPLY, ROLLBACK, killed
from test_replace import make, state
from test_rollback_to import in_force, rollback_to
from world import BUILD, OPTIONS, JobFailed

SWITCHING = ["attempt", "load-engine", "load", "transition", "confirm", "settle", "end"]
RESTORE = [f"restore.{step}" for step in ["verify", "verify-module", "check", *SWITCHING]]
WITHDRAW = [f"withdraw.{step}" for step in ["verify", "check", "attempt", "switch", "transition", "confirm", "settle", "end"]]
ROLLBACK_TO = [f"rollback-to.{step}" for step in ["lock", "check", "verify", "switch", "confirm", "record", "unload", "end"]]


def changing(steps: list[str]) -> list[str]:
    """From the first that changes something on: what comes before is tried in test_kill.py."""
    return steps[next(i for i, step in enumerate(steps) if step.split(".")[-1] in ("attempt", "load-engine", "switch")):]


@pytest.fixture
def stored(world, key):
    """a and b are applied, d and one that replaces are stored."""
    for patch in (make(key, "a"), make(key, "b"), make(key, "d"), make(key, "cumulative", replace=True)):
        world.do_import(patch)
    world.apply("a")
    world.apply("b")


def agree(world) -> None:
    """What is shown is what the kernel has, and the store is whole."""
    assert sorted(ref.removesuffix("=1") for ref, shown in world.patches().items() if shown == "applied") == in_force(world)
    assert "All 4 stored" in world.wait(world.start_change("Verify", ""))
    assert not list(Path(world.folder, "var").rglob("*.broken"))


def complete(call) -> None:
    """Asked again: it is done, or was done already."""
    try:
        call()
    except JobFailed as failed:
        assert failed.name in ("AlreadyApplied", "NotApplied")


def start_rollback_to(world, number):
    return lambda: world.manager.RollbackTo(number, OPTIONS, signature="ta{sv}")


@pytest.mark.parametrize("step", changing(APPLY))
def test_replace(world, stored, step):
    killed(world, f"apply.{step}", lambda: world.start_change("Apply", "cumulative"))
    agree(world)
    assert in_force(world) in (["a", "b"], ["cumulative"]), "never both, never none"
    complete(lambda: world.apply("cumulative"))
    assert in_force(world) == ["cumulative"] and generations(world)[3] == ["cumulative=1"]
    world.rollback("cumulative")
    assert in_force(world) == ["a", "b"] and generations(world)[4] == ["a=1", "b=1"]


@pytest.mark.parametrize("fault", [f"rollback.{step}" for step in changing(ROLLBACK)] + changing(RESTORE))
def test_back_over_a_replacement(world, stored, fault):
    world.apply("cumulative")
    killed(world, fault, lambda: world.start_change("Rollback", "cumulative"))
    agree(world)
    assert set(in_force(world)) & {"cumulative", "a"}, "the hole is never open"
    complete(lambda: world.rollback("cumulative"))
    assert in_force(world) == ["a", "b"] and state(world, "cumulative") is None
    assert generations(world)[world.property("Generation")] == ["a=1", "b=1"]


@pytest.mark.parametrize("fault", changing(ROLLBACK_TO) + changing(RESTORE) + changing(WITHDRAW))
def test_to_a_generation(world, stored, fault):
    """From a and b (2) to d (5): one comes, two go."""
    rollback_to(world, 0)
    world.apply("d")
    rollback_to(world, 2)
    killed(world, fault, start_rollback_to(world, 4))
    agree(world)
    assert in_force(world), "the hole is never open"
    complete(lambda: rollback_to(world, 4))
    assert in_force(world) == ["d"]
    assert generations(world)[world.property("Generation")] == ["d=1"]


@pytest.mark.parametrize("step", SWITCHING)
def test_reapply(world, stored, run_reapply, step):
    world.stop()
    world.reboot()
    died = subprocess.run([BUILD / "src/daemon/kpatchd-test", "--reapply"], timeout=60, capture_output=True,
                          env=world.env | {"KPATCHD_FAULT": f"reapply.{step}"})
    assert died.returncode == -9
    mark = Path(world.folder, "run/reapplied")
    assert not mark.exists(), "the late unit does not get its chance"
    assert run_reapply()[0] == 0
    assert mark.exists()
    world.start()
    agree(world)
    assert in_force(world) == ["a", "b"] and len(generations(world)) == 2
    assert world.property("Quarantine") == [], "a process that died is no crash of the machine"


def test_the_steps_are_all_of_them(world, stored):
    """A step that is added to one of the tables must be added here."""
    source = Path(__file__).resolve().parents[3] / "src/daemon"

    def steps(file: str, table: str) -> list[str]:
        text = (source / file).read_text().split(f"OperationStep {table}[] = {{", 1)[1].split("};", 1)[0]
        return [line.split('"')[1] for line in text.splitlines() if line.strip().startswith("{ ")] + ["end"]

    assert [f"restore.{step}" for step in steps("operation-apply.c", "restore_steps")] == RESTORE
    assert [f"withdraw.{step}" for step in steps("operation-rollback.c", "withdraw_steps")] == WITHDRAW
    assert [f"rollback-to.{step}" for step in steps("operation-generation.c", "steps")] == ROLLBACK_TO
