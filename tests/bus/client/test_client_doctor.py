# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl doctor."""

import pytest
from client_world import check_schema

FINE = ["clock", "ok", "The clock says 2026-11-21.", ""]
SO_SO = ["space", "warning", "1 MiB is free.", "Free some space."]
BAD = ["ftrace", "error", "Function tracing is off.", "Switch it on."]


@pytest.mark.parametrize(("diagnoses", "code"), [([], 0), ([FINE], 0), ([FINE, SO_SO], 0), ([BAD, FINE], 1)])
def test_exit_status(world, diagnoses, code):
    world.start_daemon(diagnoses=diagnoses)
    assert world.run("doctor").code == world.run("doctor", "--json").code == code


def test_page(world):
    world.start_daemon(diagnoses=[FINE, SO_SO, BAD])
    result = world.run("doctor")
    assert result.err == ""
    assert result.out.splitlines() == [
        "ok           The clock says 2026-11-21.",
        "warning      1 MiB is free.",
        "             Free some space.",
        "error        Function tracing is off.",
        "             Switch it on.",
    ]
    assert "clock" not in world.run("doctor", "-q").out and "1 MiB" in world.run("doctor", "-q").out


def test_json(world):
    world.start_daemon(diagnoses=[FINE, BAD])
    reply = world.run("doctor", "--json").json
    check_schema(reply)
    assert reply["diagnoses"] == [
        {"check": "clock", "result": "ok", "sentence": "The clock says 2026-11-21.", "remedy": None},
        {"check": "ftrace", "result": "error", "sentence": "Function tracing is off.", "remedy": "Switch it on."},
    ]


def test_refusal(world):
    world.start_daemon(refuse={"Diagnose": ["org.kpatchd1.Error.NoMemory", "No."]})
    assert world.run("doctor").code == 3


def test_nothing_that_a_terminal_acts_upon(world):
    world.start_daemon(diagnoses=[["x", "error", "a\x1b[31mb", "c\x07d"]])
    assert "\x1b" not in world.run("doctor").out and "\x07" not in world.run("doctor").out
