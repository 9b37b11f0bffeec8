# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What modules for a kernel are built with: this machine's tools, or a small root of the kernel's own Debian."""

import os
import tempfile
from pathlib import Path

from . import archive
from .common import as_own_root, command, locked, note
from .kernel import Kernel

# Besides the compiler: what kbuild, the kit's makefiles and the checks of tests/lint/kmod call. The libraries are those
# that kbuild's own programs (objtool, modpost) are linked with.
PACKAGES = ("base-files", "bash", "binutils", "coreutils", "dash", "diffutils", "findutils", "gawk", "grep", "gzip",
            "kmod", "libelf1t64", "libssl3t64", "make", "sed", "sparse", "xz-utils", "zlib1g", "zstd")

# The packages are unpacked and not configured: what their scripts would have linked.
UNPACK = """
set -eu
tar --extract --file "$1" --directory "$2" --numeric-owner --exclude './dev/*'
ln -s gawk "$2/usr/bin/awk"
"""

# All that the root does not have itself is the machine's: sources and output have the same names inside.
# The mounts are in a namespace, gone with the command.
ENTER = """
set -eu
root=$1 folder=$2
shift 2
for host in /*; do
        [ -d "$host" ] && [ ! -L "$host" ] || continue
        case $host in /usr | /etc | /var | /boot | /lost+found) continue ;; esac
        mkdir -p "$root$host"
        mount --rbind "$host" "$root$host"
done
exec chroot "$root" /usr/bin/env --chdir="$folder" PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
"""


def prefix(kernel: Kernel, cache: Path, folder: Path) -> list[str]:
    """Words before a command that has it run, in a folder, where modules for a kernel can be built."""
    if not kernel.series.own_tools:
        return ["env", f"--chdir={folder}"]
    root = _root(kernel, cache)
    namespace = ["unshare", "--mount"] if os.geteuid() == 0 else [*as_own_root(), "--mount"]
    return [*namespace, "sh", "-c", ENTER, "enter", str(root), str(folder)]


def _root(kernel: Kernel, cache: Path) -> Path:
    """The root with the kernel's tools, made the first time."""
    root = (cache / "tools" / f"{kernel.version}-{kernel.compiler}").resolve()
    if not root.is_dir():
        with locked(cache / "tools.lock"):
            if not root.is_dir():
                _make(kernel, root)
    return root


def _make(kernel: Kernel, root: Path) -> None:
    suite = kernel.series.suite
    note(f"making a root of Debian {suite} with {kernel.compiler} to build modules in (half a minute, once)")
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=".new-") as scratch:
        tar, tree = Path(scratch) / "root.tar", Path(scratch) / "root"
        Path(scratch).chmod(0o755)
        tree.mkdir(mode=0o755)
        command(["mmdebstrap", "--quiet", "--variant=extract", f"--include={','.join((kernel.compiler, *PACKAGES))}",
                 "--aptopt=Acquire::Check-Valid-Until \"false\"",
                 *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale", "info")),
                 suite, tar, archive.suite_source(suite)],
                f"making a root of Debian {suite}", env={**os.environ, "TMPDIR": scratch})
        command([*as_own_root(), "sh", "-c", UNPACK, "unpack", tar, tree], "unpacking the root")
        tree.rename(root)
