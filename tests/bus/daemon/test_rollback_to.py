# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Rollback to a generation: the kernel goes from what is in force to what that one says, or stays as it is."""

import json
import re
import signal
from pathlib import Path

import dbus
import pytest
from patchkit import Patch, livepatch
from test_generations import damage, folder, generations
from test_replace import make, state
from test_transition import behind, cancel
from world import OPTIONS, JobFailed


def rollback_to(world, number, **options):
    return world.wait(world.manager.RollbackTo(number, dbus.Dictionary(options, signature="sv"), signature="ta{sv}"))


def rollback_previous(world, **options):
    return world.wait(world.manager.RollbackPrevious(dbus.Dictionary(options, signature="sv"), signature="a{sv}"))


def in_force(world) -> list[str]:
    """What the kernel has, not what the daemon says."""
    modules = Path(world.folder, "sys/kernel/kpatch").glob("*/state")
    return sorted(path.parent.name.removeprefix("kpatch_") for path in modules if path.read_text() == "applied\n")


def cause(world, number) -> str:
    return json.loads(Path(folder(world), f"{number}.json").read_text())["cause"]


@pytest.fixture
def three(world, key):
    """Generations 1 to 3: a; a and b; a, b and c."""
    for id in "abc":
        world.do_import(make(key, id))
        world.apply(id)


def test_back_one_at_a_time(world, three):
    assert rollback_previous(world) == "What generation 2 says is in force again, as generation 4."
    assert in_force(world) == ["a", "b"] and generations(world)[4] == ["a=1", "b=1"]
    rollback_previous(world)
    assert in_force(world) == ["a"]
    rollback_previous(world)
    assert in_force(world) == [] and generations(world)[6] == []
    assert [cause(world, n) for n in (4, 5, 6)] == [f"rollback to {n}" for n in (2, 1, 0)]
    with pytest.raises(JobFailed, match="AlreadyApplied"):
        rollback_previous(world)
    assert not list(Path(world.folder, "sys/module").glob("kpatch_?")), "what went was unloaded"


def test_to_any(world, three):
    rollback_to(world, 1)
    assert in_force(world) == ["a"]
    rollback_to(world, 3)
    assert in_force(world) == ["a", "b", "c"] and generations(world)[5] == ["a=1", "b=1", "c=1"]
    assert world.property("Generation") == 5
    rollback_to(world, 0)
    assert in_force(world) == [] and world.patches() == {"a=1": "stored", "b=1": "stored", "c=1": "stored"}
    assert "not by kpatchd" not in world.stop()


def test_the_boot_after(world, three, run_reapply):
    rollback_to(world, 1)
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0
    assert in_force(world) == ["a"]


def test_what_is_missing_is_put_back(world, three):
    """The same generation again, as somebody has taken a patch out by hand."""
    Path(world.folder, "sys/kernel/kpatch/kpatch_b/enabled").write_text("0\n")
    Path(world.folder, "sys/kernel/kpatch/kpatch_b/state").write_text("disabled\n")
    rollback_to(world, 3)
    assert in_force(world) == ["a", "b", "c"]


def test_runtime_patches_go(world, three, key):
    world.do_import(make(key, "d"))
    world.apply("d", runtime=True)
    rollback_to(world, 3)
    assert in_force(world) == ["a", "b", "c"] and generations(world)[4] == generations(world)[3]


def test_over_a_cumulative_one(world, three, key):
    world.do_import(make(key, "cumulative", replace=True))
    world.apply("cumulative")
    rollback_previous(world)
    assert in_force(world) == ["a", "b", "c"] and state(world, "cumulative") is None
    rollback_to(world, 4)
    assert in_force(world) == ["cumulative"]
    assert world.patches()["a=1"] == "superseded"
    world.rollback("cumulative")
    assert in_force(world) == ["a", "b", "c"], "what it replaced is known still"


def test_versions_of_one_module(world, key):
    """The new one cannot be loaded before the old one is gone."""
    for version in "12":
        world.do_import(Patch(key, version=version))
    world.apply("fix-cmdline=1")
    world.rollback("fix-cmdline")
    world.apply("fix-cmdline=2")
    rollback_to(world, 1)
    assert world.patches() == {"fix-cmdline=1": "applied", "fix-cmdline=2": "stored"}
    rollback_to(world, 3)
    assert world.patches() == {"fix-cmdline=1": "stored", "fix-cmdline=2": "applied"}


