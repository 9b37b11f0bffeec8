# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong around the daemon: buses that die, callers that vanish, names that are no text, roots that change."""

import errno
import os
import re
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import dbus
import pytest
from patchkit import Key, Patch, build_id_note, make_root
from test_refusals import kernel_says, refused
from world import BUILD, NAME, OPTIONS, PATH, close_bus

PATCH = "/org/kpatchd1/patch/fix_2dcmdline_3d1"


def load_by_hand(world, *names):
    for name in names:
        folder = Path(world.folder, "sys/kernel/kpatch", name)
        folder.mkdir(parents=True)
        Path(folder, "enabled").write_text("1\n")


def test_several_patches_vanish_at_once(world):
    load_by_hand(world, "one", "two", "three")
    assert len(world.patches()) == 3
    world.reboot()
    assert world.patches() == {}
    world.pump(lambda: sum(m == "InterfacesRemoved" for _, m, _ in world.signals) == 3)
    assert all("org.kpatchd1.Patch" in a[1] for _, m, a in world.signals if m == "InterfacesRemoved")


def test_one_by_hand_is_gone_for_the_object_manager_too(world):
    load_by_hand(world, "one")
    assert len(world.patches()) == 1
    world.reboot()
    assert world.bus.get_object(NAME, PATH, introspect=False).GetManagedObjects(
        dbus_interface="org.freedesktop.DBus.ObjectManager") == {}


def test_jobs_leave_the_object_manager(world, stored):
    world.apply("fix-cmdline")
    removed = [a for _, m, a in world.signals if m == "InterfacesRemoved"]
    assert removed and all(list(interfaces) == ["org.kpatchd1.Job"] for _, interfaces in removed)


@pytest.mark.parametrize("delay", [0, 5, 10, 20, 40, 200])
def test_the_bus_dies_while_a_job_runs(world, stored, delay):
    Path(world.folder, "fake/delay-ms").write_text("100")
    world.manager.Apply("fix-cmdline", OPTIONS, signature="sa{sv}")
    time.sleep(delay / 1000)
    world.bus_process.kill()
    _, log = world.daemon.communicate(timeout=30)
    status, world.daemon = world.daemon.returncode, None
    assert "Sanitizer" not in log, log
    assert status == 1 and "connection to the system bus was lost" in log, log
    assert world.enabled(stored.name) == "1", "the job is brought to its end"
    assert len(list(Path(world.folder, "var/generations").rglob("1.json"))) == 1
    assert '"phase":"settling"' in Path(world.folder, "var/attempts/fix-cmdline=1.json").read_text()


def test_one_caller_cannot_lock_polkit_for_others(world, stored):
    world.polkit_process.send_signal(signal.SIGSTOP)
    hog = dbus.bus.BusConnection(world.address)
    manager = dbus.Interface(hog.get_object(NAME, PATH, introspect=False), "org.kpatchd1.Manager")
    answers = []
    for _ in range(70):
        manager.Apply("fix-cmdline", OPTIONS, signature="sa{sv}", reply_handler=answers.append, error_handler=answers.append)
    hog.flush()
    if os.geteuid() != 0:
        world.pump(lambda: len(answers) == 62)
    name = hog.get_unique_name()
    close_bus(hog)
    # From here on polkit's answers are behind the news that the caller has gone.
    world.pump(lambda: not world.bus.name_has_owner(name))
    world.polkit_process.send_signal(signal.SIGCONT)
    time.sleep(0.5)
    assert world.patches() == {"fix-cmdline=1": "stored"}, "nothing is done for a caller that has gone"
    world.apply("fix-cmdline")


def test_open_questions_are_answered_at_the_end(world, stored):
    world.polkit_process.send_signal(signal.SIGSTOP)
    answers = []
    world.manager.Apply("fix-cmdline", OPTIONS, signature="sa{sv}", reply_handler=answers.append,
                        error_handler=answers.append)
    world.patches()
    world.stop()
    world.pump(lambda: answers)
    assert answers[0].get_dbus_name() == "org.kpatchd1.Error.Busy"
    world.polkit_process.send_signal(signal.SIGCONT)


def test_names_that_are_cut_inside_a_character(world, stored):
    refused(world, "InvalidPatchName", world.apply, "x" + "\u00e9" * 60)
    options = dbus.Dictionary({"x" + "\u00e9" * 60: True}, signature="sv")
    refused(world, "InvalidArgument", lambda: world.manager.Apply("fix-cmdline", options, signature="sa{sv}"))


def test_a_task_may_call_itself_anything(world, stored):
    folder = Path(world.folder, "sys/kernel/kpatch")
    folder.mkdir(exist_ok=True)
    Path(folder, "last_error").write_bytes(stored.name.encode() + b": task \xff\x1b[31m\xc3[1] is in f\n")
    Path(world.folder, "fake/insert-errno").write_text(str(errno.EBUSY))
    sentence = refused(world, "TaskInTheWay", world.apply, "fix-cmdline")
    assert "task ??[31m?[1] is in f" in sentence


def test_an_old_reason_is_not_taken_for_the_loaders(world, stored):
    kernel_says(world, errno.EKEYREJECTED, f"{stored.name}: task sleep[5] is in foo")
    sentence = refused(world, "KernelRefused", world.apply, "fix-cmdline")
    assert "sleep" not in sentence and "signed" in sentence


