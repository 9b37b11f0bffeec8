# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What zsh and fish offer, in the shells themselves; test_client_manual.py tries bash."""

import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import termios
import time
from collections.abc import Callable

import pytest
from client_world import KPATCHCTL, PATIENCE, ROOT, patch
from test_client_manual import help_options, help_rows

FOLDER = ROOT / "src/client/completion"
SCENARIO = {
    "patches": [patch("fix-a", "1", Title="The first"), patch("fix-a", "2", State="applied", Cves=["CVE-2026-0002"]),
                patch("fix-b", "1", Cves=["CVE-2026-0001"]), patch("mine", "", State="applied")],
    "feeds": [{"Name": "main"}], "ListCves": ["CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003"], "ListGenerations": [[12, 11, "", "apply x", []]],
    "jobs": [{"Kind": "apply", "Patch": "fix-b=1", "State": "running", "Step": "", "Progress": (0, 1, "")}],
}
LINES = {
    "kpatchctl app": {"apply"},
    "kpatchctl apply fix-": {"fix-a=1", "fix-b=1"},
    "kpatchctl rollback fix-": {"fix-a=2"},
    "kpatchctl info ": {"fix-a=1", "fix-a=2", "fix-b=1", "mine"},
    "kpatchctl cve ": {"CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003"},
    "kpatchctl apply --cve ": {"CVE-2026-0001"},
    "kpatchctl refresh ": {"main"},
    "kpatchctl cancel ": {"1000"},
    "kpatchctl --color=": {"always", "auto", "never"},
    "kpatchctl apply --policy ": {"gradual", "strict"},
    "kpatchctl rollback --to ": {"12"},
    "kpatchctl --color always roll": {"rollback"},
    "kpatchctl list --a": set(),
    "kpatchctl import --app": {"--apply"},
}


def environment(world) -> dict[str, str]:
    return world.env | {"PATH": f"{KPATCHCTL.parent}:{os.environ['PATH']}", "HOME": str(world.folder)}


@pytest.fixture
def fish(world):
    if not shutil.which("fish"):
        pytest.skip("fish is not installed")
    world.start_daemon(**SCENARIO)

    def offered(line: str) -> set[str]:
        done = subprocess.run(["fish", "-N", "-c", f"source {FOLDER}/kpatchctl.fish; complete -C '{line}'"],
                              env=environment(world), capture_output=True, text=True, timeout=PATIENCE, check=True,
                              cwd=world.folder)
        assert done.stderr == ""
        # it also offers what has the word in its midst
        words = {row.split("\t")[0] for row in done.stdout.splitlines()}
        typed = line.split(" ")[-1]
        prefix = typed if typed.endswith("=") else ""
        return {word.removeprefix(prefix) for word in words if word.startswith(typed)}

    return offered


# A key that has zsh complete the line and writes down what was offered. What is only being matched passes.
ZSHRC = """
fpath=({folder} $fpath)
autoload -U compinit && compinit -u -D
compadd() {{
    local -a found
    if [[ ${{@[(i)-[OAD]]}} -gt $# ]]; then
        builtin compadd -A found "$@"
        print -rl -- $found >> {file}
    fi
    builtin compadd "$@"
}}
list-all() {{ _main_complete; print -r -- end of it >> {file} }}
zle -C list-all list-choices list-all
bindkey '^D' list-all
LISTMAX=10000
"""


class Zsh:
    """An interactive zsh on a terminal."""

    def __init__(self, world) -> None:
        self.file = world.folder / "offered"
        (world.folder / ".zshrc").write_text(ZSHRC.format(folder=FOLDER, file=self.file))
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 250, 0, 0))
        self.process = subprocess.Popen(["zsh", "-d", "-i"], stdin=slave, stdout=slave, stderr=slave, cwd=world.folder,
                                        env=environment(world) | {"TERM": "dumb"}, start_new_session=True)
        os.close(slave)
        self.seen = ""
        # before it edits the line the key would be the terminal's end of file
        self.until(lambda: "\033[?2004h" in self.seen)

    def until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < deadline, self.seen
            if select.select([self.master], [], [], 0.02)[0]:
                self.seen += os.read(self.master, 65536).decode(errors="replace")

    def offered(self, line: str) -> set[str]:
        self.file.write_text("")
        os.write(self.master, f"{line}\x04".encode())
        self.until(lambda: "end of it\n" in self.file.read_text())
        os.write(self.master, b"\x15")
        return set(self.file.read_text().splitlines()) - {"end of it", ""}

    def close(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self.master)


@pytest.fixture
def zsh(world):
    if not shutil.which("zsh"):
        pytest.skip("zsh is not installed")
    world.start_daemon(**SCENARIO)
    shell = Zsh(world)
    yield shell.offered
    shell.close()


def check(world, offered) -> None:
    for line, words in LINES.items():
        assert offered(line) == words, line
    verbs = {row.split()[0] for row in help_rows(world.run("--help").out, "Verbs")}
    assert offered("kpatchctl ") == verbs
    options = {word.split("=")[0] for word in offered("kpatchctl -")}
    assert options >= {option for option in help_options() if option.startswith("--")}


def test_fish(world, fish):
    check(world, fish)


def test_zsh(world, zsh):
    check(world, zsh)


def test_scripts_are_well_formed():
    for shell, script in (("zsh", "_kpatchctl"), ("fish", "kpatchctl.fish"), ("bash", "kpatchctl.bash")):
        if shutil.which(shell):
            subprocess.run([shell, "-n", FOLDER / script], check=True, timeout=PATIENCE)
