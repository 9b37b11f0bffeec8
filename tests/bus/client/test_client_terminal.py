# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What kpatchctl does on a terminal that it does not do in a pipe, and that no text can act on either."""

import re
import subprocess
import unicodedata
from pathlib import Path

import pytest
from client_world import check_schema, patch

ESCAPE = re.compile("\033\\[[0-9;]*[a-zA-Z]")
LONG = "A title of many words that goes on and on until no terminal of eighty columns has room for it"


def plain(text: str) -> str:
    return ESCAPE.sub("", text)


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in line)


def test_colour_only_where_wanted(world):
    world.start_daemon(patches=[patch(State="applied")])
    green = "\033[32mapplied\033[0m"
    assert green in world.show("list").out
    assert green in world.run("list", "--color=always").out
    assert green in world.show("list", "--color=always", NO_COLOR="1").out
    assert green in world.show("list", NO_COLOR="").out
    for result in (
        world.run("list"),
        world.run("list", "--color", "auto"),
        world.show("list", "--color=never"),
        world.show("list", NO_COLOR="1"),
        world.show("list", TERM="dumb"),
        world.show("list", TERM=""),
    ):
        assert "applied" in result.out and "\033" not in result.out


@pytest.mark.parametrize(
    ("state", "sequence"), [("applying", "33"), ("reverting", "33"), ("failed", "1;31"), ("stored", None)]
)
def test_colours_of_states(world, state, sequence):
    world.start_daemon(patches=[patch(State=state)])
    out = world.show("list").out
    assert f"\033[{sequence}m{state}\033[0m" in out if sequence else f"1.0      {state}  " in out


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_lists_keep_to_the_width(world, width):
    world.start_daemon(patches=[patch("a", Title=LONG), patch("wide", State="applied", Title="漢字" * 60)])
    lines = plain(world.show("list", columns=width).out).splitlines()
    assert len(lines) == 3
    # id, version, state and boot are never cut: they take 28 columns
    assert all(columns(line) <= max(width, 28) for line in lines)
    assert ("TITLE" in lines[0]) == (width >= 40)
    if 40 <= width < 200:
        assert columns(lines[1]) == width and lines[1].endswith("…")
        # half of a wide character is not shown
        assert columns(lines[2]) in (width, width - 1) and lines[2].endswith("…")
    if width == 200:
        assert lines[1].endswith("for it")


def test_lists_in_pipes_are_whole(world):
    world.start_daemon(patches=[patch(Title=LONG)])
    assert LONG in world.run("list").out
    assert LONG in world.run("list", COLUMNS="40").out


def test_columns_variable(world):
    world.start_daemon(patches=[patch(Title=LONG)])
    assert columns(plain(world.show("list", columns=80, COLUMNS="60").out).splitlines()[1]) == 60
    for nonsense in ("", "0", "wide", "-5", "60x"):
        assert columns(plain(world.show("list", columns=70, COLUMNS=nonsense).out).splitlines()[1]) == 70


@pytest.mark.parametrize("width", [30, 80])
def test_pages_break_between_words(world, width):
    world.start_daemon(patches=[patch(Title=LONG, Description=LONG + "\n\n" + LONG, Kernel=["6.1", "abcd"], Functions=[["m", "f", 0]])])
    lines = plain(world.show("info", "demo", columns=width).out).splitlines()
    assert all(columns(line) <= width for line in lines)
    text = " ".join(" ".join(line[13:] for line in lines).split())
    assert text.count(LONG) == 3
    assert not any(line.endswith(" ") for line in lines)


def test_text_cannot_act_on_the_terminal(world):
    evil = "a\033[2Jb\033]0;owned\007c\rd\ne\tf\u009b31mg\u202eh\u200bi\x7fj"
    shown = "a?[2Jb?]0;owned?c d e f?31mg?h?i?j"
    world.start_daemon(
        patches=[
            patch(
                Title=evil, Description=evil, Severity=evil, Module=evil, Engine=evil, TrustRoot=evil, Cves=[evil],
                Kernel=[evil, "ab"], Functions=[[evil, evil, 0]], State=evil,
            )
        ],
        manager={"Version": evil, "Engines": [[evil, True, evil]], "TrustRoots": [[evil, 1]]},
        jobs=[{"Kind": evil, "Patch": evil, "State": evil, "Step": evil, "Progress": [0, 1, evil]}],
        job={"message": evil},
    )
    for args in (["list"], ["info", "demo"], ["status"], ["apply", "demo"], ["list", "--json"], ["status", "--json"]):
        for result in (world.run(*args), world.show("--color=never", *args, columns=2000)):
            # what is left are the progress line's own sequences
            text = result.out.replace("\r", "").replace("\033[K", "")
            assert result.code == 0
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e]", text)
            if "--json" not in args:
                assert shown in " ".join(text.split())
    assert world.run("list", "--json").json["patches"][0]["title"] == evil


