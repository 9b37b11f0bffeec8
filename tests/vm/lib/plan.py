# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which tests there are, on which kernels each runs, and which of them share a boot."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import kernel, script
from .common import SOURCE

TESTS = SOURCE / "tests"
RUNNER = TESTS / "vm/run"
# Folders of tests that run on the host and start guests themselves.
ON_HOST = ("self", "demo")


@dataclass(frozen=True)
class Test:
    """A script on one kernel; without one it runs on the host and starts guests itself."""

    name: str
    path: Path
    kernel: str | None

    @property
    def log_name(self) -> str:
        return self.name.replace("/", "-") + ".log"


@dataclass
class Job:
    """What one process runs: a test, or several one after the other, in one boot where they can."""

    tests: list[Test] = field(default_factory=list)

    def command(self, logs: Path) -> list[str]:
        """With several tests, their outputs go to numbered files in `logs` and their results to standard output."""
        first = self.tests[0]
        if first.kernel is None:
            return [str(first.path)]
        several = ["--one-boot", "--logs", str(logs)] if len(self.tests) > 1 else []
        return [str(RUNNER), "--no-rebuild", "--kernel", first.kernel, *several, *(str(test.path) for test in self.tests)]


def plan(names: list[str], only_kernel: str | None) -> list[Job]:
    """The jobs, first those that may take longest. Names select tests that have one of them in theirs."""
    alone: list[tuple[int, Job]] = []
    together: dict[str, list[tuple[bool, Test]]] = {}
    for test, read in _tests(only_kernel):
        if names and not any(name in test.name for name in names):
            continue
        if test.kernel is None or len(read.kernels) == 1 or read.then:
            alone.append((sum(one.limit for one in [read, *read.then]), Job([test])))
        else:
            # What needs a boot of its own comes last, not between the others.
            together.setdefault(test.kernel or "", []).append((bool(read.append or read.smp or read.mem), test))
    shared = [Job([test for _, test in sorted(tests, key=lambda entry: entry[0])]) for tests in together.values()]
    return [*shared, *(job for _, job in sorted(alone, key=lambda entry: -entry[0]))]


def _tests(only_kernel: str | None) -> Iterator[tuple[Test, script.Script]]:
    for path in _scripts():
        read = script.read(path)
        name = _name(path)
        if path.parent.name in ON_HOST:
            if only_kernel is None:
                yield Test(name, path, None), read
            continue
        for version in _kernels(read, only_kernel):
            # The kernel is part of the name where there could be another.
            full = f"{name}@{version}" if len(read.kernels) > 1 or only_kernel else name
            yield Test(full, path, version), read


def _kernels(read: script.Script, only: str | None) -> list[str]:
    """Without `only` all that are packages; a kernel that someone has to build is for whoever asks for it."""
    if only is None:
        return [version for version in read.kernels if not kernel.SERIES[version].maker]
    # Whatever runs on several kernels is about the kernel, and of interest on any.
    return [only] if only in read.kernels or (kernel.SERIES[only].maker and len(read.kernels) > 1) else []


def _scripts() -> list[Path]:
    """The runner's own tests first, as they have more boots than their heads say; the others by name."""
    return [*sorted(TESTS.glob("self/test-*.sh")), *sorted(TESTS.glob("demo/test-*.sh")), *sorted(TESTS.glob("vm/test-*.sh")),
            *sorted(TESTS.glob("vm/*/test-*.sh"))]


def _name(path: Path) -> str:
    """tests/vm/kernel/test-apply.sh is kernel/apply."""
    relative = path.relative_to(TESTS).with_suffix("")
    return str(relative).removeprefix("vm/").replace("test-", "", 1)
