# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every verb on terminals of 80 and 200 columns, in a pipe and in JSON, in UTF-8 and in C."""

import re
from typing import Any

import pytest
from client_world import check_schema, patch
from test_client_manual import help_rows
from test_client_terminal import columns, plain

LONG = "Überlauf in der Prüfung der Länge: was dann geschieht, hängt davon ab, wer 漢字 liest, und wie oft, und warum"
CVE = "CVE-2026-0001"
JOB = {"Kind": "apply", "Patch": "moving=1", "State": "running", "Step": "transition", "Progress": (7, 11, LONG)}
SCENARIO: dict[str, Any] = {
    "manager": {"Quarantine": [["bad=1", LONG, "2026-01-01T00:00:00Z"]], "ApplyDisabled": True,
                "ApplyDisabledReason": LONG, "Engines": [["core", True, LONG]], "RebootAdvised": [["kernel", LONG]]},
    "patches": [patch("demo", "1.0", Title=LONG, Description=LONG, Cves=[CVE]), patch("moving", "1", State="applying"),
                patch("bad", "1", Quarantined=LONG), patch("there", "1", State="applied", Persistent=True, Title=LONG)],
    "jobs": [JOB],
    "feeds": [{"Name": "main", "Error": ["org.kpatchd1.Error.DownloadFailed", LONG], "Failures": 3, "FeedStale": True,
               "Patches": [["gone=1", "withdrawn", "low", LONG]]}],
    "diagnoses": [["disk", "warning", LONG, LONG], ["clock", "error", LONG, LONG]],
    "ListGenerations": [[3, 2, "2026-01-01T00:00:00Z", "apply demo=1.0", ["demo=1.0"] * 20]],
    "GetHistory": [[1_700_000_000, "apply", "demo=1.0", "done", LONG, 0, "kpatchctl", 5, 3]],
    "answers": {CVE: ["available", ["demo=1.0"]]},
    "job": {"message": "It is done.", "pause": 0.001},
}
# How each verb is called, and the exit status.
CALLS: dict[str, tuple[list[str], set[int]]] = {
    "status": ([], {0}), "list": ([], {0}), "info": (["demo", "there"], {0}), "cve": ([CVE], {70}),
    "uname": ([], {0}), "check": ([], {0, 1, 2, 3, 4}), "doctor": ([], {0, 1}), "reboot-advice": ([], {0, 1, 2, 100}),
    "metrics": ([], {0}), "feeds": ([], {0}), "refresh": ([], {0}), "import": (["FILE.ko"], {0}), "apply": (["demo"], {0}),
    "load": (["demo"], {0}), "unload": (["there"], {0}), "install": (["demo"], {0}), "uninstall": (["there"], {0}),
    "quarantine": ([], {0}), "rollback": (["there"], {0}), "generations": ([], {0}), "history": ([], {0}),
    "monitor": ([], {0}), "hold": (["demo"], {0}), "unhold": (["demo"], {0}), "remove": (["demo"], {0}),
    "verify": ([], {0}), "cancel": (["1000"], {0}), "force": (["moving"], {0}),
}
# What programs read line by line.
ONE_LINE = {"check", "metrics"}


@pytest.fixture
def host(world):
    (world.folder / "FILE.ko").write_text("")
    (world.folder / "FILE.manifest.json").write_text("")
    world.start_daemon(**SCENARIO)
    return world


def call(world, verb: str) -> list[str]:
    return [verb, *(str(world.folder / word) if word == "FILE.ko" else word for word in CALLS[verb][0])]


def verbs() -> list[str]:
    # what follows for ever ends by Ctrl-C, which its own tests have
    return sorted(CALLS.keys() - {"monitor"})


def test_the_table_has_all_verbs(no_bus):
    assert {row.split()[0] for row in help_rows(no_bus.run("--help").out, "Verbs")} == CALLS.keys()


def too_wide(text: str, width: int) -> list[str]:
    """Lines that pass the width and are not one word that cannot be broken."""
    lines = [line.split("\r")[-1] for line in plain(text.replace("\r\n", "\n")).splitlines()]
    return [line for line in lines if columns(line) > width and " " in line.strip()]