def test_errors_cannot_act_on_the_terminal(world):
    world.start_daemon(refuse={"Apply": ["org.kpatchd1.Error.Busy", "Not \033[1mnow\n\033[0m."]}, patches=[patch()])
    assert world.run("apply", "demo").err == "kpatchctl: Not ?[1mnow??[0m.\n"
    result = world.run("\033[2J")
    assert (result.code, result.sentence) == (2, "There is no verb '?[2J'; -h shows those there are.")


def test_broken_utf8_of_the_command_line(world):
    result = world.run(b"li\xffst\xc3\xa9\xf0\x9f", "--json")
    assert result.code == 2
    assert result.sentence == "There is no verb 'li?sté??'; -h shows those there are."
    message = check_schema(result.json)["error"]["message"]
    assert message == "There is no verb 'li?sté??'; -h shows those there are."


def test_json_escapes_beyond_the_first_plane(world):
    world.start_daemon(patches=[patch(Title="tag \U000e0041 face \U0001f600")])
    result = world.run("list", "--json")
    assert "\U000e0041" not in result.out and "\U0001f600" in result.out
    assert result.json["patches"][0]["title"] == "tag \U000e0041 face \U0001f600"


@pytest.mark.parametrize("locale", ["C", "POSIX", "nonsense"])
def test_locale_without_unicode(world, locale):
    world.start_daemon(patches=[patch(Title="Grüße 漢字 " + "x" * 80)])
    result = world.show("list", "--color=never", LC_ALL=locale, columns=60)
    lines = result.out.splitlines()
    assert result.out.isascii() and "Gr??e ?? xxx" in lines[1]
    assert len(lines[1]) == 60 and lines[1].endswith(">")


def test_locale_with_another_character_set(world, tmp_path):
    if not Path("/usr/share/i18n/charmaps/ISO-8859-1.gz").exists():
        pytest.skip("the package locales is not installed")
    subprocess.run(["localedef", "-i", "de_DE", "-f", "ISO-8859-1", tmp_path / "de_DE"], check=True)
    world.start_daemon(patches=[patch(Title="Grüße")])
    assert "Gr??e" in world.run("list", LC_ALL="de_DE", LOCPATH=str(tmp_path)).out


def test_wide_and_combining_characters_are_aligned(world):
    world.start_daemon(patches=[patch("a", Title="漢字 x"), patch("b", State="applied", Title="e\u0301 x")])
    assert world.run("list").out.splitlines()[1:] == [
        "a   1.0      stored   no    漢字 x",
        "b   1.0      applied  no    e\u0301 x",
    ]


def test_json_is_one_line_in_a_pipe(world):
    world.start_daemon(patches=[patch()])
    piped, shown = world.run("list", "--json"), world.show("list", "--json")
    assert piped.out.count("\n") == 1 < shown.out.count("\n")
    assert piped.json == shown.json
    assert "\033" not in shown.out


def test_progress_on_a_terminal(world):
    world.start_daemon(patches=[patch()], job={"message": "Patch demo is in force."})
    result = world.show("apply", "demo", "--color=never")
    lines = result.out.split("\r")
    assert lines[0] == ""
    assert lines[-1] == "\033[KPatch demo is in force.\n"
    shown = list(dict.fromkeys(line.removesuffix("\033[K") for line in lines[1:-1]))
    assert shown == [
        "apply demo: waiting for its turn",
        "[1/3] apply demo: Checking the signature",
        "[2/3] apply demo: Loading the module",
        "[3/3] apply demo: Recording it",
    ]


def test_progress_keeps_to_the_width(world):
    world.start_daemon(patches=[patch()], job={"steps": [["load", LONG], ["load", "漢" * 50]]})
    lines = world.show("apply", "demo", columns=40).out.split("\r")
    assert any("…" in line for line in lines)
    assert all(columns(plain(line)) < 40 for line in lines[1:-1])


@pytest.mark.parametrize("how", [{"TERM": "dumb"}, {"args": "--quiet"}])
def test_no_progress_where_not_wanted(world, how):
    world.start_daemon(patches=[patch()], job={"message": "It is done."})
    args = [how.pop("args")] if "args" in how else []
    result = world.show("apply", "demo", *args, **how)
    assert (result.code, result.out) == (0, "" if args else "It is done.\n")


def test_no_progress_in_pipes(world):
    world.start_daemon(patches=[patch()], job={"message": "It is done."})
    result = world.run("apply", "demo")
    assert (result.code, result.out, result.err) == (0, "It is done.\n", "")
