# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches that take the place of those before them, and what comes back when they go."""

import shutil
from pathlib import Path

import pytest
from patchkit import Patch, livepatch
from test_story import generations
from world import JobFailed


def make(key, id: str, replace: bool = False) -> Patch:
    return Patch(key, id=id, name=f"kpatch_{id}", modinfo={"kpatch_replace": str(int(replace))},
                 fields={"replace": replace})


@pytest.fixture
def replaced(world, key):
    """a and b were applied, and cumulative took their place."""
    for patch in (make(key, "a"), make(key, "b"), make(key, "cumulative", replace=True)):
        world.do_import(patch)
        world.apply(patch.id)


def state(world, name: str) -> str | None:
    path = Path(world.folder, "sys/kernel/kpatch", f"kpatch_{name}", "state")
    return path.read_text().strip() if path.exists() else None


def test_superseded_and_back(world, replaced):
    assert world.patches() == {"a=1": "superseded", "b=1": "superseded", "cumulative=1": "applied"}
    assert generations(world)[3] == ["cumulative=1"], "boot applies what is in force, not what was"
    world.rollback("cumulative")
    assert world.patches() == {"a=1": "applied", "b=1": "applied", "cumulative=1": "stored"}
    assert generations(world)[4] == ["a=1", "b=1"]
    world.apply("cumulative")
    assert world.patches() == {"a=1": "superseded", "b=1": "superseded", "cumulative=1": "applied"}


def test_back_after_a_boot(world, replaced, run_reapply):
    """Then the kernel knows nothing of what was replaced: the generations do."""
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0
    world.start()
    assert world.patches() == {"a=1": "superseded", "b=1": "superseded", "cumulative=1": "applied"}
    world.rollback("cumulative")
    assert world.patches() == {"a=1": "applied", "b=1": "applied", "cumulative=1": "stored"}
    assert state(world, "a") == state(world, "b") == "applied"


def test_a_chain_of_cumulative_ones(world, key):
    for id in ("one", "two", "three"):
        world.do_import(make(key, id, replace=True))
        world.apply(id)
    assert world.patches() == {"one=1": "superseded", "two=1": "superseded", "three=1": "applied"}
    for gone, back in (("three", "two"), ("two", "one")):
        world.rollback(gone)
        assert world.patches()[f"{back}=1"] == "applied" and world.patches()[f"{gone}=1"] == "stored"
        assert state(world, gone) is None, "it was unloaded"
        assert generations(world)[world.property("Generation")] == [f"{back}=1"]


def test_what_comes_back_does_not_replace_later_ones(world, key):
    """Its coming back would take out what was applied since, and the next boot would apply them in another order."""
    for patch in (make(key, "one", replace=True), make(key, "two", replace=True), make(key, "later")):
        world.do_import(patch)
        world.apply(patch.id)
    before = world.patches(), generations(world)
    with pytest.raises(JobFailed, match="two=1 has replaced one=1, which would come back and replace later=1: roll later=1"):
        world.rollback("two")
    assert (world.patches(), generations(world)) == before
    world.rollback("later")
    world.rollback("two")
    assert world.patches() == {"one=1": "applied", "two=1": "stored", "later=1": "stored"}


def test_nothing_of_a_rollback_that_fails(world, replaced):
    before = generations(world)
    Path(world.folder, "sys/kernel/kpatch/kpatch_b/enabled").unlink()  # it cannot be put back
    with pytest.raises(JobFailed, match="b=1"):
        world.rollback("cumulative")
    assert state(world, "cumulative") == "applied" and state(world, "a") == "disabled"
    assert generations(world) == before


def test_what_is_lost_does_not_keep_a_patch_in(world, replaced):
    next(Path(world.folder, "var/manifests").glob("a=*")).unlink()
    world.rollback("cumulative")
    assert world.patches() == {"b=1": "applied", "cumulative=1": "stored"}
    assert generations(world)[4] == ["b=1"]


def test_a_superseded_one_may_be_applied_again(world, replaced):
    world.apply("a")
    assert world.patches()["a=1"] == "applied" and state(world, "a") == "applied"
    world.rollback("a")
    assert world.patches()["a=1"] == "superseded"


@pytest.fixture
def livepatches(world, key):
    """old was applied, and new took its place, both with the kernel's own engine."""
    Path(world.folder, "sys/kernel/livepatch").mkdir()
    world.do_import(livepatch(key, id="old", name="klp_old"))
    world.do_import(livepatch(key, id="new", name="klp_new", fields={"replace": True}))
    world.apply("old")
    world.apply("new")
    shutil.rmtree(Path(world.folder, "sys/kernel/livepatch/klp_old"))  # as the kernel does
    assert world.patches() == {"old=1": "superseded", "new=1": "applied"}


