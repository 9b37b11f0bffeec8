# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""How the daemon starts, reloads and ends."""

import contextlib
import signal
import socket
import time
from pathlib import Path

import dbus
import pytest
from patchkit import Patch
from test_transition import behind, kernel, wait_for_transition


def configure(world, text: str) -> None:
    Path(world.folder, "etc/kpatchd.conf").write_text(text)


def ended(world) -> bool:
    return world.daemon.poll() is not None


@pytest.fixture
def impatient(world, stored):
    configure(world, "[Daemon]\nIdleSec=1\n[Boot]\nSettleSec=0\n")
    world.stop()
    world.start()
    return world


def test_it_ends_when_nobody_calls(impatient):
    world = impatient
    world.pump(lambda: ended(world))
    assert not world.bus.name_has_owner("org.kpatchd1")
    assert world.daemon.returncode == 0 and "Nobody has called" in world.daemon.stderr.read()
    world.daemon.stderr.close()
    world.start()
    assert world.patches() == {"fix-cmdline=1": "stored"}


def test_it_stays_while_somebody_calls(impatient):
    world = impatient
    until = time.monotonic() + 2.5
    while time.monotonic() < until:
        world.property("Version")
        time.sleep(0.1)
    assert not ended(world)


def test_it_stays_while_something_is_under_way(impatient, stored):
    world = impatient
    behind(world, "5 f c")
    job = world.start_change("Apply", "fix-cmdline")
    wait_for_transition(world, job)
    until = time.monotonic() + 2.5
    world.pump(lambda: time.monotonic() > until)
    assert not ended(world)
    kernel(world, stored, "state", "applied")
    world.wait(job)
    world.pump(lambda: ended(world))


def test_it_stays_while_a_patch_settles(world, stored):
    configure(world, "[Daemon]\nIdleSec=1\n[Boot]\nSettleSec=4\n")
    world.stop()
    world.start()
    world.apply("fix-cmdline")
    until = time.monotonic() + 2.5
    world.pump(lambda: time.monotonic() > until)
    assert not ended(world)
    world.pump(lambda: ended(world))
    assert list(Path(world.folder, "var/attempts").iterdir()) == []


def test_it_stays_while_polkit_thinks(impatient):
    world = impatient
    world.polkit_process.send_signal(signal.SIGSTOP)
    answers = []
    world.manager.Apply("fix-cmdline", {}, signature="sa{sv}", reply_handler=answers.append,
                        error_handler=answers.append)
    until = time.monotonic() + 2.5
    world.pump(lambda: time.monotonic() > until)
    assert not ended(world) and answers == []
    world.polkit_process.send_signal(signal.SIGCONT)
    world.pump(lambda: answers)
    world.wait(answers[0])


def test_zero_is_never(world):
    configure(world, "[Daemon]\nIdleSec=0\n")
    world.stop()
    world.start()
    until = time.monotonic() + 1.5
    world.pump(lambda: time.monotonic() > until)
    assert not ended(world)


def test_reload_is_told_to_systemd(world):
    path = Path(world.folder, "notify")
    world.stop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(20)
        world.start(NOTIFY_SOCKET=str(path))
        assert b"READY=1" in manager.recv(4096)
        configure(world, "[Queue]\nJobsPerUser=zero\n")
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        world.daemon.send_signal(signal.SIGHUP)
        lines = dict(line.split("=") for line in manager.recv(4096).decode().splitlines())
        assert lines["RELOADING"] == "1" and int(lines["MONOTONIC_USEC"]) >= before
        assert b"READY=1" in manager.recv(4096)
        assert "JobsPerUser" in world.stop()


def test_the_watchdog_is_fed_while_a_job_runs(world, stored):
    """systemd takes a daemon that is silent for this long for hung, and kills it."""
    path = Path(world.folder, "notify")
    world.stop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        world.start(NOTIFY_SOCKET=str(path), WATCHDOG_USEC="300000")
        behind(world, "5 f c")
        job = world.start_change("Apply", "fix-cmdline", deadline=dbus.UInt32(0))
        wait_for_transition(world, job)
        manager.setblocking(False)
        with contextlib.suppress(BlockingIOError):  # what came before
            while manager.recv(4096):
                pass
        manager.settimeout(60)
        for _ in range(3):
            assert manager.recv(4096) == b"WATCHDOG=1"
        kernel(world, stored, "state", "applied")
        world.wait(job)
        world.stop()


def test_a_transition_of_the_daemon_before_is_followed(world, stored):
    behind(world, "5 f c")
    wait_for_transition(world, world.start_change("Apply", "fix-cmdline"))
    world.stop(signal.SIGKILL)
    world.pump(lambda: not world.bus.name_has_owner("org.kpatchd1"))
    world.start()
    assert world.property("State", "/org/kpatchd1/patch/fix_2dcmdline_3d1", "org.kpatchd1.Patch") == "applying"
    kernel(world, stored, "state", "applied")
    world.pump(lambda: any(a[1].get("State") == "applied" for _, m, a in world.signals if m == "PropertiesChanged"))


def test_what_came_just_before_the_end_is_answered(impatient):
    """Many calls about the time at which it ends: each is answered, or finds nobody of that name."""
    world, end = impatient, time.monotonic() + 1.6
    time.sleep(0.8)
    outcomes = set()
    while time.monotonic() < end:
        replies = []
        for _ in range(20):
            world.bus.call_async("org.kpatchd1", "/org/kpatchd1", "org.freedesktop.DBus.Peer", "Ping", "", (),
                                 lambda: replies.append("answered"), lambda e: replies.append(e.get_dbus_name()))
        world.pump(lambda: len(replies) == 20)
        outcomes |= set(replies)
        time.sleep(0.25)
    assert outcomes <= {"answered", "org.freedesktop.DBus.Error.ServiceUnknown",
                        "org.freedesktop.DBus.Error.NameHasNoOwner"}, outcomes


def test_a_shutdown_turns_back_what_is_under_way(world, key, stored, run_reapply):
    """Else it would be killed in the middle when its time is over, and the next boot would take that for a crash."""
    world.do_import(Patch(key, id="next", name="kpatch_next"))
    behind(world, "5 f c")
    jobs = [world.start_change("Apply", "fix-cmdline", deadline=dbus.UInt32(0)), world.start_change("Apply", "next")]
    wait_for_transition(world, jobs[0])
    world.daemon.send_signal(signal.SIGTERM)
    world.pump(lambda: jobs[1] in world.removed)
    assert world.removed[jobs[1]][0] == "org.kpatchd1.Error.Canceled", "what waited was not begun"
    world.pump(lambda: kernel(world, stored, "state") == "reverting")
    kernel(world, stored, "state", "disabled")
    assert world.daemon.wait(timeout=60) == 0
    log = world.daemon.stderr.read()
    world.daemon.stderr.close()
    world.daemon = None
    assert "cancelled" in log and "next=1 was applied" not in log
    assert list(Path(world.folder, "var/attempts").iterdir()) == []
    assert world.enabled("kpatch_next") is None and world.enabled(stored.name) is None
    behind(world)
    world.reboot()
    assert run_reapply()[0] == 0
    world.start()
    assert list(world.property("Quarantine")) == [] and set(world.patches().values()) == {"stored"}