def test_new_root_new_publisher(world, stored):
    """The same patch under another root replaces the one whose root is gone, at once and without a restart."""
    other = Key()
    Path(world.folder, "etc/feeds.d/test.root.json").unlink()
    Path(world.folder, "etc/feeds.d/other.root.json").write_bytes(make_root(other))
    again = replace(stored, key=other, title="Signed by somebody else")
    world.do_import(again)
    assert world.property("TrustRoot", PATCH, "org.kpatchd1.Patch") == "other"
    assert world.property("Title", PATCH, "org.kpatchd1.Patch") == "Signed by somebody else"
    world.apply("fix-cmdline")
    assert world.patches() == {"fix-cmdline=1": "applied"}


def test_root_taken_away_and_put_back(world, stored):
    """Readers see it at once, and so does who applies."""
    Path(world.folder, "etc/feeds.d/test.root.json").rename(Path(world.folder, "root"))
    assert world.patches() == {}
    Path(world.folder, "root").rename(Path(world.folder, "etc/feeds.d/test.root.json"))
    assert world.patches() == {"fix-cmdline=1": "stored"}
    world.daemon.send_signal(signal.SIGHUP)
    world.apply("fix-cmdline")


def test_broken_root_is_said_once(world):
    Path(world.folder, "etc/feeds.d/broken.root.json").write_text("{}")
    for _ in range(20):
        assert [str(name) for name, _ in world.property("TrustRoots")] == ["test"]
    assert world.stop().count("is not used") == 1


def test_expired_root_keeps_new_patches_out_only(world, stored, key):
    Path(world.folder, "etc/feeds.d/test.root.json").write_bytes(make_root(key, "2001-01-01T00:00:00Z"))
    assert "clock" in refused(world, "RootExpired", world.do_import, Patch(key, id="second", name="kpatch_second"))
    world.apply("fix-cmdline")
    world.rollback("fix-cmdline")


def test_engine_that_is_unknown_is_not_stored(world, patch):
    from test_refusals import signed
    refused(world, "EngineUnsupported", world.import_files, *signed(patch, patch.module(), engine="of-tomorrow"))


def test_id_means_the_patch_for_this_kernel(world, key):
    world.do_import(Patch(key, version="1", name="kpatch_v1"))
    world.do_import(Patch(key, version="2", name="kpatch_v2"))
    world.stop()
    # The machine is upgraded: what is stored is for the old kernel, and a patch for the new one is imported.
    Path(world.folder, "sys/kernel/notes").write_bytes(build_id_note("ab" * 20))
    world.start()
    world.do_import(Patch(key, version="1.5", name="kpatch_v15", kernel="ab" * 20))
    assert world.property("Kernel", "/org/kpatchd1/patch/fix_2dcmdline_3d2", "org.kpatchd1.Patch")[1] == "c0ffee" * 6 + "c0ff"
    world.apply("fix-cmdline")
    assert world.patches()["fix-cmdline=1.5"] == "applied"


def test_version_before_has_the_module_name(world, stored, key):
    world.apply("fix-cmdline")
    world.do_import(Patch(key, version="2"))
    assert "roll back fix-cmdline=1 first" in refused(world, "ModuleNameConflict", world.apply, "fix-cmdline=2")


def test_another_title_is_another_patch(world, stored):
    refused(world, "VersionConflict", world.do_import, replace(stored, title="Another title"))


def test_reapply_while_an_operation_runs_leaves_its_note(world, stored, run_reapply):
    Path(world.folder, "fake/delay-ms").write_text("1500")
    job = world.manager.Apply("fix-cmdline", OPTIONS, signature="sa{sv}")
    note = Path(world.folder, "var/attempts/fix-cmdline=1.json")
    world.pump(note.exists)
    status, log = run_reapply()
    assert status == 0 and "interrupted" not in log
    world.wait(job)


def test_dependency_that_failed_at_boot(world, key, run_reapply):
    world.do_import(Patch(key, id="first", name="kpatch_first"))
    world.do_import(Patch(key, id="second", name="kpatch_second", fields={"depends": ["first"]}))
    world.apply("first")
    world.apply("second")
    world.stop()
    world.reboot()
    Path(world.folder, "var/manifests/first=1.json").unlink()
    status, log = run_reapply()
    assert status != 0 and "needs first" in log
    assert world.enabled("kpatch_second") is None


def test_irreversible_is_never_switched(world, key):
    world.do_import(Patch(key, id="one", name="kpatch_one", fields={"reversible": False}))
    world.apply("one")
    path = Path(world.folder, "sys/kernel/kpatch/kpatch_one/enabled")
    before = path.stat().st_mtime_ns
    refused(world, "NotReversible", world.rollback, "one")
    assert path.stat().st_mtime_ns == before


def test_the_decoder_has_no_more_than_it_needs():
    """One is started whenever envelopes are looked at: what it loads is most of what it costs, and all of what it could be attacked by."""
    dynamic = subprocess.run(["readelf", "-d", BUILD / "src/parse/kpatchd-parse"], capture_output=True, text=True, check=True)
    needed = set(re.findall(r"NEEDED.*\[(lib[a-z-]+)", dynamic.stdout))
    assert needed - {"libasan", "libubsan", "libm"} == {"libjson-c", "libseccomp", "libc"}
