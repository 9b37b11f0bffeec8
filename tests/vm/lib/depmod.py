# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The lists by which modprobe finds modules: the kernel's own and ours in one."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from .common import command
from .kernel import Kernel


def index(kernel: Kernel, updates: Iterable[Path], out: Path) -> None:
    """Write to `out` the modules.* of the kernel with more modules in its folder `updates`."""
    out.mkdir()
    # depmod wants one tree, on the kernel's file system: links stand in for its modules.
    with tempfile.TemporaryDirectory(dir=kernel.root.parent, prefix=".depmod-") as scratch:
        tree = Path(scratch) / "lib/modules" / kernel.release
        shutil.copytree(kernel.modules / "kernel", tree / "kernel", copy_function=os.link)
        for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
            shutil.copy(kernel.modules / name, tree)
        (tree / "updates").mkdir()
        for module in updates:
            shutil.copy(module, tree / "updates")
        command(["depmod", "--basedir", scratch, kernel.release], "depmod")
        for made in tree.glob("modules.*"):
            shutil.copy(made, out)
