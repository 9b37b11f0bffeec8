# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What kpatchctl says where a boot is advised."""

from client_world import check_schema

ADVICE = [["unpatchable", "A structure grew. (shop)"], ["withdrawn-patch", "Patch a=1 is withdrawn."]]


def test_reboot_advice(world):
    world.start_daemon(manager={"RebootAdvised": ADVICE})
    result = world.run("reboot-advice")
    assert (result.code, result.err) == (1, "")
    assert result.out == ("Reboot       advised (unpatchable): A structure grew. (shop)\n"
                          "             advised (withdrawn-patch): Patch a=1 is withdrawn.\n")
    assert (world.run("reboot-advice", "-q").code, world.run("reboot-advice", "-q").out) == (1, "")
    reply = check_schema(world.run("reboot-advice", "--json").json)
    assert reply["reboot_advised"] == [{"kind": kind, "reason": reason} for kind, reason in ADVICE]


def test_none_is_advised(world):
    world.start_daemon()
    result = world.run("reboot-advice")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert check_schema(world.run("status", "--json").json)["reboot_advised"] == []
    assert "Reboot" not in world.run("status").out


def test_status(world):
    world.start_daemon(manager={"RebootAdvised": ADVICE})
    shown = world.run("status").out
    assert "Reboot       advised: unpatchable, and more\n" in shown
    assert "Boot a newer kernel: A structure grew. (shop)\n" in shown


def test_a_daemon_that_does_not_know_of_it(world):
    world.start_daemon(rename={"RebootAdvised": "Something"})
    assert (world.run("reboot-advice").code, world.run("reboot-advice").out) == (0, "")