def test_across_engines(world, key):
    Path(world.folder, "sys/kernel/livepatch").mkdir()
    world.do_import(livepatch(key))
    world.do_import(make(key, "a"))
    world.apply("klp")
    world.rollback("klp")
    world.apply("a")
    rollback_to(world, 1)
    assert world.patches() == {"klp=1": "applied", "a=1": "stored"}


@pytest.mark.parametrize(("refused", "after"), [
    ("klp_one klp_two", {"one=1": "applied", "two=1": "stored"}),
    ("klp_one", {"one=1": "stored", "two=1": "applied"})])
def test_what_the_kernel_does_not_have_beside_another(world, key, refused, after):
    """Then what goes makes way; and where that did not help, it is back."""
    Path(world.folder, "sys/kernel/livepatch").mkdir()
    for name in ("one", "two"):
        world.do_import(livepatch(key, id=name, name=f"klp_{name}"))
    world.apply("one")
    world.rollback("one")
    world.apply("two")
    Path(world.folder, "fake/refuse").write_text(f"{refused}\n")
    if after["one=1"] == "applied":
        rollback_to(world, 1)
    else:
        with pytest.raises(JobFailed, match="KernelRefused"):
            rollback_to(world, 1)
    assert world.patches() == after


def test_dry_run(world, three):
    before = world.tree()
    assert "could be put in force" in rollback_to(world, 1, **{"dry-run": True})
    with pytest.raises(JobFailed, match="NoSuchGeneration"):
        rollback_to(world, 9, **{"dry-run": True})
    assert world.tree() == before


@pytest.mark.parametrize(("number", "name"), [
    (7, "NoSuchGeneration"), (2**64 - 1, "NoSuchGeneration"), (2, "StateCorrupt"), (3, "AlreadyApplied")])
def test_which_cannot_be_gone_back_to(world, three, number, name):
    damage(world, 2)
    before = world.tree()
    with pytest.raises(JobFailed, match=name):
        rollback_to(world, number)
    assert world.tree() == before


def test_before_the_first(world):
    with pytest.raises(JobFailed, match="NoSuchGeneration"):
        rollback_previous(world)


def test_expected_generation(world, three):
    with pytest.raises(JobFailed, match="GenerationChanged"):
        rollback_to(world, 1, **{"expect-generation": dbus.UInt64(2)})
    assert in_force(world) == ["a", "b", "c"]


def test_all_that_comes_is_verified_first(world, three):
    rollback_to(world, 1)
    manifest = next(Path(world.folder, "var/manifests").glob("c=*"))
    manifest.write_text(re.sub('"sig": "....', '"sig": "AAAA', manifest.read_text()))
    before = world.tree()
    with pytest.raises(JobFailed, match="SignatureInvalid"):
        rollback_to(world, 3)
    assert world.tree() == before


def test_a_quarantined_one_does_not_come_back(world, three):
    rollback_to(world, 1)
    Path(world.folder, "var/quarantine").mkdir(exist_ok=True)
    Path(world.folder, "var/quarantine/b=1.json").write_text(
        '{"format": 1, "patch": "b=1", "why": "It crashed.", "since": "2026-11-21T12:00:00Z"}')
    with pytest.raises(JobFailed, match="Quarantined: Patch b=1.*It crashed"):
        rollback_to(world, 3)
    assert in_force(world) == ["a"]


def test_what_cannot_be_taken_out_stays(world, key):
    world.do_import(Patch(key, id="a", name="kpatch_a"))
    world.do_import(Patch(key, id="stuck", name="kpatch_stuck", fields={"reversible": False}))
    world.apply("a")
    world.apply("stuck")
    with pytest.raises(JobFailed, match="NotReversible"):
        rollback_to(world, 1)
    assert in_force(world) == ["a", "stuck"]


@pytest.mark.parametrize("file", ["c/enabled", "b/enabled"])
def test_undone_as_a_whole(world, three, key, file):
    """d is put in force first, then c is taken out, then b: whichever fails, all is as before."""
    world.do_import(make(key, "d"))
    rollback_to(world, 0)
    world.apply("d")
    rollback_to(world, 3)
    assert in_force(world) == ["a", "b", "c"]
    Path(world.folder, "sys/kernel/kpatch/kpatch_" + file).unlink()  # it cannot be switched any more
    before = generations(world)
    with pytest.raises(JobFailed, match=file[0] + "=1"):
        rollback_to(world, 5)
    assert in_force(world) == ["a", "b", "c"] and state(world, "d") is None
    assert generations(world) == before
    assert not list(Path(world.folder, "var/attempts").glob("d=*"))


