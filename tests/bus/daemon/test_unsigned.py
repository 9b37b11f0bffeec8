# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Modules that nobody has signed, and that kpatchd.conf says to believe for the folder that they are in."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import dbus
import pytest
from patchkit import KERNEL_BUILD_ID, Patch, build_id_note, livepatch
from test_doctor import diagnose
from test_history import history
from test_kill import killed
from world import MANAGER, NAME, PATH, JobFailed

FOLDER = "/old/kpatch"
STEPS = ["read", "describe", "lock", "check", "sign", "room", "store", "end"]


def allow(world, *folders: str, file: str = "kpatchd.conf") -> None:
    path = Path(world.folder, "etc", file)
    path.parent.mkdir(exist_ok=True)
    path.write_text("[Import]\n" + "".join(f"UnsignedFrom={folder}\n" for folder in folders))


def take_back(world) -> None:
    Path(world.folder, "etc/kpatchd.conf").unlink()


def put(world, patch: Patch, path: str = f"{FOLDER}/6.1/klp.ko") -> str:
    """A module where kpatch would have left it; its reference once it is imported."""
    file = Path(world.folder, path[1:])
    file.parent.mkdir(parents=True, exist_ok=True)
    for folder in (world.folder, *file.relative_to(world.folder).parents):
        Path(world.folder, folder).chmod(0o755)
    file.write_bytes(patch.module())
    file.chmod(0o644)
    return f"{patch.name}=unsigned.{hashlib.sha256(file.read_bytes()).hexdigest()[:8]}.{KERNEL_BUILD_ID[:6]}"


def take(world, path: str = f"{FOLDER}/6.1/klp.ko", **options) -> str:
    return world.wait(world.start_change("ImportUnsigned", path, **options))


def get(world, reference: str, name: str):
    path = "".join(c if c.isalnum() else f"_{ord(c):02x}" for c in reference)
    return world.property(name, f"/org/kpatchd1/patch/{path}", "org.kpatchd1.Patch")


@pytest.fixture
def old(world, key):
    """A host with a livepatch that was made before kpatchd came, whose folder is believed."""
    Path(world.folder, "sys/kernel/livepatch").mkdir()
    world.reference = put(world, livepatch(key))
    allow(world, FOLDER)
    return world


def refused(world, *path: str, word: str, name: str = "KeyUnknown") -> None:
    before = world.tree()
    with pytest.raises(JobFailed, match=word) as failed:
        take(world, *path)
    assert failed.value.name == name and world.tree() == before and world.patches() == {}


def test_from_import_to_rollback(old):
    message = take(old)
    assert message == (f"Patch {old.reference} was imported from {FOLDER}/6.1/klp.ko, and nobody has signed it: kpatchd.conf "
                       f"says to believe {FOLDER}.")
    assert old.patches() == {old.reference: "stored"}
    assert get(old, old.reference, "TrustRoot") == "unsigned"
    assert get(old, old.reference, "Title") == "Unsigned live patch klp_fix"
    assert get(old, old.reference, "Functions") == []
    assert [str(name) for name, _ in old.property("TrustRoots")] == ["test", "unsigned"]
    assert old.wait(old.start_change("Verify", ""))
    for _ in range(2):
        old.apply("klp_fix")
        assert old.patches() == {old.reference: "applied"}
        assert get(old, old.reference, "Functions") == [("vmlinux", "cmdline_proc_show", 1)], "by what the kernel shows"
        assert get(old, old.reference, "Objects") == [("vmlinux", "patched")]
        old.rollback("klp_fix")
        assert old.patches() == {old.reference: "stored"}
    last = history(old)[-1]
    assert (last["kind"], last["message"]) == ("import-unsigned", message)
    with pytest.raises(JobFailed, match="AlreadyStored"):
        take(old)
    log = old.stop()
    assert message in log and f"Patch {old.reference} was applied." in log
    old.start()
    assert old.patches() == {old.reference: "stored"}


def test_the_key_is_roots(old):
    take(old)
    (key,) = Path(old.folder, "var/unsigned").iterdir()
    assert key.stat().st_mode & 0o777 == 0o600 and key.parent.stat().st_mode & 0o777 == 0o700
    key.write_text("damaged")
    assert old.patches() == {}
    take(old)
    assert old.patches() == {old.reference: "stored"}, "it was imported again"


def test_without_the_setting(old):
    take_back(old)
    refused(old, word="names no folder")
    assert old.property("UnsignedFrom") == [] and diagnose(old)["unsigned"][0] == "ok"


def test_the_setting(old):
    assert old.property("UnsignedFrom") == [FOLDER]
    result, sentence, remedy = diagnose(old)["unsigned"]
    assert result == "warning" and FOLDER in sentence and "UnsignedFrom=" in remedy
    allow(old, "/a /b", "", "/c", "relative", "/", "/d/", "/e/../f", "/..", f"{FOLDER}")
    allow(old, "/g", file="conf.d/more.conf")
    assert old.property("UnsignedFrom") == ["/c", FOLDER, "/g"]


