# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Modules that a script's head asks for: of the kernel's own source, out of the archive's linux-source, and beside the script."""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from . import archive, toolchain
from .common import RunnerError, command, locked, note
from .kernel import Kernel
from .modules import Module

# A pattern of files of the kernel's source begins with it in a script's head; as tar has it, * is also for slashes.
MARK = "linux:"
FOLDER = "usr/lib/kpatchd-test/modules"
# Of the source's tar, in the package's tar, some files: nothing of the rest touches the disk.
UNPACK = """
set -eu
package=$1 archive=$2 tree=$3
shift 3
dpkg-deb --fsys-tarfile "$package" | tar --extract --to-stdout "./usr/src/$archive.tar.xz" |
        tar --extract --xz --directory "$tree" --strip-components=1 --wildcards "$@"
"""


def get(kernel: Kernel, cache: Path, folders: Sequence[str | Path]) -> list[Module]:
    """Each C file as a module: those of the kernel that a pattern has, and those of a folder, which may include them."""
    if not folders:
        return []
    version = _version(kernel)
    wanted = sorted({str(folder).removeprefix(MARK) for folder in folders if str(folder).startswith(MARK)})
    own = sorted({file for folder in folders if isinstance(folder, Path) for file in folder.glob("*.c")})
    key = [str(kernel.kdir), version, *wanted, *(f"{file.name}\n{file.read_text()}" for file in own)]
    with locked(cache / "lock"):
        # Beside the tree's own modules: what nobody asks for any more goes with those.
        built = cache / "modules" / f"{kernel.release}-source-{_digest(key)}"
        if not built.is_dir():
            tree = _tree(kernel, cache, version, wanted)
            _build(kernel, cache, built, [*sorted(tree.rglob("*.c")), *own])
        os.utime(built)
    return [Module(file, FOLDER) for file in sorted(built.glob("*.ko"))]


def _digest(words: list[str]) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]


def _version(kernel: Kernel) -> str:
    """The version of the packages that the kernel came with."""
    header = kernel.kdir / "include/generated/package.h"
    found = re.search(r'" Debian (\S+)"', header.read_text())
    if not found:
        raise RunnerError(f"the kernel {kernel.version} is not out of a package, and its source is not in the archive")
    return found[1]


def _tree(kernel: Kernel, cache: Path, version: str, wanted: list[str]) -> Path:
    """Those files of the kernel's source."""
    tree = cache / "sources" / f"linux-{version}-{_digest(wanted)}"
    if tree.is_dir():
        return tree
    tree.parent.mkdir(parents=True, exist_ok=True)
    name = f"linux-source-{kernel.version}"
    with tempfile.TemporaryDirectory(dir=tree.parent, prefix=".new-") as scratch:
        work = Path(scratch)
        (work / "tree").mkdir()
        note(f"downloading {name} {version}, of which {' '.join(wanted)} is unpacked")
        archive.opened(kernel.series.suite, cache).download_version(name, version, work)
        package = next(work.glob("*.deb"))
        command(["sh", "-c", UNPACK, "unpack", package, name, work / "tree", *(f"{name}/{pattern}" for pattern in wanted)],
                f"unpacking files of {name}")
        (work / "tree").rename(tree)
    return tree


def _build(kernel: Kernel, cache: Path, built: Path, files: list[Path]) -> None:
    note(f"building {len(files)} modules of the kernel's own source for {kernel.release}")
    with tempfile.TemporaryDirectory(dir=built.parent, prefix=".new-") as scratch:
        work = Path(scratch)
        for file in files:
            if (work / file.name).exists():
                raise RunnerError(f"two modules are called {file.stem}")
            shutil.copy(file, work)
        (work / "Kbuild").write_text(f"obj-m := {' '.join(f'{file.stem}.o' for file in files)}\n")
        command([*toolchain.prefix(kernel, cache, work), "make", "-C", kernel.kdir, f"M={work}", "modules"],
                f"building modules of the kernel's own source for {kernel.release}")
        done = work / "done"
        done.mkdir()
        for module in work.glob("*.ko"):
            module.rename(done / module.name)
        done.rename(built)
