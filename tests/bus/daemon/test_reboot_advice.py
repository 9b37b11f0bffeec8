# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Manager.RebootAdvised: when only a boot of another kernel helps, and who says so."""

from pathlib import Path

import pytest
from feedkit import refresh, subscribe
from patchkit import Patch, build_id_note
from test_refresh_policy import settle


@pytest.fixture
def subscribed(host, nginx, publisher):
    subscribe(host, publisher, nginx.url, Policy="apply")
    return host


def advised(world) -> list[tuple[str, str]]:
    return [(str(kind), str(reason)) for kind, reason in world.property("RebootAdvised")]


def told(world) -> list[list[str]]:
    """The kinds of each signal."""
    return [[str(kind) for kind, _ in a[1]["RebootAdvised"]] for _, m, a in world.signals
            if m == "PropertiesChanged" and "RebootAdvised" in a[1]]


def test_a_feed_advises_it(subscribed, publisher):
    publisher.reboot = {"kind": "unpatchable", "reason": "A structure grew."}
    publisher.publish()
    assert advised(subscribed) == []
    refresh(subscribed)
    assert advised(subscribed) == [("unpatchable", "A structure grew. (shop)")]
    subscribed.stop()
    subscribed.start()
    assert advised(subscribed) == [("unpatchable", "A structure grew. (shop)")]
    publisher.reboot = None
    publisher.publish()
    refresh(subscribed)
    assert advised(subscribed) == []
    assert told(subscribed) == [["unpatchable"], []]


def test_what_was_said_of_another_kernel_is_not_of_this(subscribed, publisher):
    publisher.reboot = {"kind": "withdrawn", "reason": "It eats data."}
    publisher.publish()
    refresh(subscribed)
    subscribed.stop()
    Path(subscribed.folder, "sys/kernel/notes").write_bytes(build_id_note("d0" * 20))
    subscribed.start()
    assert advised(subscribed) == []


@pytest.mark.parametrize(("action", "reversible", "sentence"), [
    ("keep", True, "Patch fix-cmdline=1 is withdrawn, and this kernel is to keep it: boot one that does not need it. "
                   "It is slow."),
    ("rollback", False, "Patch fix-cmdline=1 is withdrawn and cannot be rolled back: it goes with a boot with "
                        "kpatchd.apply=0, or of another kernel. It is slow."),
    ("rollback", True, None)])
def test_a_withdrawn_patch_that_stays(subscribed, publisher, key, action, reversible, sentence):
    publisher.add(Patch(key, fields={"reversible": reversible}))
    publisher.publish()
    refresh(subscribed)
    settle(subscribed, {"fix-cmdline=1": "applied"})
    assert advised(subscribed) == []
    publisher.patches["fix-cmdline=1"]["withdrawn"] = {"action": action, "reason": "It is slow."}
    publisher.publish()
    refresh(subscribed)
    settle(subscribed, {"fix-cmdline=1": "applied" if sentence else "withdrawn"})
    assert advised(subscribed) == ([("withdrawn-patch", sentence)] if sentence else [])
    assert told(subscribed) == ([["withdrawn-patch"]] if sentence else [])
