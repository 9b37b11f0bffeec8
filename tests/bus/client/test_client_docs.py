# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The command lines in the guides and in README.md are ones that the programs take, and links lead somewhere."""

import functools
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from client_world import BUILD, PATIENCE, ROOT

PROGRAMS = {"kpatchctl": BUILD / "src/client/kpatchctl", "kpatch-feed": BUILD / "src/feed/kpatch-feed"}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMAND = re.compile(r"(?:sudo )?((?:kpatchctl|kpatch-feed)(?: .*)?)$")
INLINE = re.compile(r"`((?:kpatchctl|kpatch-feed) [^`]*)`")


def lines_of(text: str) -> list[str]:
    """Of code, with those joined that go on in the next one. Of a transcript only what was typed: it begins with "$"."""
    lines, fenced = [], False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif line.startswith("$ " if fenced else "    "):
            lines.append(line.removeprefix("$").strip())
    return "\n".join(lines).replace("\\\n", " ").splitlines()


def find(line: str) -> list[str]:
    """The commands in a line, without what the shell makes of them."""
    parts = re.split(r"\|\||&&|[|;>]|\$\(", line)
    return [match[1] for part in parts if (match := COMMAND.match(part.strip()))]


def commands(page: Path) -> list[str]:
    text = page.read_text()
    found = [command for line in lines_of(text) for command in find(line)]
    # What the programs print begins with their names, too.
    return [c for c in found + INLINE.findall(text.replace("\n", " ")) if not re.match(r"\S+: ", c)]


@functools.cache
def help_of(program: str, *verb: str) -> str:
    done = subprocess.run([PROGRAMS[program], *verb, "--help"], capture_output=True, text=True, timeout=PATIENCE)
    return done.stdout if done.returncode == 0 else ""


def verbs_of(program: str) -> set[str]:
    return set(re.findall(r"^  ([a-z][a-z-]+) ", help_of(program), re.MULTILINE))


def complaint(command: str) -> str | None:
    program, *words = shlex.split(command, comments=True)
    verb = next((word for word in words if not word.startswith("-")), None)
    if verb and verb not in verbs_of(program):
        return f"no verb {verb}"
    options = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", help_of(program, *([verb] if verb else []))))
    wrong = [word for word in words if re.match(r"--?[a-z]", word) and word.split("=")[0] not in options]
    return f"no option {wrong[0]}" if wrong else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_are_taken(page):
    wrong = {command: why for command in commands(page) if (why := complaint(command))}
    assert wrong == {}


def test_commands_were_found():
    """And what is wrong would be."""
    assert sum(len(commands(page)) for page in PAGES) > 100
    assert complaint("kpatchctl aply fix") == "no verb aply"
    assert complaint("kpatchctl list --all") == "no option --all"
    assert complaint("kpatch-feed sign --kee a.key root.json") == "no option --kee"
    assert complaint("kpatchctl rollback --to 7 # back") is None
    assert find("kpatchctl check || sudo kpatchctl frob > x") == ["kpatchctl check", "kpatchctl frob"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(((?!\w+:)[^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_links_of_what_is_packaged_lead_somewhere():
    """README.md and the guides stand in the package as here: its list of files is what dh_install(1) reads."""
    flat = (ROOT / "debian/kpatchd.docs").read_text().split("\n")
    rows = [line.split() for line in (ROOT / "debian/kpatchd.install").read_text().splitlines()]
    placed = {Path(row[1]).relative_to("usr/share/doc/kpatchd") / file.name
              for row in rows if len(row) == 2 and row[1].startswith("usr/share/doc/kpatchd") for file in ROOT.glob(row[0])}
    links = re.findall(r"\]\(((?!\w+:)[^)#]+)", (ROOT / "README.md").read_text())
    assert len(links) > 10 and [link for link in links if link not in flat and Path(link) not in placed] == []
    assert "dh_compress -X.md" in (ROOT / "debian/rules").read_text()
