# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl import --from-kpatch."""

import hashlib

import pytest
from client_world import ERROR, check_schema, patch

RELEASE = "6.1.0-99-amd64"


@pytest.fixture
def kpatch(world):
    """A folder as kpatch leaves it."""
    folder = world.folder / "kpatch"
    for name in (f"{RELEASE}/a.ko", f"{RELEASE}/known.ko", f"{RELEASE}/plain.ko", f"{RELEASE}/notes.txt", "5.10.0-1/old.ko"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / RELEASE / "a.manifest.json").write_text("signed")
    return folder


def start(world, **more) -> None:
    digest = hashlib.sha256(f"{RELEASE}/known.ko".encode()).hexdigest()
    world.start_daemon(patches=[patch("known", "7", ModuleSha256=digest)], **{"job": {"of": "a=1"}} | more)


def test_what_is_signed_is_imported(world, kpatch):
    start(world)
    result = world.run("import", "--from-kpatch", kpatch)
    assert result.code == 24
    assert result.sentence == ("1 of 3 modules were not imported: each needs a manifest that its publisher has signed with "
                               "kpatch-feed.")
    here = kpatch / RELEASE
    assert result.out.splitlines() == [
        f"{kpatch}/5.10.0-1 is left out: its modules are for another kernel than the one that runs.",
        "Patch a=1 import done.",
        f"{here}/known.ko is patch known=7, which is stored.",
        f"{here}/plain.ko is left out: it has no signed manifest, and nobody vouches for it."]
    (call,) = world.calls()
    assert (call["method"], call["contents"]) == ("Import", ["signed", f"{RELEASE}/a.ko"])


def test_json(world, kpatch):
    start(world)
    reply = check_schema(world.run("import", "--from-kpatch", kpatch, "--json").json)
    assert [r["result"] for r in reply["results"]] == ["done"] and len(reply["notes"]) == 3
    assert reply["error"]["name"] == ERROR + "KeyUnknown"


def test_what_the_configuration_believes(world, kpatch):
    """kpatchd is given the path, and reads the file itself; a link leads where it leads."""
    start(world, manager={"UnsignedFrom": ["/elsewhere", str(kpatch)]}, job={"of": "plain=unsigned.1"})
    link = world.folder / "link"
    link.symlink_to(kpatch)
    result = world.run("import", "--from-kpatch", link)
    assert result.code == 0, result.err
    calls = world.calls()
    assert [call["method"] for call in calls] == ["Import", "ImportUnsigned"]
    assert calls[1]["args"][0] == f"{kpatch}/{RELEASE}/plain.ko"
    assert "plain.ko is left out" not in result.out


def test_what_kpatchd_does_not_believe_all_the_same(world, kpatch):
    start(world, manager={"UnsignedFrom": [str(kpatch)]},
          job={"result": {"import-unsigned": ERROR + "KeyUnknown"}, "message": "It is not root's."})
    result = world.run("import", "--from-kpatch", kpatch)
    assert (result.code, result.sentence) == (24, "It is not root's.")
    assert f"{kpatch}/{RELEASE}/plain.ko is left out: It is not root's.\n" in result.out


def test_a_folder_of_a_longer_name_is_another(world, kpatch):
    start(world, manager={"UnsignedFrom": [str(kpatch)[:-1]]})
    assert world.run("import", "--from-kpatch", kpatch).code == 24
    assert [call["method"] for call in world.calls()] == ["Import"]


def test_all_signed(world, kpatch):
    (kpatch / RELEASE / "plain.ko").unlink()
    start(world, job={"of": "a=1", "result": {"import": ERROR + "AlreadyStored"}})
    assert world.run("import", "--from-kpatch", kpatch).code == 0


def test_a_refusal_does_not_end_it(world, kpatch):
    (kpatch / RELEASE / "b.ko").write_text("b")
    (kpatch / RELEASE / "b.manifest.json").write_text("b")
    start(world, job={"result": {"import": ERROR + "SignatureInvalid"}, "message": "It was altered."})
    result = world.run("import", "--from-kpatch", kpatch)
    assert (result.code, result.sentence) == (25, "It was altered.")
    assert f"{kpatch}/{RELEASE}/a.ko is left out: It was altered.\n" in result.out
    assert len(world.calls()) == 2


def test_nothing_there(world, tmp_path):
    start(world)
    (tmp_path / "empty").mkdir()
    result = world.run("import", "--from-kpatch", tmp_path / "empty")
    assert (result.code, result.out) == (0, f"{tmp_path}/empty has no module for kernel {RELEASE}.\n")
    assert world.run("import", "--from-kpatch", tmp_path / "none").code == 10


@pytest.mark.parametrize("args", [["--from-kpatch", "a", "b"], ["--from-kpatch", "--apply"], []])
def test_usage(world, args):
    start(world)
    assert world.run("import", *args).code == 2
    assert world.calls() == []
