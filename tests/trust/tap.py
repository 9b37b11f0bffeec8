# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of trust share: TAP, and running kpatch-feed in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

EPOCH = "1795219200"  # 2026-11-21


class Feed:
    """kpatch-feed, in a folder that holds keys, a root, a module and a signed manifest."""

    def __init__(self, program: Path, make_module: Path, folder: Path) -> None:
        self.program = program
        self.make_module = make_module
        self.folder = folder

    def run(self, *args: str, expect: int = 0, **env: str) -> str:
        """Standard output, or standard error of a call that is to fail."""
        done = subprocess.run([self.program, *args], cwd=self.folder, text=True, capture_output=True, check=False,
                              env={"PATH": os.environ["PATH"], "SOURCE_DATE_EPOCH": EPOCH, **os.environ, **env})
        assert done.returncode == expect, f"{args}: exit {done.returncode}, not {expect}: {done.stderr}"
        if expect != 0:
            lines = done.stderr.splitlines()
            assert len(lines) == 1 and lines[0].startswith("kpatch-feed: "), f"not one sentence: {done.stderr!r}"
            assert done.stdout == "", f"output of a failure: {done.stdout!r}"
        return done.stdout if expect == 0 else done.stderr

    def module(self, kind: str, name: str) -> str:
        subprocess.run([self.make_module, kind, self.folder / name], check=True)
        return name

    def manifest(self, out: str, *more: str, module: str = "demo.ko") -> str:
        self.run("manifest", module, "--id", "demo", "--version", "1.0", "--title", "Demonstrate a fix: ä",
                 *more, "--out", out)
        return out

    def prepare(self) -> None:
        for role in ("root", "patch", "other"):
            self.run("keygen", f"{role}.pem")
        self.run("root", "--key", "root=root.pem.pub", "--key", "patch=patch.pem.pub", "--expires", "2099-01-01",
                 "--out", "root.json")
        self.run("sign", "--key", "root.pem", "--type", "root", "root.json", "--out", "demo.root.json")
        self.module("core", "demo.ko")
        self.manifest("manifest.json")
        self.run("sign", "--key", "patch.pem", "--type", "manifest", "manifest.json", "--out", "manifest.dsse")

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def write(self, name: str, data: bytes) -> str:
        (self.folder / name).write_bytes(data)
        return name


def main(tests: list[Callable[[Feed], None]]) -> None:
    """Runs each test in a fresh folder. Arguments: kpatch-feed and make-module."""
    program, make_module = (Path(argument).resolve() for argument in sys.argv[1:3])
    failed = 0
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        name = test.__name__.removeprefix("test_")
        with tempfile.TemporaryDirectory(prefix="kpatchd-trust-") as folder:
            feed = Feed(program, make_module, Path(folder))
            try:
                feed.prepare()
                test(feed)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"not ok {number} - {name}")
                print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="")
            else:
                print(f"ok {number} - {name}")
        sys.stdout.flush()
    sys.exit(1 if failed else 0)