def refuse(world, what: str) -> None:
    Path(world.folder, "fake/refuse").write_text(f"{what}\n")


@pytest.mark.parametrize("refused", ["", "klp_old klp_new"])
def test_of_livepatches(world, livepatches, refused):
    """Also where the kernel does not take the one beside the other."""
    if refused:
        refuse(world, refused)
    world.rollback("new")
    assert world.patches() == {"old=1": "applied", "new=1": "stored"}


def test_a_livepatch_that_cannot_be_put_back(world, livepatches):
    before = generations(world)
    refuse(world, "klp_old")
    with pytest.raises(JobFailed, match="What patch new=1 has replaced cannot be put back"):
        world.rollback("new")
    assert world.patches() == {"old=1": "superseded", "new=1": "applied"}
    assert generations(world) == before


@pytest.mark.parametrize("engine", ["core", "livepatch"])
def test_until_the_next_boot(world, key, engine, run_reapply):
    """No generation tells what it took the place of: the present one says what is wanted without it."""
    if engine == "core":
        patches = make(key, "old"), make(key, "new", replace=True)
    else:
        Path(world.folder, "sys/kernel/livepatch").mkdir()
        patches = livepatch(key, id="old", name="klp_old"), livepatch(key, id="new", name="klp_new", fields={"replace": True})
        Path(world.folder, "fake/replaces").write_text("klp_new\n")
    for patch in patches:
        world.do_import(patch)
        world.apply(patch.id, runtime=patch.id == "new")
    assert world.patches()["old=1"] != "applied"
    # Nor does the daemon remember: somebody else may have loaded it.
    world.stop()
    world.start()
    world.rollback("new")
    assert world.patches() == {"old=1": "applied", "new=1": "stored"}
    assert generations(world) == {1: ["old=1"]}, "what is wanted has not changed"


def test_what_is_out_of_force_until_the_next_boot_stays_out(world, key):
    for id in ("a", "b"):
        world.do_import(make(key, id))
        world.apply(id)
    world.rollback("b", runtime=True)
    world.do_import(make(key, "cumulative", replace=True))
    world.apply("cumulative", runtime=True)
    world.rollback("cumulative", runtime=True)
    assert world.patches() == {"a=1": "applied", "b=1": "stored", "cumulative=1": "stored"}


def test_what_comes_back_does_not_replace_what_is_in_force(world, key):
    for patch in (make(key, "one", replace=True), make(key, "two", replace=True), make(key, "later")):
        world.do_import(patch)
        world.apply(patch.id, runtime=patch.id != "one")
    with pytest.raises(JobFailed, match="two=1 has replaced one=1, which would come back and replace later=1: roll later=1"):
        world.rollback("two")
    assert state(world, "two") == state(world, "later") == "applied"
    world.rollback("later")
    world.rollback("two")
    assert world.patches() == {"one=1": "applied", "two=1": "stored", "later=1": "stored"}


def test_one_engine_does_not_replace_what_another_has(world, key):
    Path(world.folder, "sys/kernel/livepatch").mkdir()
    world.do_import(livepatch(key))
    world.apply("klp")
    other = make(key, "cumulative", replace=True)
    other.modinfo["kpatch_func"] = "vmlinux:other,0"
    other.fields["objects"] = [{"name": "vmlinux", "functions": [{"name": "other", "sympos": 0}]}]
    world.do_import(other)
    world.apply("cumulative")
    assert world.patches() == {"klp=1": "applied", "cumulative=1": "applied"}
    assert generations(world)[2] == ["klp=1", "cumulative=1"]


def test_what_is_quarantined_stays_out(world, replaced):
    """It was out of force when it was replaced, or would be by now: it is wanted again, and no more than that."""
    folder = Path(world.folder, "var/quarantine")
    folder.mkdir(exist_ok=True)
    Path(folder, "a=1.json").write_text('{"format": 1, "patch": "a=1", "why": "It crashed.", "since": "2026-01-01T00:00:00Z"}')
    world.rollback("cumulative")
    assert state(world, "b") == "applied" and state(world, "a") != "applied"
    assert generations(world)[4] == ["a=1", "b=1"]
    assert list(world.property("Quarantine"))[0][0] == "a=1"
