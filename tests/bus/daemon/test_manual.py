# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual pages of the daemon say what the sources and the program say."""

import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

from world import BUILD

SOURCE = Path(__file__).resolve().parents[3]
MANUAL = SOURCE / "docs/man"
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


OPERATIONS = "".join(path.read_text() for path in (SOURCE / "src/daemon").glob("operation-*.c"))
JOB = re.search(r'<interface name="org.kpatchd1.Job">.*?</interface>',
                (SOURCE / "dbus/org.kpatchd1.xml").read_text(), re.DOTALL)[0]


def listed(property: str) -> set[str]:
    """The words of a property's description in the interface's source."""
    return set(re.findall(r"[a-z-]+", re.search(rf"<!--\s+{property}: (.*?)-->", JOB, re.DOTALL)[1]))


def test_every_step_is_described():
    steps = set(re.findall(r'^ +\{ "([a-z-]+)", +"[A-Z]', OPERATIONS, re.MULTILINE))
    assert len(steps) > 10
    text = section("ORG.KPATCHD1.JOB")
    assert steps <= set(re.findall(r"^\.Ql ([a-z-]+)", text, re.MULTILINE)), "org.kpatchd1(5) lacks some"
    assert steps <= listed("Step"), "org.kpatchd1.xml lacks some"


def test_every_kind_is_described():
    kinds = set(re.findall(r'\.name = "([a-z-]+)",\n +\.polkit_action', OPERATIONS))
    assert len(kinds) > 10
    text = section("ORG.KPATCHD1.JOB").split("It Va Kind ")[1].split(".It ")[0]
    assert kinds == set(re.findall(r"^\.Ql ([a-z-]+)", text, re.MULTILINE)), "org.kpatchd1(5)"
    assert kinds == listed("Kind") - {"or"}, "org.kpatchd1.xml"


def test_every_action_is_described():
    policy = ElementTree.parse(SOURCE / "dbus/org.kpatchd1.policy").getroot()
    actions = {action.get("id") for action in policy.iter("action")}
    assert actions == set(re.findall(r"^\.Sy (org\.kpatchd1\.[a-z-]+) ?[.,]?$", PAGE, re.MULTILINE)) & actions


def test_options_of_kpatchd():
    text = subprocess.run([BUILD / "src/daemon/kpatchd", "--help"], capture_output=True, text=True, check=True).stdout
    options = {word for line in re.findall(r"^  (-\S.*)$", text, re.MULTILINE)
               for word in re.findall(r"(?<!\S)--?[a-z-]+", line)}
    rows = re.findall(r"^\.It Fl (.+)$", (MANUAL / "kpatchd.8").read_text(), re.MULTILINE)
    assert len(options) == 6
    assert {f"-{option}" for row in rows for option in row.split(" , ")} == options


def test_settings():
    """kpatchd.conf(5) has each setting in its section, and with it what counts where nothing is said."""
    page = (MANUAL / "kpatchd.conf.5").read_text()
    described = set(re.findall(r"\bSy ([A-Z]\w+) Ns = ", page))
    source = (SOURCE / "src/daemon/config-file.c").read_text()
    table = re.findall(r'ROW\("(\w+)", +"(\w+)",.*, (\d+)\),', source)
    table += [(*row, "none") for row in re.findall(r'\{ \.section = "(\w+)", \.name = "(\w+)"', source)]
    feed = set(re.findall(r'^ +\{ "([A-Z]\w+)", set_', (SOURCE / "src/daemon/feed.c").read_text(), re.MULTILINE))
    assert len(table) > 10 and len(feed) > 10
    assert described == {name for _, name, _ in table} | feed
    for section, name, usual in table:
        text = re.search(rf"^\.S[hs] .*\[?{section}\]?.*?(?=^\.S[hs] |\Z)", page, re.MULTILINE | re.DOTALL)
        assert text and f"Sy {name} " in text[0], f"{section}.{name}"
        item = text[0].split(f"Sy {name} ", 1)[1].split("\n.It ", 1)[0]
        assert re.search(rf"\b{usual}\b", item), f"{name}: {usual} is not said"


def test_every_page_is_installed_and_linted():
    pages = {path.name for path in MANUAL.iterdir()}
    installed = set(re.findall(r"'man/([\w.-]+)'", (SOURCE / "docs/meson.build").read_text()))
    assert pages == installed >= {"kpatchctl.1", "kpatch-feed.1", "kpatchd.8", "kpatchd.conf.5", "org.kpatchd1.5",
                                  "kpatchd-feed.7"}
