# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The initramfs: a static busybox, the dozen modules that reach the disk, and guest/init."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from .common import GUEST, RunnerError, command
from .kernel import Kernel

BUSYBOX = Path("/bin/busybox")
APPLETS = ("sh", "mount", "insmod", "tar", "switch_root", "sleep", "echo")
MODULES = ("virtio_pci", "virtio_blk", "virtio_console", "crc32c_generic", "crc32c_intel", "ext4")
# What ext4 asks for by name: newer kernels have it built in, as a library.
OPTIONAL = ("crc32c_generic", "crc32c_intel")


def get(kernel: Kernel, cache: Path) -> Path:
    """Return the initramfs for a kernel, making it when its content changed."""
    init = GUEST / "init"
    content = f"{kernel.release} {MODULES} {APPLETS}\n{init.read_text()}"
    key = hashlib.sha256(content.encode()).hexdigest()[:16]
    result = cache / "initramfs" / f"{kernel.version}-{key}.cpio"
    if not result.exists():
        result.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=result.parent, prefix=".new-") as scratch:
            _make(kernel, init, Path(scratch), result)
    return result


def _make(kernel: Kernel, init: Path, work: Path, result: Path) -> None:
    tree = work / "tree"
    for name in ("bin", "dev", "proc", "sys", "root", "modules"):
        (tree / name).mkdir(parents=True)
    shutil.copy(BUSYBOX, tree / "bin/busybox")
    for applet in APPLETS:
        (tree / "bin" / applet).symlink_to("busybox")
    shutil.copy(init, tree / "init")
    (tree / "init").chmod(0o755)
    for number, module in enumerate(_in_load_order(kernel)):
        # The shell's glob sorts: the number is the order.
        copy = tree / "modules" / f"{number:02}-{Path(module).name}"
        shutil.copy(kernel.modules / module, copy)
        # Busybox loads what is not packed.
        if copy.suffix == ".xz":
            command(["xz", "--decompress", copy], f"unpacking {copy.name}")
    archive = work / "initramfs.cpio"
    command(["sh", "-c", 'cd "$1" && find . | cpio --quiet -o -H newc -R 0:0 > "$2"', "cpio", tree, archive],
            "making the initramfs")
    os.rename(archive, result)


def _in_load_order(kernel: Kernel) -> list[str]:
    """The files of MODULES and of all they depend on, the depended on first."""
    depends: dict[str, list[str]] = {}
    by_name: dict[str, str] = {}
    for line in (kernel.modules / "modules.dep").read_text().splitlines():
        path, _, needs = line.partition(":")
        depends[path] = needs.split()
        by_name[_name(path)] = path
    builtin = {_name(line)
               for line in (kernel.modules / "modules.builtin").read_text().splitlines()}
    order: list[str] = []
    for name in MODULES:
        if name in builtin or (name in OPTIONAL and name not in by_name):
            continue
        if name not in by_name:
            raise RunnerError(f"kernel {kernel.release} has no module {name}, without which the guest cannot boot")
        # modules.dep lists the nearest first: what is needed earliest is last.
        for path in (*reversed(depends[by_name[name]]), by_name[name]):
            if path not in order:
                order.append(path)
    return order


def _name(path: str) -> str:
    """A module's name as the kernel has it."""
    return Path(path).name.removesuffix(".xz").removesuffix(".ko").replace("-", "_")
