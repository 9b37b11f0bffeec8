# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl uname, and the level in other verbs."""

from client_world import check_schema, patch

LEVEL = {"EffectiveLevel": ["6.1.148-1", "demo=1.0", "shop"]}
APPLIED = [patch(State="applied", Level="6.1.148-1"), patch("other", State="applied"), patch("third")]


def test_what_runs_and_what_was_patched_in(world):
    world.start_daemon(manager=LEVEL, patches=APPLIED)
    assert world.run("uname").out == "6.1.0-99-amd64 level 6.1.148-1 with demo=1.0, other=1.0\n"
    assert world.run("uname", "-q").out == "6.1.148-1\n"
    assert check_schema(world.run("uname", "--json").json) == {
        "format": 1, "kernel": {"release": "6.1.0-99-amd64", "build_id": "ab" * 20},
        "level": {"level": "6.1.148-1", "patch": "demo=1.0", "trust_root": "shop"}, "in_force": ["demo=1.0", "other=1.0"]}


def test_without_a_level(world):
    world.start_daemon(patches=APPLIED)
    assert world.run("uname").out == "6.1.0-99-amd64 with demo=1.0, other=1.0\n"
    assert world.run("uname", "-q").out == "6.1.0-99-amd64\n"


def test_without_patches_and_of_an_older_kpatchd(world):
    world.start_daemon(rename={"EffectiveLevel": "Height"})
    assert world.run("uname").out == "6.1.0-99-amd64\n"
    assert check_schema(world.run("uname", "--json").json)["level"] == {"level": None, "patch": None, "trust_root": None}


def test_status_and_info_show_it(world):
    world.start_daemon(manager=LEVEL, patches=APPLIED)
    assert "Kernel       6.1.0-99-amd64\nLevel        6.1.148-1, by demo=1.0 of shop\n" in world.run("status").out
    assert "\nLevel        6.1.148-1\n" in world.run("info", "demo").out
    assert "Level" not in world.run("info", "other").out
    assert check_schema(world.run("status", "--json").json)["level"]["patch"] == "demo=1.0"
    assert check_schema(world.run("list", "--json").json)["patches"][0]["level"] == "6.1.148-1"
