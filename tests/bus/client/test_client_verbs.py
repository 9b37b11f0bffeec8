# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What holds of every verb that the help has: a reply in JSON as the schema says, -q, and an error in JSON. A new verb needs
a row here and one in the schema."""

import json
import re
import signal

import pytest
from client_world import ROOT, check_schema, close, patch
from test_client_errors import TABLE

SCHEMA = json.loads((ROOT / "docs/kpatchctl.schema.json").read_text())
JOB = {"Kind": "apply", "Patch": "demo=1.0", "State": "running", "Step": "load", "Progress": [1, 3, "Loading it"]}
SCENARIO = {
    "patches": [patch(Cves=["CVE-2026-1"]), patch("on", State="applied")],
    "feeds": [{"Name": "shop", "Patches": [["demo=2", "offered", "", ""]]}],
    "jobs": [JOB],
    "manager": {"Quarantine": [["demo=1.0", "It crashed.", "2026-11-21T12:00:00Z"]],
                "RebootAdvised": [["unpatchable", "A structure grew."]]},
    "answers": {"CVE-2026-1": ["available", ["demo=1.0"]]},
    "diagnoses": [["kernel", "ok", "Fine.", ""]],
    "ListGenerations": [[3, 2, "2026-11-21T12:00:00Z", "apply on", ["on=1.0"]]],
    "GetHistory": [[1, "apply", "on=1.0", "done", "It is in.", 0, "sh", 5, 3]],
}
# Arguments, exit status, and what -q prints of it.
VERBS: dict[str, tuple[list[str], int, str]] = {
    "status": ([], 0, ""),
    "list": ([], 0, "demo=1.0\non=1.0\n"),
    "info": (["demo"], 0, ""),
    "cve": (["CVE-2026-1"], 70, ""),
    "feeds": ([], 0, "shop\n"),
    "check": ([], 4, ""),
    "uname": ([], 0, "6.1.0-99-amd64\n"),
    "doctor": ([], 0, ""),
    "reboot-advice": ([], 1, ""),
    "metrics": ([], 0, ""),
    "refresh": (["shop"], 0, ""),
    "import": (["some.ko"], 0, ""),
    "apply": (["demo"], 0, ""),
    "load": (["demo"], 0, ""),
    "unload": (["on"], 0, ""),
    "install": (["demo"], 0, ""),
    "uninstall": (["demo"], 0, ""),
    "quarantine": ([], 0, "demo=1.0\n"),
    "rollback": (["on"], 0, ""),
    "generations": ([], 0, "3\n"),
    "history": ([], 0, ""),
    "hold": (["demo"], 0, ""),
    "unhold": (["demo"], 0, ""),
    "remove": (["demo"], 0, ""),
    "verify": (["demo"], 0, ""),
    "cancel": (["1000"], 0, ""),
    "force": (["demo"], 0, ""),
}
# These go on until somebody ends them; what they write are lines.
ENDLESS = ["monitor"]


def verbs_of_help(world) -> list[str]:
    rows = world.run("--help").out.split("\nVerbs:\n", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^  ([a-z-]+)", rows, re.MULTILINE)


@pytest.fixture
def busy(world, monkeypatch):
    (world.folder / "some.ko").touch()
    (world.folder / "some.manifest.json").touch()
    monkeypatch.chdir(world.folder)
    world.start_daemon(**SCENARIO)
    return world


def test_every_verb_is_here_and_in_the_schema(no_bus):
    verbs = verbs_of_help(no_bus)
    assert sorted(verbs) == sorted([*VERBS, *ENDLESS])
    assert sorted(SCHEMA["verbs"]) == sorted(verbs)
    for members in SCHEMA["verbs"].values():
        assert set(members) <= set(SCHEMA["properties"])


def test_schema_is_one_and_versioned():
    import jsonschema
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["format"] == {"const": 1} and SCHEMA["required"] == ["format"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"format": 1, "surprise": 1}, close(SCHEMA))


@pytest.mark.parametrize("verb", VERBS)
def test_reply(busy, verb):
    args, code, quietly = VERBS[verb]
    result = busy.run(verb, *args, "--json", "--yes") if verb == "apply" else busy.run(verb, *args, "--json")
    assert (result.code, result.err) == (code, ""), result.out
    reply = check_schema(result.json)
    assert set(reply) == {"format", *SCHEMA["verbs"][verb]}
    result = busy.run(verb, *args, "-q", *(["--yes"] if verb == "apply" else []))
    assert (result.code, result.out, result.err) == (code, quietly, "")


@pytest.mark.parametrize("verb", VERBS)
def test_reply_that_is_an_error(no_bus, verb, monkeypatch):
    """Without a bus; what can be refused before that is."""
    monkeypatch.chdir(no_bus.folder)
    result = no_bus.run(verb, *VERBS[verb][0], "--json")
    error = check_schema(result.json)["error"]
    name = error["name"].rsplit(".", 1)[1]
    expected = 4 if verb == "check" else next(code for row, code, _ in TABLE if row == name)
    assert (result.code, result.sentence) == (expected, error["message"])
    assert set(result.json) <= {"format", "error", *SCHEMA["verbs"][verb], *SCHEMA["failed"].get(verb, [])}


@pytest.mark.parametrize("verb", ENDLESS)
def test_lines(busy, verb):
    process = busy.spawn(verb, "--json")
    line = process.stdout.readline()
    assert set(check_schema(json.loads(line))) == {"format", *SCHEMA["verbs"][verb]}
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
