# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is longer than the terminal, which has 24 lines here, goes through a pager."""

from pathlib import Path

import pytest
from client_world import patch

MANY = [patch(f"p{i}") for i in range(40)]


@pytest.fixture
def pager(world):
    """A pager that says how it was called, and shows what it got."""
    def make(name: str = "pager") -> str:
        path = Path(world.folder, "bin", name)
        path.parent.mkdir(exist_ok=True)
        path.write_text('#!/bin/sh\necho "[$0 $*|$LESS|$LESSSECURE|$LESSOPEN]"\nexec cat\n')
        path.chmod(0o755)
        return str(path)
    del world.env["KPATCHCTL_PAGER"]
    world.env["NO_COLOR"] = "1"
    world.env["PATH"] = f"{world.folder}/bin:{world.env['PATH']}"
    return make


def paged(out: str) -> bool:
    return out.startswith("[")


def test_long_lists_only(world, pager):
    world.start_daemon(patches=MANY, ListGenerations=[[n + 1, n, "", "x", []] for n in range(24)])
    result = world.show("list", KPATCHCTL_PAGER=pager())
    assert result.out.startswith(f"[{world.folder}/bin/pager |FRX||]\nID ") and result.out.count("\n") == 42
    assert paged(world.show("status", KPATCHCTL_PAGER=pager()).out)
    assert paged(world.show("generations", KPATCHCTL_PAGER=pager()).out)
    assert not paged(world.show("feeds", KPATCHCTL_PAGER=pager()).out)


def test_as_many_lines_as_fit(world, pager):
    """The prompt needs one."""
    world.start_daemon(patches=MANY[:22])
    assert not paged(world.show("list", KPATCHCTL_PAGER=pager()).out)


def test_one_line_too_many(world, pager):
    world.start_daemon(patches=MANY[:23])
    assert paged(world.show("list", KPATCHCTL_PAGER=pager()).out)


def test_never_in_a_pipe_in_json_or_where_it_is_not_wanted(world, pager):
    world.start_daemon(patches=MANY)
    command = pager()
    assert not paged(world.run("list", KPATCHCTL_PAGER=command).out)
    for args, env in ((["--json"], {}), (["--no-pager"], {}), ([], {"TERM": "dumb"})):
        result = world.show("list", *args, **{"KPATCHCTL_PAGER": command} | env)
        assert result.code == 0 and not paged(result.out) and "p39" in result.out


def test_which_one(world, pager):
    world.start_daemon(patches=MANY)
    one, other, less = pager(), pager("other"), pager("less")
    assert world.show("list", KPATCHCTL_PAGER=f"{one}  -a\t-b", PAGER=other).out.startswith(f"[{one} -a -b|")
    assert world.show("list", PAGER=other).out.startswith(f"[{other} |")
    assert world.show("list", LESS="S").out.startswith(f"[{less} |S|")
    for none in ("", "cat", "  "):
        assert not paged(world.show("list", KPATCHCTL_PAGER=none, PAGER=other).out)


@pytest.mark.parametrize("name", ["SUDO_UID", "PKEXEC_UID", "DOAS_USER"])
def test_with_the_rights_of_somebody_else(world, pager, name):
    """What it runs was not chosen by whom the rights belong to."""
    world.start_daemon(patches=MANY)
    less = pager("less")
    result = world.show("list", KPATCHCTL_PAGER=pager(), LESS="-K", LESSOPEN="|evil %s", **{name: "1000"})
    assert result.out.startswith(f"[{less} |FRX|1|]\nID ")


def test_a_pager_that_is_not_there_or_leaves(world, pager):
    world.start_daemon(patches=MANY)
    result = world.show("list", KPATCHCTL_PAGER="/nonexistent/pager")
    assert result.code == 0 and result.out.startswith("ID ") and "p39" in result.out
    result = world.show("list", KPATCHCTL_PAGER="true")
    assert (result.code, result.out) == (0, "")


def test_what_was_said_before_an_error_is_shown_and_the_status_kept(world, pager):
    world.start_daemon(patches=MANY)
    result = world.show("info", "p1", "p2", "p3", "absent", KPATCHCTL_PAGER=pager())
    assert paged(result.out) and "Patch        p3=1.0" in result.out and result.out.count("kpatchctl: ") == 1
    assert result.code == 12 and result.out.index("p3=1.0") < result.out.index("kpatchctl: ")
