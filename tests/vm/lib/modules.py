# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatch_core, the sample patches and the test patches, built for the guest's kernel."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import depmod
from .common import SOURCE, command, note
from .kernel import Kernel

CORE = SOURCE / "src/kmod-core"
KIT = SOURCE / "src/kmod-patch"
# Modules that patches are made for: built first, as their build-ids go into the patches.
TARGETS = SOURCE / "tests/vm/kernel/targets"
# Folders with one patch module in each subfolder, and where they go in the guest.
PATCHES = ((SOURCE / "samples", "usr/share/kpatchd/samples"),
           (SOURCE / "tests/vm/kernel/patches", "usr/lib/kpatchd-test/patches"),
           (SOURCE / "tests/bench/kernel", "usr/lib/kpatchd-test/bench"))
# Changes with what a folder of built modules holds.
LAYOUT = 3


@dataclass(frozen=True)
class Module:
    """A built module (or a list of modules), and the folder of the guest's file system that it goes to."""

    file: Path
    folder: str


def get(kernel: Kernel, cache: Path) -> list[Module]:
    """Build what the tree has of modules, unless the same sources were built already."""
    if not (CORE / "Makefile").exists():
        return []
    key = _key(kernel)
    built = cache / "modules" / f"{kernel.release}-{key}"
    if not built.is_dir():
        built.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=built.parent, prefix=".new-") as scratch:
            note(f"building the kernel modules for {kernel.release}")
            _build(kernel, Path(scratch))
            finished = built.parent / f".finished-{key}"
            shutil.rmtree(finished, ignore_errors=True)
            shutil.copytree(scratch, finished)
            finished.rename(built)
        _forget_others(built, kernel)
    home = f"usr/lib/modules/{kernel.release}"
    modules = [Module(file, f"{home}/updates") for file in sorted(built.glob("core/*.ko"))]
    modules += [Module(file, home) for file in sorted(built.glob("index/*"))]
    modules += [Module(file, "usr/lib/kpatchd-test/targets") for file in sorted(built.glob("targets/*/*.ko"))]
    for number, (_, folder) in enumerate(PATCHES):
        modules += [Module(file, folder) for file in sorted(built.glob(f"patches-{number}/*/*.ko"))]
    return modules


def _build(kernel: Kernel, out: Path) -> None:
    """The one place that knows how the modules' makefiles are called."""
    variables = [f"KDIR={kernel.kdir}", f"VMLINUZ={kernel.vmlinuz}"]
    command(["make", "-C", CORE, *variables, f"OUT={out / 'core'}"], "building kpatch_core")
    depmod.index(kernel, out.glob("core/*.ko"), out / "index")
    for makefile in sorted(TARGETS.glob("*/Makefile")):
        command(["make", "-C", makefile.parent, *variables, f"OUT={out / 'targets' / makefile.parent.name}"],
                f"building the module {makefile.parent.name}")
    variables += [f"CORE={out / 'core'}", f"MODULES={out / 'targets'}"]
    calls = [(["make", "-C", makefile.parent, *variables, f"OUT={out / f'patches-{number}' / makefile.parent.name}"],
              f"building the patch {makefile.parent.name}")
             for number, (folder, _) in enumerate(PATCHES) for makefile in sorted(folder.glob("*/Makefile"))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for built in [pool.submit(command, *call) for call in calls]:
            built.result()


def _sources() -> Iterator[Path]:
    for folder in (CORE, KIT, TARGETS, *(folder for folder, _ in PATCHES)):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in ("", ".c", ".h", ".S", ".mk", ".in") and not path.name.startswith("."):
                yield path


def _key(kernel: Kernel) -> str:
    digest = hashlib.sha256(f"{kernel.kdir} {LAYOUT}".encode())
    for path in _sources():
        digest.update(f"\n{path.relative_to(SOURCE)} {path.stat().st_mode & 0o111}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _forget_others(built: Path, kernel: Kernel) -> None:
    for other in built.parent.glob(f"{kernel.release}-*"):
        if other != built:
            shutil.rmtree(other, ignore_errors=True)
