# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl remove and verify."""

import pytest
from client_world import ERROR, check_schema, patch


@pytest.mark.parametrize(("args", "calls"), [
    (["remove", "a", "b=1.0"], [("Remove", ["a", {}]), ("Remove", ["b=1.0", {}])]),
    (["remove", "a", "--dry-run"], [("Remove", ["a", {"dry-run": True}])]),
    (["verify"], [("Verify", ["", {}])]),
    (["verify", "a", "b"], [("Verify", ["a", {}]), ("Verify", ["b", {}])]),
])
def test_calls(world, args, calls):
    world.start_daemon(patches=[patch("a"), patch("b")], job={"message": "So it is."})
    result = world.run(*args)
    assert (result.code, result.out) == (0, "So it is.\n" * len(calls))
    assert [(c["method"], c["args"]) for c in world.calls()] == calls
    check_schema(world.run(*args, "--json").json)


def test_failures(world):
    world.start_daemon(patches=[patch("a")], job={"result": {"remove": ERROR + "Needed", "verify": ERROR + "StateCorrupt"},
                                                  "message": "No."})
    assert world.run("remove", "a").code == 64
    assert world.run("verify").code == 52
    assert world.run("remove").code == 2
