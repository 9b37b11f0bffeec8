# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl hold and unhold."""

import pytest
from client_world import ERROR, check_schema, patch


@pytest.mark.parametrize("verb", ["hold", "unhold"])
def test_verb(world, verb):
    world.start_daemon(patches=[patch("a"), patch("b")], job={"message": "So it is."})
    reply = check_schema(world.run(verb, "a", "b=1.0", "--dry-run", "--json").json)
    assert [(r["kind"], r["patch"]) for r in reply["results"]] == [(verb, "a"), (verb, "b=1.0")]
    assert [(c["method"], c["args"]) for c in world.calls()] == [
        (verb.title(), ["a", {"dry-run": True}]), (verb.title(), ["b=1.0", {"dry-run": True}])]
    assert world.run(verb).code == 2


def test_what_is_held(world):
    world.start_daemon(patches=[patch("a", State="applied", Persistent=True, Held=True)],
                       job={"result": ERROR + "Held", "message": "It is held."})
    assert "applied, applied at boot, held\n" in world.run("info", "a").out
    assert check_schema(world.run("info", "a", "--json").json)["patches"][0]["held"] is True
    result = world.run("rollback", "a")
    assert (result.code, result.sentence) == (63, "It is held.")
