# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every change asks polkit, and only for what it is; readers are asked nothing."""

import dbus
import pytest
from world import NAME, OPTIONS, PATH

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
    import os
    if os.geteuid() == 0:
        world.apply("fix-cmdline")
        assert world.patches() == {"fix-cmdline=1": "applied"}
    else:
        assert "polkit does not run" in denied(lambda: world.apply("fix-cmdline"))


def test_daemon_answers_while_polkit_thinks(world, stored):
    """The question is asked without waiting: with polkit stopped, readers are served."""
    import signal
    import time
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


def test_details_name_the_patch(world, stored):
    world.apply("fix-cmdline")
    calls = world.polkit.GetMethodCalls("CheckAuthorization") if hasattr(world.polkit, "GetMethodCalls") else None
    proxy = dbus.Interface(world.polkit, "org.freedesktop.DBus.Mock")
    try:
        calls = proxy.GetMethodCalls("CheckAuthorization")
    except dbus.DBusException:
        pytest.skip("this python3-dbusmock keeps no record of template methods")
    subject, action, details, flags, _ = calls[-1][1]
    assert subject[0] == "system-bus-name" and action == "org.kpatchd1.apply"
    assert details["patch"] == "fix-cmdline=1" and flags == 0
    assert PATH