@pytest.mark.parametrize("path", ["/old/other/klp.ko", f"{FOLDER}x/klp.ko", "/klp.ko"])
def test_another_folder(old, key, path):
    put(old, livepatch(key), path)
    refused(old, path, word="names no folder")


@pytest.mark.parametrize(("path", "name", "word"), [
    (f"{FOLDER}/6.1/../6.1/klp.ko", "InvalidArgument", "without '.' and '..'"),
    (f"{FOLDER}/6.1", "InvalidArgument", "regular file"), (f"{FOLDER}/", "InvalidArgument", "regular file"),
    (f"{FOLDER}/6.1/none.ko", "InvalidArgument", "No such file"), (f"{FOLDER}/6.1/klp.ko/x", "InvalidArgument", "Not a directory"),
    ("old/kpatch/6.1/klp.ko", "KeyUnknown", "names no folder"), ("", "KeyUnknown", "names no folder")])
def test_what_is_no_path_of_a_module(old, path, name, word):
    refused(old, path, name=name, word=word)


@pytest.mark.parametrize("name", ["old", "old/kpatch", "old/kpatch/6.1", "old/kpatch/6.1/klp.ko"])
@pytest.mark.parametrize(("change", "why"), [
    (lambda path: path.chmod(path.stat().st_mode | 0o020), "can be written to by others than root"),
    (lambda path: path.chmod(path.stat().st_mode | 0o002), "can be written to by others than root"),
    (lambda path: os.chown(path, 65534, -1), "is not root's")], ids=["group", "others", "owner"])
def test_what_others_can_change(old, name, change, why):
    change(Path(old.folder, name))
    refused(old, word=f": /{name} {why}")


@pytest.mark.parametrize("name", ["old", "old/kpatch", "old/kpatch/6.1", "old/kpatch/6.1/klp.ko"])
def test_symbolic_links(old, name):
    path = Path(old.folder, name)
    path.rename(Path(old.folder, "moved"))
    path.symlink_to(Path(old.folder, "moved"))
    refused(old, word=f": /{name} is a symbolic link")


def test_a_fifo_does_not_hang(old):
    os.mkfifo(Path(old.folder, "old/kpatch/fifo.ko"), 0o600)
    refused(old, f"{FOLDER}/fifo.ko", name="InvalidArgument", word="regular file")


def test_of_another_kernel(old, key):
    put(old, livepatch(key, kernel_release="5.10.0-1-amd64"))
    refused(old, name="ReleaseMismatch", word="5.10.0-1-amd64")
    put(old, Patch(key, kernel="ab" * 20))
    refused(old, name="BuildIdMismatch", word="abab")
    put(old, livepatch(key, modinfo=dict.fromkeys(("kpatch_abi", "kpatch_build_id", "kpatch_func", "kpatch_policy"))))
    refused(old, name="NotAPatch", word="not a live patch")


def test_of_the_same_release_and_another_build(old):
    """It is vouched for anew, and apply takes the one for the kernel that runs."""
    take(old)
    old.stop()
    Path(old.folder, "sys/kernel/notes").write_bytes(build_id_note("ab" * 20))
    old.start()
    with pytest.raises(JobFailed, match="BuildIdMismatch"):
        old.apply("klp_fix")
    take(old)
    other = old.reference.replace(KERNEL_BUILD_ID[:6], "ababab")
    assert old.patches() == {old.reference: "stored", other: "stored"}
    old.apply("klp_fix")
    assert old.patches()[other] == "applied"
    assert [bool(get(old, reference, "Persistent")) for reference in (old.reference, other)] == [False, True]


def test_one_of_the_kit_says_its_functions(old, key):
    reference = put(old, Patch(key))
    take(old)
    assert get(old, reference, "Functions") == [("vmlinux", "cmdline_proc_show", 0)]
    old.apply("kpatch_fix_cmdline")
    assert old.patches() == {reference: "applied"}


def test_root_alone_may_ask(old):
    for path in (old.folder, *old.folder.parents):
        if path.stat().st_uid == os.getuid() and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    call = ["busctl", f"--address={old.address}", "call", NAME, PATH, MANAGER, "ImportUnsigned", "sa{sv}",
            f"{FOLDER}/6.1/klp.ko", "0"]
    asked = subprocess.run(call, user=65534, capture_output=True, text=True, timeout=60)
    assert "Only root may" in asked.stderr, asked
    old.allow()
    with pytest.raises(dbus.DBusException, match="NotAuthorized"):
        take(old)
    assert old.patches() == {}


def test_dry_run(old):
    before = old.tree()
    assert take(old, **{"dry-run": True}) == f"Patch {old.reference} could be imported, and nobody has signed it."
    assert old.tree() == before and not Path(old.folder, "var/unsigned").exists()


@pytest.mark.parametrize("step", STEPS)
def test_kill(old, step):
    killed(old, f"import-unsigned.{step}", lambda: old.start_change("ImportUnsigned", f"{FOLDER}/6.1/klp.ko"))
    if old.patches():
        assert step == "end"
    else:
        take(old)
    assert old.patches() == {old.reference: "stored"}
    old.apply("klp_fix")


