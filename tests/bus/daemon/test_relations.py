# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What patches say of each other: depends, conflicts, min_daemon, reversible."""

import pytest
from patchkit import Patch
from test_refusals import refused


@pytest.fixture
def pair(world, key):
    """Imports a first patch, and a second one with the fields given."""
    def make(**fields):
        world.do_import(Patch(key, id="first", name="kpatch_first"))
        world.do_import(Patch(key, id="second", name="kpatch_second", fields=fields))
    return make


def test_depends(world, pair):
    pair(depends=["first"])
    assert "needs first" in refused(world, "DependencyMissing", world.apply, "second")
    world.apply("first")
    world.apply("second")
    assert "second=1" in refused(world, "DependencyMissing", world.rollback, "first")
    world.rollback("second")
    world.rollback("first")


def test_conflicts_of_its_own(world, pair):
    pair(conflicts=["first"])
    world.apply("first")
    assert "first=1" in refused(world, "Conflict", world.apply, "second")
    world.rollback("first")
    world.apply("second")


def test_conflicts_of_the_other(world, pair):
    pair(conflicts=["first"])
    world.apply("second")
    assert "second=1" in refused(world, "Conflict", world.apply, "first")


def test_newer_daemon_wanted(world, pair):
    pair(min_daemon="99.0")
    assert "99.0" in refused(world, "DaemonTooOld", world.apply, "second")


def test_this_daemon_is_new_enough(world, pair):
    pair(min_daemon=str(world.property("Version")))
    world.apply("second")


def test_not_reversible(world, pair):
    pair(reversible=False)
    world.apply("second")
    refused(world, "NotReversible", world.rollback, "second")
    assert world.patches()["second=1"] == "applied"


def test_dependency_at_boot(world, pair, run_reapply):
    pair(depends=["first"])
    world.apply("first")
    world.apply("second")
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0
    assert world.enabled("kpatch_first") == world.enabled("kpatch_second") == "1"
