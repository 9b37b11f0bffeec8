# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""A script to run in the guest: the file, its arguments, and what its head says to the runner.

Head lines are comments of the form `# vm: KEY VALUE` before the first line of code.
"""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from . import kernel, source
from .common import RunnerError

LIMIT_SECONDS = 300
HEAD_LINE = re.compile(r"^# vm: (\S+)\s*(.*)$")


@dataclass
class Script:
    """One boot's script. Fields that are None leave the runner's options in force."""

    path: Path
    arguments: list[str] = field(default_factory=list)
    timeout: int | None = None
    smp: int | None = None
    mem: int | None = None
    # What the suite runs it on.
    kernels: list[str] = field(default_factory=lambda: [kernel.DEFAULT])
    # The kernel of its boot, where that is another than the run's.
    boots: str | None = None
    append: list[str] = field(default_factory=list)
    copies: list[Path] = field(default_factory=list)
    # The guest is without the project, and has its Debian packages, and what DKMS wants, instead.
    packages: bool = False
    # What becomes modules for the guest: folders of the tree, and, as text, patterns of files of the kernel's source.
    modules: list[str | Path] = field(default_factory=list)
    # A panic is how this script ends; the pattern is looked for in the panic's line.
    expect_panic: re.Pattern[str] | None = None
    expect_reports: list[re.Pattern[str]] = field(default_factory=list)
    # What follows on the same disk.
    then: list["Script"] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def limit(self) -> int:
        """For how many seconds it may run, with its boot."""
        return self.timeout or LIMIT_SECONDS


def from_words(given: list[str]) -> list[Script]:
    """The scripts of a command line, each followed by those that its head names."""
    scripts = []
    for word in given:
        script = _read(_split(word, Path.cwd()), Path.cwd())
        scripts += [script, *script.then]
    return scripts


def _split(word: str, folder: Path) -> list[str]:
    """A word is a script's path, or, where there is no such file, a path and arguments in shell quoting."""
    if (folder / word).is_file():
        return [word]
    try:
        words = shlex.split(word)
    except ValueError as error:
        raise RunnerError(f"cannot read {word!r}: {error}") from error
    if not words:
        raise RunnerError("the name of a script is empty")
    return words


def read(path: Path) -> Script:
    """One script, with what its head says."""
    return _read([str(path)], Path.cwd())


def _read(words: list[str], folder: Path, *, follow: bool = True) -> Script:
    path = (folder / words[0]).resolve()
    if not path.is_file():
        raise RunnerError(f"there is no script {words[0]}")
    script = Script(path, words[1:])
    for number, line in enumerate(_head(path), start=1):
        if match := HEAD_LINE.match(line):
            try:
                _take(script, match[1], match[2].strip(), follow)
            except (ValueError, re.error) as error:
                raise RunnerError(f"{path.name}, line {number}: '{line}' is wrong: {error}") from error
    return script


def _head(path: Path) -> list[str]:
    """The comment lines at the start of a script; none of a file that is no text."""
    lines = []
    with path.open("rb") as file:
        for raw in file:
            line = raw.decode(errors="replace").rstrip("\n")
            if line and not line.startswith("#"):
                break
            lines.append(line)
    return lines


def _take(script: Script, key: str, value: str, follow: bool) -> None:
    match key:
        case "timeout":
            script.timeout = _positive(value)
        case "smp":
            script.smp = _positive(value)
        case "mem":
            script.mem = _positive(value)
        case "packages":
            script.packages = True
        case "kernels":
            script.kernels = value.split()
            if not script.kernels or not set(script.kernels) <= set(kernel.CHOICES):
                raise ValueError(f"it wants some of {' '.join(kernel.CHOICES)}")
        case "boots":
            script.boots = value
            if value not in kernel.CHOICES:
                raise ValueError(f"it wants one of {' '.join(kernel.CHOICES)}")
        case "append":
            script.append.append(value)
        case "copy":
            script.copies += [_existing(script.path.parent / word) for word in shlex.split(value)]
        case "modules":
            script.modules += [word if word.startswith(source.MARK) else _existing(script.path.parent / word)
                               for word in shlex.split(value)]
        case "expect-panic":
            script.expect_panic = re.compile(value)
        case "expect-warn":
            if not value:
                raise ValueError("it needs a pattern")
            script.expect_reports.append(re.compile(value))
        case "then":
            if follow:
                folder = script.path.parent
                script.then.append(_read(_split(value, folder), folder, follow=False))
        case _:
            raise ValueError("there is no such key")


def _positive(value: str) -> int:
    number = int(value)
    if number < 1:
        raise ValueError("it must be at least 1")
    return number


def _existing(path: Path) -> Path:
    if not path.exists():
        raise ValueError(f"there is no {path.name}")
    return path.resolve()
