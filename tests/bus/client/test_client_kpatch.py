# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatch's own verbs: load, unload, install and uninstall."""

import pytest
from client_world import ERROR, check_schema, patch

PATCHES = [
    patch("a", "1", State="applied", Persistent=True, AppliedSince=100, Module="kpatch_a"),
    patch("b", "1", State="applied", AppliedSince=200, Module="kpatch_b"),
    patch("c", "1", Persistent=True, Module="kpatch_c", Depends=["d"]),
    patch("c", "2", Module="kpatch_c2"),
    patch("d", "1", Persistent=True, Module="kpatch_d"),
    patch("by_hand", "", State="applied", Module="by_hand"),
    patch("elsewhere", "1", State="stored", Persistent=True, Kernel=["6.12", "cd" * 20]),
]


def changes(world) -> list[tuple]:
    return [(c["method"], c["args"][0], c["args"][1]) for c in world.calls() if len(c["args"]) > 1]


@pytest.mark.parametrize(("args", "call"), [
    (["load", "c"], ("Apply", "c=1", {"runtime": True})),
    (["load", "kpatch_c2"], ("Apply", "c=2", {"runtime": True})),
    (["load", "kpatch-c.ko"], ("Apply", "c=1", {"runtime": True})),
    (["unload", "b"], ("Rollback", "b=1", {"runtime": True})),
    (["unload", "kpatch_b.ko"], ("Rollback", "b=1", {"runtime": True})),
    (["install", "b"], ("Install", "b=1", {})),
    (["install", "c", "--dry-run"], ("Install", "c=2", {"dry-run": True})),
    (["uninstall", "c"], ("Uninstall", "c=1", {})),
    (["rollback", "b", "--runtime"], ("Rollback", "b", {"runtime": True})),
])
def test_verbs(world, args, call):
    world.start_daemon(patches=PATCHES)
    result = world.run(*args)
    assert result.code == 0, result.err
    assert changes(world) == [call]
    reply = check_schema(world.run(*args, "--json").json)
    assert [r["kind"] for r in reply["results"]] == [args[0]]
    assert world.run(*args, "-q").out == ""


def test_all(world):
    world.start_daemon(patches=PATCHES)
    assert world.run("load", "--all").code == 0
    assert [c[:2] for c in changes(world)] == [("Apply", "d=1"), ("Apply", "c=1")], "what others need comes first"
    world.log.unlink()
    assert world.run("unload", "--all").code == 0
    assert [c[:2] for c in changes(world)] == [("Rollback", "b=1"), ("Rollback", "a=1")], "what came last goes first"


KEPT = [
    patch("held-in", "1", State="applied", Persistent=True, Held=True),
    patch("held-out", "1", Persistent=True, Held=True),
    patch("bad", "1", State="failed", Persistent=True, Quarantined="It crashed."),
    patch("coming", "1", State="applying", Persistent=True),
    patch("going", "1", State="reverting", Persistent=True),
]


def test_load_all_leaves_alone_what_is_kept_out(world):
    """A quarantine is lifted by an apply: nothing may do that in passing."""
    world.start_daemon(patches=[*PATCHES, *KEPT])
    result = world.run("load", "--all")
    assert result.code == 0, result.err
    assert [c[:2] for c in changes(world)] == [("Apply", "d=1"), ("Apply", "c=1")]
    assert result.out.splitlines()[:4] == [
        "bad=1 is quarantined and left out.", "coming=1 is being switched and left out.",
        "going=1 is being switched and left out.", "held-out=1 is held and left out."]
    assert check_schema(world.run("load", "--all", "--json").json)["notes"] == result.out.splitlines()[:4]


def test_load_all_of_only_such(world):
    world.start_daemon(patches=KEPT[2:3])
    result = world.run("load", "--all")
    assert (result.code, result.out) == (0, "bad=1 is quarantined and left out.\n")
    assert world.run("load", "bad").code == 0, "by name it is asked for"
    assert changes(world) == [("Apply", "bad=1", {"runtime": True})]


def test_unload_all_leaves_what_is_held(world):
    world.start_daemon(patches=KEPT)
    assert world.run("unload", "--all").out.startswith("held-in=1 is held and left out.\n")
    assert changes(world) == [("Rollback", "coming=1", {"runtime": True})]


@pytest.mark.parametrize(("verb", "sentence"), [("load", "All that is installed is in force."),
                                                ("unload", "Nothing is in force.")])
def test_all_of_nothing(world, verb, sentence):
    world.start_daemon()
    assert world.run(verb, "--all").out == sentence + "\n"
    assert check_schema(world.run(verb, "--all", "--json").json)["notes"] == [sentence]


@pytest.mark.parametrize(("verb", "method"), [("load", "Apply"), ("install", "Install")])
def test_files(world, verb, method):
    (world.folder / "x.ko").write_text("module")
    (world.folder / "x.manifest.json").write_text("manifest")
    world.start_daemon(patches=PATCHES, job={"of": "c=2", "result": {"import": ERROR + "AlreadyStored"}})
    assert world.run(verb, world.folder / "x.ko").code == 0
    assert [c["method"] for c in world.calls()] == ["Import", method]
    assert world.run(verb, world.folder / "none.ko").code == 10


def test_dry_run_of_a_file_to_install(world):
    (world.folder / "x.ko").write_text("module")
    (world.folder / "x.manifest.json").write_text("manifest")
    world.start_daemon(job={"of": "c=2"})
    result = world.run("install", world.folder / "x.ko", "--dry-run")
    assert result.code == 0 and "Patch c=2 would be installed after its import; that was not tried.\n" in result.out
    assert [c["method"] for c in world.calls()] == ["Import"]


@pytest.mark.parametrize("verb", ["load", "unload", "install", "uninstall"])
def test_what_is_not_there(world, verb):
    world.start_daemon(patches=[patch("fix-overflow", "1")])
    result = world.run(verb, "fix-overfow")
    assert (result.code, result.sentence) == (12, "No patch 'fix-overfow' is stored; did you mean 'fix-overflow'?")
    assert world.run(verb).code == 2
    assert changes(world) == []


def test_modules_loaded_by_hand_are_not_ours(world):
    world.start_daemon(patches=PATCHES)
    assert world.run("unload", "by_hand").code == 12