def test_the_steps_are_all_of_them(old):
    take(old)
    totals = {changed["Progress"][1] for _, member, (_, changed, *_) in
              ((p, m, a) for p, m, a in old.signals if m == "PropertiesChanged") if "Progress" in changed}
    assert totals == {len(STEPS) - 1}


def test_boot(old, run_reapply):
    take(old)
    old.apply("klp_fix")
    old.stop()
    old.reboot()
    shutil.rmtree(Path(old.folder, "sys/kernel/livepatch/klp_fix"))
    assert run_reapply()[0] == 0
    old.start()
    assert old.patches() == {old.reference: "applied"}


def test_the_setting_is_taken_away(old, run_reapply):
    """What is in force stays; nothing is put in force any more."""
    take(old)
    old.apply("klp_fix")
    take_back(old)
    assert old.patches() == {old.reference: "applied"}
    assert get(old, old.reference, "TrustRoot") == ""
    with pytest.raises(JobFailed, match="KeyUnknown: Nobody has signed it, and UnsignedFrom="):
        old.wait(old.start_change("Verify", old.reference))
    old.stop()
    old.reboot()
    shutil.rmtree(Path(old.folder, "sys/kernel/livepatch/klp_fix"))
    _, log = run_reapply()
    assert "Nobody has signed it, and UnsignedFrom=" in log
    old.start()
    assert old.patches() == {old.reference: "failed"}
    allow(old, FOLDER)
    old.apply("klp_fix")
    take_back(old)
    old.rollback("klp_fix")
    assert old.patches() == {}


def test_each_folder_vouches_for_its_own(old, key):
    other = put(old, livepatch(key, name="klp_other"), "/new/klp.ko")
    allow(old, f"{FOLDER} /new")
    take(old)
    take(old, "/new/klp.ko")
    assert old.patches() == {old.reference: "stored", other: "stored"}
    allow(old, "/new")
    assert old.patches() == {other: "stored"}


def test_beside_others_of_its_engine(old, key):
    """Nobody knows whether it would take their place."""
    old.do_import(livepatch(key, id="one", name="klp_one"))
    old.apply("one")
    take(old)
    with pytest.raises(JobFailed, match="Conflict: .*does not say whether it takes the place of one=1.*roll one=1 back"):
        old.apply("klp_fix")
    old.rollback("one")
    old.apply("klp_fix")


def test_it_is_taken_over_alone(old):
    """The record has what comes back at boot, where it is applied alone as well."""
    take(old)
    old.apply("klp_fix", runtime=True)
    other = Path(old.folder, "sys/kernel/livepatch/by_hand")
    other.mkdir()
    for name, text in (("enabled", "1\n"), ("transition", "0\n")):
        (other / name).write_text(text)
    with pytest.raises(JobFailed, match="Conflict: .*takes the place of by_hand"):
        old.apply("klp_fix")
    assert not get(old, old.reference, "Persistent")
    shutil.rmtree(other)
    old.apply("klp_fix")
    assert get(old, old.reference, "Persistent")


def test_it_comes_back_as_one_that_replaces(old, key):
    """Nothing that was applied since may be in force then."""
    take(old)
    old.apply("klp_fix")
    old.do_import(livepatch(key, id="newer", name="klp_newer", fields={"replace": True}))
    old.do_import(livepatch(key, id="other", name="klp_other"))
    old.apply("newer")
    shutil.rmtree(Path(old.folder, "sys/kernel/livepatch/klp_fix"))
    old.apply("other")
    with pytest.raises(JobFailed, match="Conflict: .*would come back and replace other=1: roll other=1 back first"):
        old.rollback("newer")
    in_force = {"newer=1": "applied", "other=1": "applied"}
    assert old.patches() == {old.reference: "superseded"} | in_force
    old.rollback("other")
    old.rollback("newer")
    assert old.patches() == {old.reference: "applied", "newer=1": "stored", "other=1": "stored"}


def test_two_engines(old, key):
    """Which functions it replaces is seen when it is there."""
    old.do_import(Patch(key))
    old.apply("fix-cmdline")
    Path(old.folder, "sys/kernel/kpatch/kpatch_fix_cmdline/vmlinux/cmdline_proc_show,0").mkdir(parents=True)
    take(old)
    with pytest.raises(JobFailed, match="Conflict: .*both replace cmdline_proc_show of vmlinux"):
        old.apply("klp_fix")
    assert not Path(old.folder, "sys/module/klp_fix").exists(), "it was taken out again"
    assert old.patches() == {old.reference: "stored", "fix-cmdline=1": "applied"}


def test_no_feed_and_no_root_has_that_name(old, key):
    roots = Path(old.folder, "etc/feeds.d")
    shutil.copy(roots / "test.root.json", roots / "unsigned.root.json")
    (roots / "unsigned.conf").write_text("[Feed]\nURL=https://example.org/\n")
    assert [str(name) for name, _ in old.property("TrustRoots")] == ["test"]
    old.stop()
    old.start()
    log = old.stop()
    assert "no feed can be called so" in log
    old.start()
