# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl cve."""

from client_world import check_schema

ANSWERS = {"CVE-2026-1": ["closed", ["a=1", "b=2"]], "CVE-2026-2": ["available", ["c=3"]], "CVE-2026-3": ["applying", ["d=4"]]}


def test_page_and_exit_status(world):
    world.start_daemon(answers=ANSWERS)
    result = world.run("cve", *ANSWERS, "CVE-2026-4")
    assert (result.code, result.err) == (1, "")
    assert [line.split(maxsplit=1) for line in result.out.splitlines()] == [
        ["CVE-2026-1", "closed by a=1, b=2"], ["CVE-2026-2", "open; c=3 is stored and would close it"],
        ["CVE-2026-3", "being closed by d=4"], ["CVE-2026-4", "no patch here says that it closes it"]]
    assert world.run("cve", "CVE-2026-1").code == 0
    assert world.run("cve").code == 2


def test_json(world):
    world.start_daemon(answers=ANSWERS)
    reply = world.run("cve", "CVE-2026-1", "CVE-2026-9", "--json").json
    check_schema(reply)
    assert reply["cves"] == [{"patches": ["a=1", "b=2"], "id": "CVE-2026-1", "state": "closed"},
                             {"patches": [], "id": "CVE-2026-9", "state": "unknown"}]
