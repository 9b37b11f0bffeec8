# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl apply: files, --cve, --all, and what is asked about first."""

import json

import pytest
from client_world import ERROR, check_schema, patch

OFFERS = {"Name": "demo", "Policy": "notify", "Patches": [
    ["late=1", "later", "low", ""], ["gone=1", "withdrawn", "low", "It was wrong."], ["new=2", "offered", "low", ""],
    ["far=1", "offered", "low", ""]]}
PATCHES = [
    patch("new", "1", State="applied", Persistent=True),
    patch("new", "2", Cves=["CVE-2026-0001"]),
    patch("late", "1"),
    patch("gone", "1"),
    patch("leaf", "1", Depends=["middle"]),
    patch("middle", "1", Depends=["root"]),
    patch("root", "1"),
    patch("root", "2"),
    patch("kept", "1", Held=True),
    patch("bad", "1", Quarantined="It crashed."),
    patch("other-kernel", "1", Kernel=["6.12", "cd" * 20]),
    patch("needless", "1"),
    patch("whole", "9", State="applied", Supersedes=["needless"], Engine="livepatch"),
]


def changes(world) -> list[tuple[str, str]]:
    return [(c["method"], c["args"][0]) for c in world.calls() if c["method"] in ("Apply", "Rollback")]


def test_all(world):
    world.start_daemon(patches=PATCHES, feeds=[OFFERS])
    result = world.run("apply", "--all", "--yes")
    assert result.code == 0, result.err
    assert changes(world) == [("Apply", "root=2"), ("Apply", "middle=1"), ("Apply", "leaf=1"), ("Apply", "new=2"),
                              ("Rollback", "new=1")]
    assert result.out.startswith("far=1 is offered by the feed demo and not stored: 'kpatchctl refresh --download demo' downloads it.\n")


def test_all_of_nothing(world):
    world.start_daemon(patches=[patch(State="applied")])
    result = world.run("apply", "--all")
    assert (result.code, result.out) == (0, "There is nothing to apply: all that is for this kernel is in force.\n")
    assert check_schema(world.run("apply", "--all", "--json").json)["notes"] == [result.out.rstrip("\n")]
    assert world.run("apply", "--all", "-q").out == ""
    assert changes(world) == []


def test_a_held_patch_is_not_displaced(world):
    world.start_daemon(patches=[patch("a", "1", State="applied", Held=True), patch("a", "2")])
    result = world.run("apply", "--all", "--yes")
    assert (result.code, result.out) == (0, "a=2 would take the place of a=1, which is held.\n")
    assert changes(world) == []


@pytest.mark.parametrize("state", ["available", "closed", "applying", "unknown"])
def test_cve(world, state):
    world.start_daemon(patches=PATCHES, answers={"CVE-2026-0001": [state, ["new=2"] if state != "unknown" else []]})
    result = world.run("apply", "--cve=CVE-2026-0001", "-y")
    assert result.code == (12 if state == "unknown" else 0)
    assert changes(world) == ([("Apply", "new=2"), ("Rollback", "new=1")] if state == "available" else [])
    if state in ("closed", "applying"):
        assert "CVE-2026-0001" in result.out


def test_a_cve_whose_patch_cannot_be_applied(world):
    world.start_daemon(patches=PATCHES, answers={"CVE-2026-0002": ["available", ["kept=1"]]})
    result = world.run("apply", "--cve", "CVE-2026-0002", "--yes")
    assert result.code == 12 and "kpatchctl info kept=1" in result.sentence
    assert changes(world) == []


@pytest.mark.parametrize("args", [["--all"], ["--cve", "CVE-2026-0001"]])
def test_without_a_terminal_it_needs_yes(world, args):
    world.start_daemon(patches=PATCHES, answers={"CVE-2026-0001": ["available", ["new=2"]]})
    result = world.run("apply", *args)
    assert result.code == 2 and result.err.endswith("kpatchctl: Nobody can be asked whether to go on: '--yes' says so "
                                                    "beforehand.\n")
    assert "  roll back new=1, which is superseded by new=2\n" in result.err
    assert world.run("apply", *args, "--json").json["error"]["name"] == ERROR + "Usage"
    assert changes(world) == []


@pytest.mark.parametrize(("key", "code"), [(b"y\n", 0), (b"Y\n", 0), (b"n\n", 7), (b"\n", 7), (b"\x04", 7), (b"\x03", 130)])
def test_the_question(world, key, code):
    world.start_daemon(patches=PATCHES)
    client = world.terminal("apply", "middle", "--color=never")
    client.read_until("Go on? [y/N] ")
    client.type(key)
    result = client.finish()
    assert result.code == code, result.out
    assert "  apply root=2, which is needed by middle\n  apply middle\n" in result.out
    assert changes(world) == ([("Apply", "root=2"), ("Apply", "middle")] if code == 0 else [])
    if code == 7:
        assert "Nothing was changed." in result.out


def test_what_was_named_is_not_asked_about(world):
    world.start_daemon(patches=PATCHES)
    assert world.show("apply", "new=2").code == 0
    # a pipe has the daemon refuse what is missing, and --yes brings it
    assert world.run("apply", "middle").code == 0
    assert changes(world) == [("Apply", "new=2"), ("Apply", "middle")]
    assert world.run("apply", "middle", "--yes").code == 0
    assert changes(world)[2:] == [("Apply", "root=2"), ("Apply", "middle")]


def test_what_is_replaced_is_asked_about(world):
    world.start_daemon(patches=[patch("a", "1", State="applied"), patch("b", "1", State="applied", Engine="livepatch"),
                                patch("all", "1", Replace=True)])
    client = world.terminal("apply", "all")
    assert "a=1 is replaced by all=1" in client.read_until("Go on?") and "b=1" not in client.seen
    client.type(b"n\n")
    assert client.finish().code == 7


