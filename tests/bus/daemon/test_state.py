# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever is damaged or missing in the state folder: the daemon starts, says what it lost, and shows what the kernel has."""

import base64
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import dbus
import pytest
from feedkit import refresh
from patchkit import KERNEL_BUILD_ID
from test_replace import make
from test_unsigned import FOLDER, allow
from world import BUILD, NAME, OPTIONS, JobFailed

KEY = hashlib.sha256(FOLDER.encode()).hexdigest()
ARCHITECTURE = Path(__file__).resolve().parents[3] / "docs/ARCHITECTURE.md"
NOTE = '{"format": 1, "patch": "c=1"}'
FILES = [f"generations/{KERNEL_BUILD_ID}/2.json", "manifests/b=1.json", "modules/B.ko", "attempts/b=1.json", "trials/c=1.json",
         "quarantine/c=1.json", "imports/c=1.json", "holds/c=1.json", "postponed/c=1.json", "history/history.jsonl",
         "unsigned/KEY.key", "feeds/shop/trust.json", "feeds/shop/status.json", "feeds/shop/timestamp.json", "guard/crashes.json"]
# What is found out when it is used, and how that says so is in the tests of its use.
QUIET = ("modules", "imports", "unsigned", "holds", "trials", "history", "feeds/shop/timestamp")


def below(world, name: str) -> Path:
    return Path(world.folder, "var", name)


@pytest.fixture
def full(host, publisher, key):
    """A host that has each file of the table: a and b in force, c stored."""
    host.key = key
    allow(host, FOLDER)
    publisher.publish()
    refresh(host)
    for id in "abc":
        host.do_import(make(key, id))
    host.apply("a")
    host.apply("b")
    for file in ("trials", "quarantine", "imports", "holds", "postponed"):
        below(host, file).mkdir(exist_ok=True)
        below(host, f"{file}/c=1.json").write_text(NOTE)
    below(host, "guard").mkdir(exist_ok=True)
    below(host, "guard/crashes.json").write_text('{"format": 1, "crashes": 1, "boot_id": "x"}')
    below(host, "unsigned").mkdir()
    below(host, f"unsigned/{KEY}.key").write_text("ab" * 32)
    return host


def real(world, name: str) -> Path:
    if name.endswith(".ko"):
        payload = json.loads(below(world, "manifests/b=1.json").read_bytes())["payload"]
        name = f"modules/{json.loads(base64.b64decode(payload))['module']['sha256']}.ko"
    return below(world, name.replace("KEY", KEY))


def spoil(path: Path, how: str) -> None:
    assert path.exists(), path
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    match how:
        case "empty":
            path.touch()
        case "garbage":
            path.write_bytes(b"\0{\xff]" * 300)
        case "directory":
            path.mkdir()


def die(world) -> None:
    """Not in order, which would settle what has been applied."""
    world.stop(signal.SIGKILL)
    world.pump(lambda: not world.bus.name_has_owner(NAME))


def looks_right(world) -> None:
    patches = world.patches()
    assert [patches[ref] for ref in ("a=1", "b=1", "c=1")] == ["applied", "applied", "stored"]
    assert world.enabled("kpatch_a") == world.enabled("kpatch_b") == "1"


def works(world) -> None:
    world.rollback("b")
    world.apply("b")
    refresh(world)
    assert world.manager.GetHistory(dbus.UInt32(1), OPTIONS)
    looks_right(world)


def test_no_file_is_left_out():
    section, = re.findall(r"^## State on disk\n(.*?)^Why a power cut", ARCHITECTURE.read_text(), re.MULTILINE | re.DOTALL)
    folders = set(re.findall(r"^\| `([a-z]+)/", section, re.MULTILINE))
    assert folders == {name.split("/")[0] for name in FILES}


