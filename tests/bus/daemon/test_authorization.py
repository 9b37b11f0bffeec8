# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every change asks polkit, and only for what it is; readers are asked nothing."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import dbus
import pytest
from patchkit import Patch
from world import NAME, OPTIONS, PATH, JobFailed

PATCH = "/org/kpatchd1/patch/fix_2dcmdline_3d1"


def denied(call) -> str:
    with pytest.raises(dbus.DBusException) as failed:
        call()
    assert failed.value.get_dbus_name() == "org.kpatchd1.Error.NotAuthorized"
    return failed.value.get_dbus_message()


def on_patch(world, method):
    proxy = world.bus.get_object(NAME, PATCH, introspect=False)
    return world.wait(proxy.get_dbus_method(method, "org.kpatchd1.Patch")(OPTIONS, signature="a{sv}"))


def test_nothing_allowed(world, stored):
    world.allow()
    before = world.tree()
    assert "org.kpatchd1.apply" in denied(lambda: world.apply("fix-cmdline"))
    assert "org.kpatchd1.rollback" in denied(lambda: world.rollback("fix-cmdline"))
    assert "org.kpatchd1.import" in denied(lambda: world.do_import(stored))
    denied(lambda: on_patch(world, "Apply"))
    denied(lambda: on_patch(world, "Rollback"))
    assert world.tree() == before
    assert world.patches() == {"fix-cmdline=1": "stored"}, "readers need nothing"


def test_each_its_own_action(world, stored):
    world.allow("org.kpatchd1.apply")
    world.apply("fix-cmdline")
    denied(lambda: world.rollback("fix-cmdline"))
    denied(lambda: world.do_import(stored))
    world.allow("org.kpatchd1.rollback")
    world.rollback("fix-cmdline")
    denied(lambda: world.apply("fix-cmdline"))


def test_patch_object(world, stored):
    on_patch(world, "Apply")
    assert world.property("State", PATCH, "org.kpatchd1.Patch") == "applied"
    on_patch(world, "Rollback")
    assert world.property("State", PATCH, "org.kpatchd1.Patch") == "stored"


def test_without_polkit_root_may(world, stored):
    world.polkit_process.kill()
    world.polkit_process.wait()
    world.pump(lambda: not world.bus.name_has_owner("org.freedesktop.PolicyKit1"))
    # The tests' user is the daemon's; who is not root is refused with the reason.
    if os.geteuid() == 0:
        world.apply("fix-cmdline")
        assert world.patches() == {"fix-cmdline=1": "applied"}
    else:
        assert "polkit does not run" in denied(lambda: world.apply("fix-cmdline"))


def test_daemon_answers_while_polkit_thinks(world, stored):
    """The question is asked without waiting: with polkit stopped, readers are served."""
    world.polkit_process.send_signal(signal.SIGSTOP)
    answers = []
    world.manager.Apply("fix-cmdline", OPTIONS, signature="sa{sv}", reply_handler=answers.append,
                        error_handler=answers.append)
    start = time.monotonic()
    assert world.patches() == {"fix-cmdline=1": "stored"}
    assert time.monotonic() - start < 5 and answers == []
    world.polkit_process.send_signal(signal.SIGCONT)
    world.pump(lambda: answers)
    world.wait(answers[0])
    assert world.patches() == {"fix-cmdline=1": "applied"}


def questions(world) -> list[tuple[str, dict[str, str], int]]:
    """What polkit was asked: action, details, flags."""
    calls = dbus.Interface(world.polkit, "org.freedesktop.DBus.Mock").GetMethodCalls("CheckAuthorization")
    assert all(subject[0] == "system-bus-name" for _, (subject, *_) in calls)
    return [(str(action), {str(k): str(v) for k, v in details.items()}, int(flags))
            for _, (_, action, details, flags, _) in calls]


def test_details_name_the_patch(world, stored):
    world.apply("fix-cmdline")
    action, details, flags = questions(world)[-1]
    assert action == "org.kpatchd1.apply" and details["patch"] == "fix-cmdline=1" and flags == 0
    assert details["polkit.message"] == "Authentication is required to apply live patch $(patch) to the running kernel"


@pytest.mark.parametrize("method", ["RollbackTo", "RollbackPrevious"])
def test_details_name_the_generation(world, stored, method):
    world.apply("fix-cmdline")
    world.rollback("fix-cmdline")
    number = [dbus.UInt64(1)] if method == "RollbackTo" else []
    world.wait(world.manager.get_dbus_method(method)(*number, OPTIONS, signature="t" * len(number) + "a{sv}"))
    action, details, _ = questions(world)[-1]
    assert action == "org.kpatchd1.rollback" and details["generation"] == "1" and "patch" not in details
    assert "$(generation)" in details["polkit.message"]


def test_details_name_the_feed(world):
    for feed in ("shop", ""):
        with contextlib.suppress(JobFailed):
            world.wait(world.start_change("Refresh", feed))
    (_, one, _), (_, all, _) = questions(world)
    assert one["feed"] == "shop" and "$(feed)" in one["polkit.message"] and all == {}


@pytest.mark.parametrize("ready", [True, False])
def test_who_waits_for_a_password_says_so(world, stored, ready):
    subprocess.run(["busctl", f"--address={world.address}", f"--allow-interactive-authorization={ready}", "call", NAME,
                    PATH, "org.kpatchd1.Manager", "Apply", "sa{sv}", "fix-cmdline", "0"], check=True)
    assert questions(world)[-1][2] == ready


@pytest.mark.parametrize("anew", [True, False])
def test_asked_again_about_what_is_stored_anew(world, stored, key, anew):
    """What was allowed was to apply those bytes."""
    asked, answers = [], []

    def count(bus, message):
        if message.get_member() == "CheckAuthorization":
            asked.append(message)

    world.bus.add_match_string("eavesdrop='true',type='method_call',member='CheckAuthorization'")
    world.bus.add_message_filter(count)
    world.polkit_process.send_signal(signal.SIGSTOP)
    world.manager.Apply("fix-cmdline", OPTIONS, signature="sa{sv}", reply_handler=answers.append,
                        error_handler=answers.append)
    world.pump(lambda: asked)
    manifest = Path(world.folder, "var/manifests/fix-cmdline=1.json")
    if anew:
        manifest.write_bytes(Patch(key, title="Another").files()[0])
    else:
        manifest.unlink()
    world.daemon.send_signal(signal.SIGHUP)
    world.pump(lambda: world.property("Title", PATCH, "org.kpatchd1.Patch") == "Another" if anew else not world.patches())
    world.polkit_process.send_signal(signal.SIGCONT)
    world.pump(lambda: answers)
    if anew:
        world.wait(answers[0])
        assert len(asked) == 2 and world.patches() == {"fix-cmdline=1": "applied"}
    else:
        assert answers[0].get_dbus_name() == "org.kpatchd1.Error.NoSuchPatch"
        assert len(asked) == 1 and world.enabled(stored.name) is None
