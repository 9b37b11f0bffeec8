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


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_help(no_bus, locale):
    for args in (["-h"], *([verb, "-h"] for verb in CALLS)):
        result = no_bus.show(*args, LC_ALL=locale)
        assert result.code == 0 and result.out.isascii() and too_wide(result.out, 80) == []
