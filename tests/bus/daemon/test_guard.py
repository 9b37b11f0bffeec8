# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The boot guard: what is counted against a patch when the machine comes back, and what is done about it. A crash is a
daemon that is killed and a kernel that has forgotten everything."""

import errno
import signal
import subprocess
import threading
import time
from pathlib import Path

import dbus
import dbusmock
import pytest
from patchkit import Patch
from test_kill import killed
from world import BUILD, OPTIONS, JobFailed

PATCH = "org.kpatchd1.Patch"


def settings(world, text):
    Path(world.folder, "etc/kpatchd.conf").write_text(text)


def crash(world):
    world.stop(signal.SIGKILL)
    world.reboot()


def quarantined(world):
    return {str(ref): str(why) for ref, why, _ in world.property("Quarantine")}


def clear(world, name):
    return world.wait(world.manager.ClearQuarantine(name, OPTIONS, signature="sa{sv}"))


def attempts(world):
    return sorted(path.stem for path in Path(world.folder, "var/attempts").glob("*.json"))


def two(world, key):
    for name in ("one", "two"):
        world.do_import(Patch(key, id=name, name=f"kpatch_{name}"))


def test_crash_soon_after_an_apply(world, stored, run_reapply):
    world.apply("fix-cmdline")
    crash(world)
    status, log = run_reapply()
    assert status == 1 and "is quarantined" in log and "soon after" in log
    assert world.enabled(stored.name) is None
    world.start()
    assert "soon after" in quarantined(world)["fix-cmdline=1"]
    assert "soon after" in world.property("Quarantined", "/org/kpatchd1/patch/fix_2dcmdline_3d1", PATCH)
    assert world.property("Generation") == 1, "it is wanted as before"
    assert world.patches() == {"fix-cmdline=1": "failed"}
    world.stop()
    world.reboot()
    status, log = run_reapply()
    assert status == 1 and world.enabled(stored.name) is None, "it stays out at each boot"


@pytest.mark.parametrize("step", ["load", "confirm", "record", "settle", "end"])
def test_crash_during_an_apply(world, stored, run_reapply, step):
    """The machine dies with the daemon: nothing of the kernel is left at the next boot."""
    world.die_at(f"apply.{step}", lambda: world.manager.Apply("fix-cmdline", OPTIONS, signature="sa{sv}"))
    world.reboot()
    run_reapply()
    assert world.enabled(stored.name) is None
    world.start()
    assert list(quarantined(world)) == ["fix-cmdline=1"]
    assert attempts(world) == []
    world.apply("fix-cmdline")
    assert quarantined(world) == {}, "an explicit apply lifts it"
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0
    assert world.enabled(stored.name) == "1"


def test_crash_during_a_reapply_counts_against_that_patch_alone(world, key, run_reapply):
    two(world, key)
    world.apply("one")
    world.apply("two")
    world.stop()
    world.reboot()
    world.env["KPATCHD_FAULT"] = "reapply.confirm"
    assert run_reapply()[0] == -signal.SIGKILL
    del world.env["KPATCHD_FAULT"]
    assert world.enabled("kpatch_one") == "1"
    world.reboot()
    status, log = run_reapply()
    assert status == 1 and "one=1 is quarantined" in log
    assert (world.enabled("kpatch_one"), world.enabled("kpatch_two")) == (None, "1")
    world.start()
    assert list(quarantined(world)) == ["one=1"]


def test_a_boot_tries_again_what_was_in_the_way(world, stored, run_reapply):
    world.apply("fix-cmdline")
    world.stop()
    world.reboot()
    control = Path(world.folder, "fake/insert-errno")
    control.write_text(str(errno.EBUSY))
    timer = threading.Timer(1.2, control.unlink)
    timer.start()
    status, log = run_reapply()
    timer.join()
    assert status == 0 and "It is tried again: Patch fix-cmdline=1 was not applied" in log
    assert world.enabled(stored.name) == "1"


def test_a_boot_does_not_try_for_ever(world, key, run_reapply):
    two(world, key)
    for name in ("one", "two"):
        world.apply(name)
    world.stop()
    world.reboot()
    Path(world.folder, "fake/insert-errno").write_text(str(errno.EBUSY))
    settings(world, "[Boot]\nRetrySec=1\n")
    status, log = run_reapply()
    tries = [sum("tried again" in line and name in line for line in log.splitlines()) for name in ("one=1", "two=1")]
    assert status == 1 and tries[0] in (1, 2) and tries[1] == 0, "the time is that of both"
    assert log.count("try again later") >= 2, "in the end it is said"
    settings(world, "[Boot]\nRetrySec=0\n")
    assert "tried again" not in run_reapply()[1]


def test_one_that_was_settling_is_not_blamed_for_the_one_under_way(world, key, run_reapply):
    two(world, key)
    world.apply("one")
    killed(world, "apply.load", lambda: world.manager.Apply("two", OPTIONS, signature="sa{sv}"))
    # The killed one of this boot settles from now on, as the other does: make it look like a crash in the load.
    path = Path(world.folder, "var/attempts/two=1.json")
    path.write_text(path.read_text().replace("settling", "changing"))
    crash(world)
    assert run_reapply()[0] == 0
    world.start()
    assert list(quarantined(world)) == ["two=1"]
    assert world.patches()["one=1"] == "applied"


def test_all_that_settle_are_counted(world, key, run_reapply):
    two(world, key)
    world.apply("one")
    world.apply("two")
    crash(world)
    assert run_reapply()[0] == 1
    world.start()
    assert list(quarantined(world)) == ["one=1", "two=1"]


def test_orderly_stop_settles(world, stored, run_reapply):
    world.apply("fix-cmdline")
    assert attempts(world) == ["fix-cmdline=1"]
    world.stop()
    assert attempts(world) == []
    world.reboot()
    assert run_reapply()[0] == 0


SYSTEMD = ("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager")
STARTS = """self.EmitSignal("", "JobRemoved", "uoss", [1, "/job/1", "other.service", "failed"])
self.EmitSignal("", "JobRemoved", "uoss", [2, "/job/2", args[0], "%s"])
ret = "/job/2"
"""
REFUSES = 'raise dbus.exceptions.DBusException("shutdown", name="org.freedesktop.systemd1.TransactionIsDestructive")'


@pytest.mark.parametrize(("code", "settled"), [
    (STARTS % "done", False), (STARTS % "canceled", True), (REFUSES, True)], ids=["done", "canceled", "refused"])
def test_stop_of_the_daemon_alone_settles_nothing(world, stored, code, settled):
    """Where systemd starts who goes on waiting; it starts nothing while the machine goes down."""
    process = subprocess.Popen(["/usr/bin/python3", "-m", "dbusmock", "--system", *SYSTEMD], env=world.env)
    try:
        world.wait_for_name(SYSTEMD[0])
        systemd = dbus.Interface(world.bus.get_object(*SYSTEMD[:2]), dbusmock.MOCK_IFACE)
        systemd.AddMethod("", "StartUnit", "ss", "o", code)
        world.apply("fix-cmdline")
        world.stop()
        assert [list(call[2]) for call in systemd.GetCalls()] == [["kpatchd-settle.service", "fail"]]
        assert attempts(world) == ([] if settled else ["fix-cmdline=1"])
        world.start()
        world.rollback("fix-cmdline")
        world.stop()
        assert len(systemd.GetCalls()) == 1, "there is nothing to wait for"
    finally:
        process.kill()
        process.wait()


def test_settles_with_time(world, stored, run_reapply):
    settings(world, "[Boot]\nSettleSec=1\n")
    world.stop()
    world.start()
    world.apply("fix-cmdline")
    world.pump(lambda: attempts(world) == [])
    crash(world)
    assert run_reapply()[0] == 0
    assert world.enabled(stored.name) == "1"


def test_settle_time_goes_on_in_the_next_daemon(world, stored):
    settings(world, "[Boot]\nSettleSec=2\n")
    world.stop()
    world.start()
    world.apply("fix-cmdline")
    world.stop(signal.SIGKILL)
    assert attempts(world) == ["fix-cmdline=1"]
    world.start()
    world.pump(lambda: attempts(world) == [])


def test_no_settle_time(world, stored):
    settings(world, "[Boot]\nSettleSec=0\n")
    world.stop()
    world.start()
    world.apply("fix-cmdline")
    assert attempts(world) == []


def test_settle_program(world, stored, run_reapply):
    """What runs at boot until what was applied there has settled."""
    settings(world, "[Boot]\nSettleSec=2\n")
    world.stop()
    world.start()
    world.apply("fix-cmdline")
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0
    assert attempts(world) == ["fix-cmdline=1"]
    command = [BUILD / "src/daemon/kpatchd-test", "--settle"]
    start = time.monotonic()
    assert subprocess.run(command, env=world.env, timeout=60).returncode == 0
    assert time.monotonic() - start > 1 and attempts(world) == []
    assert subprocess.run(command, env=world.env, timeout=60).returncode == 0, "with nothing to wait for it ends at once"


def blocks_sigterm(pid):
    blocked, = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigBlk"))
    return int(blocked.split()[1], 16) & 1 << signal.SIGTERM - 1


def shut_down(world) -> None:
    """What the unit that waits sees of a shutdown, if it still waits."""
    process = subprocess.Popen([BUILD / "src/daemon/kpatchd-test", "--settle"], env=world.env)
    deadline = time.monotonic() + 20
    while process.poll() is None and not blocks_sigterm(process.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.terminate()
    assert process.wait(timeout=60) == 0


def test_settle_program_is_ended_by_a_shutdown(world, stored, run_reapply):
    world.apply("fix-cmdline")
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0
    shut_down(world)
    assert attempts(world) == []


def test_a_rollback_that_fails_lets_it_settle_as_before(world, stored):
    world.apply("fix-cmdline")
    before = world.tree("var/attempts")
    time.sleep(1.1)  # a note of now would say another second
    Path(world.folder, "fake/idle").touch()
    with pytest.raises(JobFailed, match="NotConfirmed"):
        world.rollback("fix-cmdline")
    assert world.tree("var/attempts") == before != {}


def test_rollback_that_crashes_is_no_ones_fault(world, stored, run_reapply):
    world.apply("fix-cmdline")
    world.die_at("rollback.switch", lambda: world.manager.Rollback("fix-cmdline", OPTIONS, signature="sa{sv}"))
    world.reboot()
    status, log = run_reapply()
    assert status == 0 and "rollback of fix-cmdline=1" in log
    assert world.enabled(stored.name) == "1"


def test_second_chance(world, stored, run_reapply):
    settings(world, "[Boot]\nCrashLimit=2\n")
    world.stop()
    world.start()
    world.apply("fix-cmdline")
    crash(world)
    status, log = run_reapply()
    assert status == 0 and "suspected of a crash (1 of 2)" in log
    assert world.enabled(stored.name) == "1"
    world.reboot()
    assert run_reapply()[0] == 1
    assert world.enabled(stored.name) is None


def test_settling_wipes_the_slate(world, stored, run_reapply):
    settings(world, "[Boot]\nCrashLimit=2\n")
    world.stop()
    world.start()
    world.apply("fix-cmdline")
    crash(world)
    run_reapply()
    world.start()
    world.stop()  # in order
    assert attempts(world) == []


def test_too_many_crashes_close_the_boot(world, key, run_reapply):
    settings(world, "[Boot]\nCrashLimit=0\nBootCrashLimit=2\n")
    world.stop()
    world.start()
    two(world, key)
    world.apply("one")
    world.apply("two")
    crash(world)
    assert run_reapply()[0] == 0
    assert world.enabled("kpatch_one") == "1", "the first is forgiven"
    world.reboot()
    status, log = run_reapply()
    assert status == 0 and "No patch is applied: The machine crashed 2 times in a row" in log
    assert world.enabled("kpatch_one") is None
    world.start()
    assert world.property("ApplyDisabled")
    assert "2 times in a row" in world.property("ApplyDisabledReason")
    assert clear(world, "") == "No patch is quarantined any more."
    assert not world.property("ApplyDisabled")
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0
    assert world.enabled("kpatch_one") == "1"


def test_a_boot_that_lives_ends_the_row(world, stored, run_reapply):
    settings(world, "[Boot]\nCrashLimit=0\nBootCrashLimit=2\n")
    world.stop()
    world.start()
    world.apply("fix-cmdline")
    crash(world)
    run_reapply()
    world.start()
    world.stop()  # in order: what was reapplied has settled
    world.reboot()
    run_reapply()
    world.reboot()  # the second crash, but not in a row
    assert run_reapply()[0] == 0
    assert world.enabled(stored.name) == "1"


def test_judging_twice_counts_once(world, stored, run_reapply):
    settings(world, "[Boot]\nCrashLimit=0\nBootCrashLimit=2\n")
    world.stop()
    world.start()
    world.apply("fix-cmdline")
    left = Path(world.folder, "var/attempts/fix-cmdline=1.json").read_text()
    crash(world)
    run_reapply()
    # Cut off after the boot was counted and before the attempt was.
    Path(world.folder, "var/attempts/fix-cmdline=1.json").write_text(left)
    world.reboot()
    status, _ = run_reapply()
    assert status == 0 and world.enabled(stored.name) == "1"


def test_clear_quarantine(world, stored, run_reapply):
    world.apply("fix-cmdline")
    crash(world)
    run_reapply()
    world.start()
    with pytest.raises(Exception, match="NoSuchPatch"):
        clear(world, "other")
    assert clear(world, "fix-cmdline") == "Patch fix-cmdline=1 is no longer quarantined."
    with pytest.raises(JobFailed, match="NoSuchPatch"):
        clear(world, "fix-cmdline")
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0
    assert world.enabled(stored.name) == "1"


def test_clear_quarantine_needs_its_action(world, stored):
    world.apply("fix-cmdline")
    crash(world)
    world.allow("org.kpatchd1.apply")
    world.start()
    with pytest.raises(Exception, match="NotAuthorized"):
        clear(world, "fix-cmdline")
    assert list(quarantined(world)) == ["fix-cmdline=1"]


def test_daemon_judges_where_nothing_was_reapplied(world, stored):
    world.apply("fix-cmdline")
    crash(world)
    world.start()
    assert list(quarantined(world)) == ["fix-cmdline=1"]


def test_disable_file(world, stored, run_reapply):
    world.apply("fix-cmdline")
    Path(world.folder, "etc/disable").touch()
    assert world.property("ApplyDisabled")
    assert "etc/disable exists" in world.property("ApplyDisabledReason")
    world.stop()
    world.reboot()
    status, log = run_reapply()
    assert status == 0 and "disable exists" in log
    assert world.enabled(stored.name) is None
    world.start()
    assert world.patches() == {"fix-cmdline=1": "stored"}
    world.apply("fix-cmdline")
    assert world.enabled(stored.name) == "1", "by hand it is applied"


def test_a_damaged_attempt_counts_as_a_crash(world, key, run_reapply):
    """It may be the one that the machine went down with. Others are not cleared by it."""
    two(world, key)
    world.apply("one")
    world.apply("two")
    path = Path(world.folder, "var/attempts/one=1.json")
    path.write_text("{")
    crash(world)
    status, log = run_reapply()
    assert status == 1 and "one=1 is quarantined" in log and "set aside" in log
    assert path.with_name(path.name + ".broken").exists() and attempts(world) == []
    world.start()
    assert list(quarantined(world)) == ["one=1", "two=1"] and "damaged" in quarantined(world)["one=1"]
    clear(world, "one")
    world.stop()
    world.reboot()
    run_reapply()
    assert (world.enabled("kpatch_one"), world.enabled("kpatch_two")) == ("1", None), "it is judged once"


def damage(path, how):
    path.unlink()
    match how:
        case "directory":
            path.mkdir()
        case "garbage":
            path.write_bytes(b"\xff{\0")
        case "empty":
            path.touch()


@pytest.mark.parametrize("how", ["empty", "garbage", "directory"])
def test_a_damaged_quarantine_quarantines(world, stored, run_reapply, how):
    world.apply("fix-cmdline")
    crash(world)
    run_reapply()
    path = Path(world.folder, "var/quarantine/fix-cmdline=1.json")
    damage(path, how)
    for _ in range(2):
        world.reboot()
        status, log = run_reapply()
        assert status == 1 and world.enabled(stored.name) is None and "is quarantined and not applied" in log
        assert path.with_name(path.name + ".broken").exists()
    world.start()
    assert "damaged" in quarantined(world)["fix-cmdline=1"]
    clear(world, "fix-cmdline")
    assert quarantined(world) == {} and list(path.parent.iterdir()) == []
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0 and world.enabled(stored.name) == "1"


def test_reapply_says_how_long_it_took(world, stored, run_reapply):
    world.apply("fix-cmdline")
    world.stop()
    world.reboot()
    _, log = run_reapply()
    assert "Patch fix-cmdline=1 took" in log and "1 of 1 patches are in force again, after" in log