def test_dependencies_in_a_circle_end(world):
    world.start_daemon(patches=[patch("a", "1", Depends=["b"]), patch("b", "1", Depends=["a"])])
    assert world.run("apply", "a", "--yes").code == 0
    assert sorted(changes(world)) == [("Apply", "a"), ("Apply", "b=1")]


def test_dry_run_asks_nothing(world):
    world.start_daemon(patches=PATCHES, feeds=[OFFERS])
    result = world.run("apply", "--all", "--dry-run")
    assert result.code == 0, result.err
    assert "Patch leaf=1 would be applied after the others; that was not tried.\n" in result.out
    assert "Patch new=1 would be rolled back after the others; that was not tried.\n" in result.out
    assert [c["args"] for c in world.calls() if c["method"] == "Apply"] == [
        ["root=2", {"dry-run": True}], ["new=2", {"dry-run": True}]]


def test_files(world):
    for name in ("a", "b"):
        (world.folder / f"{name}.ko").write_text(f"module {name}")
        (world.folder / f"{name}.manifest.json").write_text(f"manifest {name}")
    world.start_daemon(patches=[patch("demo", "1"), patch("named", "1")], job={"of": "demo=1"})
    result = world.run("apply", "named", world.folder / "a.ko", "--runtime")
    assert result.code == 0, result.err
    assert [(c["method"], c["args"][-1]) for c in world.calls()] == [
        ("Import", {}), ("Apply", {"runtime": True}), ("Apply", {"runtime": True})]
    assert world.calls()[0]["contents"] == ["manifest a", "module a"]
    assert changes(world) == [("Apply", "named"), ("Apply", "demo=1")]


def test_a_stored_file_is_applied(world):
    (world.folder / "a.ko").write_text("")
    (world.folder / "a.manifest.json").write_text("")
    world.start_daemon(patches=[patch("demo", "1")], job={"of": "demo=1", "result": {"import": ERROR + "AlreadyStored"}})
    assert world.run("apply", world.folder / "a.ko").code == 0
    assert changes(world) == [("Apply", "demo=1")]


def write_module(world, name: str):
    (world.folder / f"{name}.ko").write_text(name)
    (world.folder / f"{name}.manifest.json").write_text(name)
    return world.folder / f"{name}.ko"


AFTER = "Patch new=9 would be applied after its import; that was not tried.\n"


@pytest.mark.parametrize(("args", "tried"), [
    (["import", "--apply", "x.ko"], []),
    (["apply", "x.ko"], []),
    (["apply", "old", "x.ko"], ["old"]),
    (["apply", "x.ko", "old"], ["old"]),
    (["apply", "x.ko", "--cve=CVE-2026-1", "--yes"], ["old=1"]),
    (["load", "./x.ko"], []),
    (["load", "old", "./x.ko"], ["old=1"]),
    (["load", "./x.ko", "old"], ["old=1"]),
])
def test_dry_run_of_files(world, monkeypatch, args, tried):
    """What is not stored cannot be tried, and what else was named is."""
    write_module(world, "x")
    monkeypatch.chdir(world.folder)
    world.start_daemon(patches=[patch("old", "1")], answers={"CVE-2026-1": ["available", ["old=1"]]}, job={"of": "new=9"})
    result = world.run(*args, "--dry-run")
    assert result.code == 0, result.err
    assert AFTER in result.out and changes(world) == [("Apply", name) for name in tried]
    assert all(c["args"][-1]["dry-run"] for c in world.calls() if c["method"] in ("Apply", "Import"))
    assert check_schema(world.run(*args, "--dry-run", "--json").json)["notes"] == [AFTER.rstrip("\n")]


@pytest.mark.parametrize("args", [["import", "--apply"], ["apply"], ["load"]])
def test_dry_run_of_a_file_that_is_stored(world, args):
    world.start_daemon(patches=[patch("demo", "1")], job={"of": "demo=1", "result": {"import": ERROR + "AlreadyStored"}})
    result = world.run(*args, write_module(world, "x"), "--dry-run")
    assert result.code == 0 and "after its import" not in result.out
    assert changes(world) == [("Apply", "demo=1")]


def test_files_that_are_not_there_change_nothing(world):
    (world.folder / "a.ko").write_text("")
    world.start_daemon(patches=[patch()])
    result = world.run("apply", "demo", world.folder / "a.ko")
    assert result.code == 10 and "manifest" in result.sentence
    assert world.run("apply", "demo", "./none.ko").code == 10
    assert world.calls() == []


@pytest.mark.parametrize("args", [[], ["--all", "demo"], ["--all", "--cve", "CVE-2026-1"]])
def test_usage(world, args):
    world.start_daemon(patches=[patch()])
    assert world.run("apply", *args).code == 2
    assert world.calls() == []


def test_json_of_all(world):
    world.start_daemon(patches=PATCHES, feeds=[OFFERS])
    reply = check_schema(world.run("apply", "--all", "--yes", "--json").json)
    assert [r["kind"] for r in reply["results"]] == ["apply"] * 4 + ["rollback"]
    assert len(reply["notes"]) == 1, json.dumps(reply)


def test_a_cve_whose_patch_is_only_in_a_feed(world):
    world.start_daemon(answers={"CVE-2026-0003": ["available", [["far=1", "available", "demo"]]]})
    result = world.run("apply", "--cve", "CVE-2026-0003", "--yes")
    assert result.code == 12 and "'kpatchctl refresh --download demo'" in result.sentence
