# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""org.kpatchd1(5) says what the sources say."""

import re
from pathlib import Path
from xml.etree import ElementTree

SOURCE = Path(__file__).resolve().parents[3]
PAGE = (SOURCE / "docs/man/org.kpatchd1.5").read_text()
INTERFACES = {i.get("name"): i for i in ElementTree.parse(SOURCE / "dbus/org.kpatchd1.xml").getroot()}


def section(name: str) -> str:
    return re.search(rf"^\.Sh {re.escape(name)}\n(.*?)(?=^\.Sh |\Z)", PAGE, re.MULTILINE | re.DOTALL)[1]


def test_every_failure_has_its_name_and_exit_status():
    table = re.findall(r'^ +ROW\((\w+), +"(\w+)", +\w+, +(\d+),', (SOURCE / "src/shared/failure.c").read_text(),
                       re.MULTILINE)
    known = {name: int(code) for kind, name, code in table if kind != "NONE"}
    listed = re.findall(r"^\.It Sy (\w+) Pq (\d+)$", section("ERROR NAMES"), re.MULTILINE)
    assert len(known) > 40 and len(listed) == len({name for name, _ in listed})
    assert {name: int(code) for name, code in listed} == known


def test_every_member_is_described():
    for name, interface in INTERFACES.items():
        text = section(name.upper())
        methods = set(re.findall(r"^\.It Fn (\w+)", text, re.MULTILINE))
        properties = dict(re.findall(r"^\.It Va (\w+) Pq (\S+)$", text, re.MULTILINE))
        assert methods == {m.get("name") for m in interface if m.tag in ("method", "signal")}, name
        assert properties == {p.get("name"): p.get("type") for p in interface.iter("property")}, name


def test_every_step_is_described():
    steps = set(re.findall(r'^ +\{ "([a-z-]+)", +"[A-Z]', "".join(
        path.read_text() for path in (SOURCE / "src/daemon").glob("operation-*.c")), re.MULTILINE))
    assert len(steps) > 10
    text = section("ORG.KPATCHD1.JOB")
    assert steps <= set(re.findall(r"^\.Ql ([a-z-]+)", text, re.MULTILINE)), "org.kpatchd1(5) lacks some"


def test_every_action_is_described():
    policy = ElementTree.parse(SOURCE / "dbus/org.kpatchd1.policy").getroot()
    actions = {action.get("id") for action in policy.iter("action")}
    assert actions == set(re.findall(r"^\.Sy (org\.kpatchd1\.[a-z-]+) ?[.,]?$", PAGE, re.MULTILINE)) & actions
