# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatch_core, the sample patches and the test patches, built for the guest's kernel."""

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import depmod, toolchain
from .common import SOURCE, RunnerError, command, note
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
LAYOUT = 4
UNUSED_SECONDS = 6 * 3600
# What objtool, modpost or the compiler has to say is a failure; of the compiler's version the kernel itself complains.
COMPLAINT = re.compile(r"objtool: |^(WARNING|ERROR): modpost|\.[chS]:\d+(:\d+)?: warning: ")


@dataclass(frozen=True)
class Module:
    """A built module (or a list of modules), and the folder of the guest's file system that it goes to."""

    file: Path
    folder: str


def get(kernel: Kernel, cache: Path) -> list[Module]:
    """What the guest gets of modules, built where that was not done before."""
    built = build(kernel, cache)
    home = f"usr/lib/modules/{kernel.release}"
    modules = [Module(file, f"{home}/updates") for file in sorted(built.glob("core/*.ko"))]
    modules += [Module(file, home) for file in sorted(built.glob("index/*"))]
    modules += [Module(file, "usr/lib/kpatchd-test/targets") for file in sorted(built.glob("targets/*/*.ko"))]
    for number, (_, folder) in enumerate(PATCHES):
        modules += [Module(file, folder) for file in sorted(built.glob(f"patches-{number}/*/*.ko"))]
    return modules


def get_beside(kernel: Kernel, cache: Path) -> list[Module]:
    """What a guest that was made for another kernel gets, too: the core, and the samples in a folder of this kernel's."""
    built = build(kernel, cache)
    home = f"usr/lib/modules/{kernel.release}"
    return [*(Module(file, f"{home}/updates") for file in sorted(built.glob("core/*.ko"))),
            *(Module(file, home) for file in sorted(built.glob("index/*"))),
            *(Module(file, f"usr/lib/kpatchd-test/{kernel.version}") for file in sorted(built.glob("patches-0/*/*.ko")))]


def build(kernel: Kernel, cache: Path) -> Path:
    """Build what the tree has of modules, unless the same sources were built already; return their folder."""
    key = _key(kernel)
    built = cache / "modules" / f"{kernel.release}-{key}"
    if not built.is_dir():
        built.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=built.parent, prefix=".new-") as scratch:
            note(f"building the kernel modules for {kernel.release}")
            _build(kernel, cache, Path(scratch) / "built")
            # Another tree with the same sources may have been faster.
            with contextlib.suppress(OSError):
                (Path(scratch) / "built").rename(built)
    os.utime(built)
    _forget_unused(built)
    return built


def _build(kernel: Kernel, cache: Path, out: Path) -> None:
    variables = make_variables(kernel)
    make(kernel, cache, CORE, [*variables, f"OUT={out / 'core'}"])
    depmod.index(kernel, out.glob("core/*.ko"), out / "index")
    for makefile in sorted(TARGETS.glob("*/Makefile")):
        make(kernel, cache, makefile.parent, [*variables, f"OUT={out / 'targets' / makefile.parent.name}"])
    variables += [f"CORE={out / 'core'}", f"MODULES={out / 'targets'}"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for built in [pool.submit(make, kernel, cache, makefile.parent,
                                  [*variables, f"OUT={out / f'patches-{number}' / makefile.parent.name}"])
                      for number, (folder, _) in enumerate(PATCHES) for makefile in sorted(folder.glob("*/Makefile"))]:
            built.result()


def make_variables(kernel: Kernel) -> list[str]:
    """What the modules' makefiles must be told about a kernel."""
    return [f"KDIR={kernel.kdir}", f"VMLINUZ={kernel.vmlinuz}"]


def make(kernel: Kernel, cache: Path, folder: Path, variables: list[str]) -> None:
    """Run a module's makefile; a warning is a failure, also one of those that kbuild gives with W=1."""
    what = f"building {folder.name} for {kernel.release}"
    printed = command([*toolchain.prefix(kernel, cache, folder), "make", *variables, "W=1"], what, errors_too=True)
    complaints = [line for line in printed.splitlines() if COMPLAINT.search(line)]
    if complaints:
        raise RunnerError("\n".join((f"{what} is not without warnings:", *complaints)))


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


def _forget_unused(built: Path) -> None:
    """Remove what no run asked for in a while; several trees may share the cache."""
    for other in built.parent.glob("*"):
        if other != built and time.time() - other.stat().st_mtime > UNUSED_SECONDS:
            shutil.rmtree(other, ignore_errors=True)
