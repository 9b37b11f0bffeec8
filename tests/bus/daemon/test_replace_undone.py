# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What one that replaces has taken the place of is back where its apply comes to nothing."""

import shutil
from pathlib import Path

import pytest
from diskkit import leave, state_disk
from patchkit import livepatch
from test_replace import make, state
from test_story import generations
from test_transition import behind, cancel
from world import JobFailed, World

JOB = "org.kpatchd1.Job"


class Core:
    """a and b are applied; new replaces all others."""
    folder, module, before = "sys/kernel/kpatch", "kpatch_new", {"a=1": "applied", "b=1": "applied", "new=1": "stored"}

    def prepare(self, world: World, key) -> None:
        for id in ("a", "b"):
            world.do_import(make(key, id))
            world.apply(id)
        world.do_import(make(key, "new", replace=True))

    def complete(self, world: World) -> None:
        put(Path(world.folder, self.folder, self.module, "state"), "applied\n")


class Livepatch:
    """The same with the kernel's own engine, where what is replaced has to be loaded anew."""
    folder, module, before = "sys/kernel/livepatch", "klp_new", {"old=1": "applied", "new=1": "stored"}

    def prepare(self, world: World, key, **fields) -> None:
        Path(world.folder, self.folder).mkdir()
        world.do_import(livepatch(key, id="old", name="klp_old"))
        world.do_import(livepatch(key, id="new", name="klp_new", fields={"replace": True} | fields))
        world.apply("old")
        Path(world.folder, "fake/replaces").write_text("klp_new\n")

    def complete(self, world: World) -> None:
        shutil.rmtree(Path(world.folder, self.folder, "klp_old"))  # as the kernel does
        put(Path(world.folder, self.folder, self.module, "transition"), "0\n")


def put(path: Path, text: str) -> None:
    Path(f"{path}.new").write_text(text)
    Path(f"{path}.new").rename(path)


@pytest.fixture(params=[Core, Livepatch])
def engine(request):
    return request.param()


def refuses(world, engine, error: str, job: str) -> None:
    """It ends with that, and the kernel has in force what it had."""
    with pytest.raises(JobFailed) as failed:
        world.wait(job)
    assert failed.value.name == error
    assert world.patches() == engine.before
    assert not Path(world.folder, "sys/module", engine.module).exists(), "it was unloaded"


def test_cancelled_before_it_is_confirmed(world, key, engine):
    engine.prepare(world, key)
    before = generations(world), world.tree("sys")
    Path(world.folder, "fake/wait").touch()
    job = world.start_change("Apply", "new")
    world.pump(lambda: Path(world.folder, engine.folder, engine.module, "enabled").exists())
    cancel(world, job)
    Path(world.folder, "fake/wait").unlink()
    refuses(world, engine, "Canceled", job)
    assert (generations(world), world.tree("sys")) == before, "nothing has changed, as is said"


def test_not_recorded(world, key, engine):
    """The disk takes no note of what comes back, either."""
    with state_disk(world):
        engine.prepare(world, key)
        before = generations(world), world.tree("sys")
        behind(world, "7 f c")
        job = world.start_change("Apply", "new")
        world.pump(lambda: world.property("Step", job, JOB) == "transition")
        leave(world, 0)
        behind(world)
        engine.complete(world)
        refuses(world, engine, "NoSpace", job)
        assert (generations(world), world.tree("sys")) == before


def test_not_confirmed(world, key):
    engine = Livepatch()
    engine.prepare(world, key, objects=[])
    refuses(world, engine, "ModuleMismatch", world.start_change("Apply", "new"))


def test_not_switched(world, key):
    engine = Core()
    engine.prepare(world, key)
    Path(world.folder, "fake/idle").touch()
    refuses(world, engine, "NotConfirmed", world.start_change("Apply", "new"))


def test_turned_back(world, key, engine):
    """Of the kernel's own, what was to be replaced has never been out of force; there can be one transition at a time."""
    engine.prepare(world, key)
    behind(world, "7 f c")
    job = world.start_change("Apply", "new")
    world.pump(lambda: world.property("Step", job, JOB) == "transition")
    behind(world)
    cancel(world, job)
    refuses(world, engine, "Canceled", job)


def test_back_in_a_chain(world, key):
    """What comes back takes the place of the one that goes."""
    for id in ("one", "two"):
        world.do_import(make(key, id, replace=True))
    world.apply("one")
    Path(world.folder, "fake/idle").touch()
    with pytest.raises(JobFailed, match="NotConfirmed"):
        world.apply("two")
    assert world.patches() == {"one=1": "applied", "two=1": "stored"} and state(world, "two") is None
    assert "Cannot undo" not in world.stop()


def test_what_was_out_of_force_stays_out(world, key):
    """And what was applied until the next boot comes back."""
    engine = Core()
    engine.prepare(world, key)
    world.do_import(make(key, "c"))
    world.apply("c", runtime=True)
    world.rollback("b", runtime=True)
    Path(world.folder, "fake/idle").touch()
    with pytest.raises(JobFailed, match="NotConfirmed"):
        world.apply("new")
    assert world.patches() == {"a=1": "applied", "b=1": "stored", "c=1": "applied", "new=1": "stored"}


def test_a_rollback_that_is_cancelled(world, key, run_reapply):
    """What it has put back replaces others, too: the patch that was to go."""
    for id in ("one", "two"):
        world.do_import(make(key, id, replace=True))
        world.apply(id)
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0
    world.start()
    Path(world.folder, "fake/wait").touch()
    job = world.start_change("Rollback", "two")
    world.pump(lambda: state(world, "one") == "applied")
    cancel(world, job)
    Path(world.folder, "fake/wait").unlink()
    with pytest.raises(JobFailed, match="Canceled"):
        world.wait(job)
    assert world.patches() == {"one=1": "superseded", "two=1": "applied"} and state(world, "one") is None