def test_undone_when_it_cannot_be_recorded(world, three):
    rollback_to(world, 1)
    Path(folder(world), ".5.json.tmp").mkdir()  # where the next one would be written
    with pytest.raises(JobFailed):
        rollback_to(world, 3)
    assert in_force(world) == ["a"]


def test_undone_where_one_had_made_way(world, key):
    for version in "12":
        world.do_import(Patch(key, version=version))
    world.apply("fix-cmdline=1")
    world.rollback("fix-cmdline")
    world.apply("fix-cmdline=2")
    Path(world.folder, "fake/insert-errno").write_text("12")
    with pytest.raises(JobFailed, match="Cannot put fix-cmdline=2 back"):
        rollback_to(world, 1)
    # Nothing can be loaded any more, and that is said; the daemon shows what there is.
    assert world.patches() == {"fix-cmdline=1": "stored", "fix-cmdline=2": "failed"}
    Path(world.folder, "fake/insert-errno").unlink()
    rollback_to(world, 1)
    assert world.patches()["fix-cmdline=1"] == "applied"
    assert "Cannot put fix-cmdline=2 back" in world.stop()


def test_cancelled_half_way(world, three):
    """c is out already when the wait for b is cut short."""
    def wait_for(name: str) -> None:
        world.pump(lambda: str(world.property("Progress", job, "org.kpatchd1.Job")[2]).startswith(f"{name}=1: Waiting"))

    behind(world, "7 cmdline_proc_show sleeper")
    job = world.manager.RollbackTo(1, OPTIONS, signature="ta{sv}")
    wait_for("c")
    Path(world.folder, "sys/kernel/kpatch/kpatch_c/state").write_text("disabled\n")
    wait_for("b")
    assert in_force(world) == ["a"]
    behind(world)
    cancel(world, job)
    with pytest.raises(JobFailed, match="Canceled"):
        world.wait(job)
    assert in_force(world) == ["a", "b", "c"] and 4 not in generations(world)


def test_list(world, three):
    rollback_to(world, 1)
    damage(world, 2)
    listed = [[int(n), int(p), str(c), [str(r) for r in refs]] for n, p, when, c, refs in world.manager.ListGenerations(OPTIONS, signature="a{sv}")]
    assert listed == [[4, 0, "rollback to 1", ["a=1"]], [3, 2, "apply c=1", ["a=1", "b=1", "c=1"]],
                      [2, 0, "damaged", []], [1, 0, "apply a=1", ["a=1"]]]


def test_asked_twice_runs_once(world, three):
    world.polkit_process.send_signal(signal.SIGSTOP)  # both wait for it
    jobs = []
    for _ in range(2):
        world.manager.RollbackTo(1, OPTIONS, signature="ta{sv}", reply_handler=jobs.append, error_handler=jobs.append)
    world.polkit_process.send_signal(signal.SIGCONT)
    world.pump(lambda: len(jobs) == 2)
    assert jobs[0] == jobs[1]
    world.wait(jobs[0])


def test_polkit_is_asked_again_when_the_generation_has_changed(world, three):
    """What was allowed is to go back from 3, not from whichever is the present one by then."""
    asked, jobs = [], []

    def count(bus, message):
        if message.get_member() == "CheckAuthorization":
            asked.append(message)

    world.bus.add_match_string("eavesdrop='true',type='method_call',member='CheckAuthorization'")
    world.bus.add_message_filter(count)
    world.polkit_process.send_signal(signal.SIGSTOP)
    world.manager.RollbackTo(2, OPTIONS, signature="ta{sv}", reply_handler=jobs.append, error_handler=jobs.append)
    world.pump(lambda: asked)
    other = json.loads(Path(folder(world), "3.json").read_text()) | {"generation": 4}
    Path(folder(world), "4.json").write_text(json.dumps(other))
    world.daemon.send_signal(signal.SIGHUP)
    world.pump(lambda: world.property("Generation") == 4)
    world.polkit_process.send_signal(signal.SIGCONT)
    world.pump(lambda: jobs)
    world.wait(jobs[0])
    assert len(asked) == 2 and in_force(world) == ["a", "b"]