@pytest.mark.parametrize("verb", verbs())
def test_verb(host, verb):
    args, codes = call(host, verb), CALLS[verb][1]
    for width in (80, 200):
        for locale in ("C.UTF-8", "C"):
            result = host.show(*args, columns=width, LC_ALL=locale)
            assert result.code in codes, result.out
            assert verb in ONE_LINE or too_wide(result.out, width) == [], (width, locale)
            assert locale != "C" or plain(result.out).isascii()
    piped = host.run(*args)
    assert piped.code in codes and "\033" not in piped.out + piped.err
    assert host.run(*args, LC_ALL="C").out.isascii()
    assert "\033[" not in host.show(*args, NO_COLOR="1", TERM="dumb").out
    assert plain(host.run(*args, "--color=always").out) == piped.out or verb == "metrics"
    for result in (host.run(*args, "--json"), host.run(*args, "--json", LC_ALL="C")):
        assert result.code in codes and "\033" not in result.out
        check_schema(result.json)


LONG_ID = "a-fix-of-what-nobody-had-thought-of-before-it-happened-to-them"
WIDE: dict[str, Any] = SCENARIO | {
    "patches": [patch(LONG_ID, "2026.11.30-1~deb12u1", State="stored", Title=LONG),
                patch(LONG_ID + "-2", "1", State="applied", Held=True, Persistent=True, Supersedes=["x"], Title=LONG),
                patch("bad", "1", State="failed", Persistent=True, Quarantined=LONG, Title=LONG)],
    "feeds": [{"Name": "a-feed-with-a-name-that-is-rather-long", "Policy": "notify", "LastSuccess": 1, "Patches": [
        [f"{LONG_ID}=3", "offered", "low", ""], [f"{LONG_ID}=4", "withdrawn", "important", LONG]]}],
    "answers": {CVE: ["available", [f"{LONG_ID}=2026.11.30-1~deb12u1"]]},
}


@pytest.fixture
def wide(world):
    world.start_daemon(**WIDE)
    return world


@pytest.mark.parametrize("args", [
    ["list"], ["status"], ["feeds"], ["feeds", WIDE["feeds"][0]["Name"]], ["cve", CVE],
    ["apply", "--all", "--yes"], ["apply", "--all"], ["apply", "--all", "--dry-run"], ["load", "--all"],
])
def test_long_names(wide, args):
    """A table that is too wide even without its last column cuts the widest of the others."""
    for width in (80, 200):
        client = wide.terminal(*args, columns=width)
        if args == ["apply", "--all"]:
            client.read_until("Go on?")
            client.type(b"n\n")
        assert too_wide(client.finish().out, width) == [], width
    assert "…" not in wide.run(*args).out, "a pipe has it all"


@pytest.mark.parametrize("args", [["list", "--kpatch"], ["list", "-q"], ["cve", "--vex", CVE], ["uname"], ["check"]])
def test_what_programs_read_is_never_cut(wide, args):
    shown, piped = wide.show(*args, SOURCE_DATE_EPOCH="1"), wide.run(*args, SOURCE_DATE_EPOCH="1")
    assert shown.code == piped.code and "…" not in shown.out
    assert shown.json == piped.json if "--vex" in args else plain(shown.out) == piped.out


def test_monitor_keeps_to_the_width(wide):
    client = wide.terminal("monitor", columns=80)
    client.read_until("followed from now on")
    assert wide.run("apply", LONG_ID).code == 0
    client.read_until("done.")
    client.type(b"\x03")
    assert too_wide(client.finish().out, 80) == []


def test_what_is_kept_as_it_is_shows(wide):
    """In one word, so that who splits the line at white space finds the columns."""
    for page in (wide.run("list").out, wide.show("list").out):
        rows = [line.split() for line in plain(page).splitlines()]
        assert {tuple(row[2:4]) for row in rows[1:]} == {
            ("stored", "no"), ("applied,held", "yes"), ("failed,quarantined", "yes")}


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_help(no_bus, locale):
    for args in (["-h"], *([verb, "-h"] for verb in CALLS)):
        result = no_bus.show(*args, LC_ALL=locale)
        assert result.code == 0 and result.out.isascii() and too_wide(result.out, 80) == []
