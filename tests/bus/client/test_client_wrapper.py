# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatch(8), the program that stands in for kpatch's own."""

import os
import re
import subprocess

import pytest
from client_world import BUILD, KPATCHCTL, PATIENCE, Result, patch

PATCHES = [patch("fix-a", "1", State="applied", Persistent=True, Module="kpatch_a", AppliedSince=5),
           patch("fix-b", "2", Module="kpatch_b")]


def run(world, *args: str) -> Result:
    """Runs it as it is built, with the program of this build."""
    script = world.folder / "kpatch"
    text = (BUILD / "src/compat/kpatch").read_text()
    script.write_text(re.sub(r"(?<=exec )\S+/kpatchctl", str(KPATCHCTL), text))
    script.chmod(0o755)
    done = subprocess.run([script, *args], env=world.env, capture_output=True, text=True, timeout=PATIENCE,
                          stdin=subprocess.DEVNULL)
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def kpatch(world):
    world.start_daemon(patches=PATCHES)
    return lambda *args: run(world, *args)


def test_list(kpatch):
    result = kpatch("list")
    assert (result.code, result.err) == (0, "")
    assert result.out == ("Loaded patch modules:\nkpatch_a [enabled]\n\n"
                          "Installed patch modules:\nkpatch_a (6.1.0-99-amd64)\n")


def read_as_cockpit(text: str) -> tuple[list[str], list[str]]:
    """As Cockpit's page of software updates understands it: two parts with an empty line between, each with its head; the
    first word of every other line is a module."""
    parts = text.strip().split("\n\n")
    assert len(parts) == 2, text
    for part, head in zip(parts, ("Loaded patch modules:", "Installed patch modules:")):
        assert part.startswith(head), text
    loaded, installed = ([line.split(" ")[0] for line in part.split("\n")[1:]] for part in parts)
    return loaded, installed


@pytest.mark.parametrize(("patches", "loaded", "installed"), [
    (PATCHES, ["kpatch_a"], ["kpatch_a"]),
    ([], [], []),
    (PATCHES[1:], [], []),
    ([PATCHES[0] | {"Persistent": False}], ["kpatch_a"], []),
    ([PATCHES[0] | {"State": "stored"}], [], ["kpatch_a"]),
    ([PATCHES[0] | {"State": "applying"}, patch("mine", "", State="applied", Module="mine")],
     ["kpatch_a", "mine"], ["kpatch_a"]),
])
def test_list_as_cockpit_reads_it(world, patches, loaded, installed):
    world.start_daemon(patches=patches)
    assert read_as_cockpit(run(world, "list").out) == (loaded, installed)


@pytest.mark.parametrize(("args", "call"), [
    (["load", "kpatch_b"], ["Apply", "fix-b=2", {"runtime": True}]),
    (["load", "kpatch-b.ko"], ["Apply", "fix-b=2", {"runtime": True}]),
    (["unload", "kpatch_a"], ["Rollback", "fix-a=1", {"runtime": True}]),
    (["unload", "--all"], ["Rollback", "fix-a=1", {"runtime": True}]),
    (["install", "kpatch_b"], ["Install", "fix-b=2", {}]),
    (["install", "-k", os.uname().release, "kpatch_b"], ["Install", "fix-b=2", {}]),
    (["uninstall", f"--kernel-version={os.uname().release}", "kpatch_a.ko"], ["Uninstall", "fix-a=1", {}]),
])
def test_changes(kpatch, world, args, call):
    result = kpatch(*args)
    assert result.code == 0, result.err
    assert [[c["method"], *c["args"]] for c in world.calls()] == [call]


def test_force(kpatch, world):
    assert kpatch("force", "kpatch_a").code == 0
    assert world.calls()[-1]["method"] == "Force /org/kpatchd1/patch/fix_2da_3d1"


def test_info_and_version(kpatch):
    assert kpatch("info", "kpatch_b").out.startswith("Patch        fix-b=2\n")
    version = kpatch("version")
    assert (version.code, version.err) == (0, "") and re.fullmatch(r"\d+(\.\d+)+\n", version.out), "programs compare it"


@pytest.mark.parametrize("args", [[], ["frobnicate"], ["load"], ["load", "a", "b"], ["signal"],
                                  ["install", "-k", "1.2.3", "kpatch_b"]])
def test_refusals(kpatch, world, args):
    result = kpatch(*args)
    assert result.code == 1 and result.out == "" and "kpatch" in result.err
    assert world.calls() == []


def test_it_is_not_installed_unless_asked_for(tmp_path):
    meson = "/usr/bin/meson" if os.path.exists("/usr/bin/meson") else "meson"
    subprocess.run([meson, "install", "-C", BUILD, "--no-rebuild", "--destdir", tmp_path], check=True,
                   stdout=subprocess.DEVNULL, timeout=PATIENCE)
    assert list(tmp_path.rglob("kpatchctl")) and not list(tmp_path.rglob("kpatch")) and not list(tmp_path.rglob("kpatch.8"))