@pytest.mark.parametrize("how", ["empty", "garbage", "directory", "removed"])
@pytest.mark.parametrize("name", FILES)
def test_file(full, name, how):
    die(full)
    path = real(full, name)
    spoil(path, how)
    full.start()
    looks_right(full)
    generation = (1 if how == "removed" else 3) if "generations" in name else 2
    assert full.property("Generation") == generation
    if name.startswith("modules"):
        with pytest.raises(JobFailed, match="StateCorrupt|ModuleSizeMismatch|Is a directory"):
            full.wait(full.start_change("Verify", "b"))
    elif not name.startswith("manifests"):
        if "timestamp" in name and how in ("empty", "garbage"):
            with pytest.raises(JobFailed, match="EnvelopeInvalid"):
                refresh(full)  # found out, and not used again
        works(full)
    log = full.stop()
    if how != "removed" and not name.startswith(QUIET):
        assert re.search(f"{re.escape(path.name)} is damaged|Generation 2 is damaged|b=1 is left out", log), log
    elif how == "directory" and not name.startswith(("modules", "imports", "holds", "trials", "unsigned")):
        assert f"{path.name} is damaged and was set aside" in log


@pytest.mark.parametrize("folder", sorted({name.split("/")[0] for name in FILES} | {f"generations/{KERNEL_BUILD_ID}"}))
def test_file_in_place_of_a_folder(full, folder):
    die(full)
    spoil(below(full, folder), "empty")
    full.start()
    looks_right(full) if folder != "manifests" else None
    assert full.enabled("kpatch_a") == full.enabled("kpatch_b") == "1"
    for id in "abc" if folder in ("manifests", "modules") else "":
        full.do_import(make(full.key, id))
    works(full)
    assert f"var/{folder} is damaged and was set aside" in full.stop() or folder in ("imports", "unsigned")


can_trace = pytest.mark.skipif(
    subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode != 0,
    reason="nothing may be traced here")


def begin_with_error(world, path: Path, error: str, *options: str) -> subprocess.Popen:
    """A daemon for which that file cannot be opened, for a reason that says nothing of the file."""
    # The leak sanitizer traces the process at its end, which strace does already.
    environment = world.env | {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
    return subprocess.Popen(
        ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-P", path, "-e", f"inject=openat,open:error={error}",
         BUILD / "src/daemon/kpatchd-test", *options], env=environment, stderr=subprocess.PIPE, text=True)


@can_trace
@pytest.mark.parametrize("error", ["EIO", "EMFILE"])
@pytest.mark.parametrize("name", FILES)
def test_error_of_reading(full, name, error):
    die(full)
    path = real(full, name)
    before = path.read_bytes()
    full.removed.clear()
    full.daemon = begin_with_error(full, path, error)
    full.wait_for_name(NAME)
    looks_right(full)
    if "generations" in name:
        with pytest.raises(JobFailed, match="StateCorrupt.*Generation 2 cannot be read"):
            full.rollback("b")
        looks_right(full)
    if "quarantine" in name:
        assert [str(ref) for ref, *_ in full.property("Quarantine")] == ["c=1"]
    log = full.stop(signal.SIGKILL)
    if "trials" not in name:  # nobody is in the kernel for it, so it has ended
        assert path.read_bytes() == before
    assert not list(below(full, ".").rglob("*.broken")), log
    full.pump(lambda: not full.bus.name_has_owner(NAME))
    full.start()
    looks_right(full)
    assert full.property("Generation") == 2 and "c=1" in str(full.property("Quarantine"))
    works(full)


@can_trace
@pytest.mark.parametrize(("name", "b"), [("guard/crashes.json", "1"), ("attempts/c=1.json", "1"), ("quarantine/b=1.json", None)])
def test_error_of_reading_at_boot(full, name, b):
    """It keeps out what a note of its own may keep out, and nothing else."""
    full.stop()
    shutil.rmtree(below(full, "attempts"))  # as once they have settled
    path = below(full, name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(NOTE)
    full.reboot()
    process = begin_with_error(full, path, "EIO", "--reapply")
    _, log = process.communicate(timeout=60)
    assert (full.enabled("kpatch_a"), full.enabled("kpatch_b")) == ("1", b), log
    assert "Input/output error" in log and process.returncode == (0 if b else 1)
    assert path.read_text() == NOTE
