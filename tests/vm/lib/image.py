# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's root file system: a minimal Debian with systemd, D-Bus and polkit, made once."""

import hashlib
import os
import tempfile
import time
from pathlib import Path

from .archive import HOST_SUITE, host_sources
from .common import GUEST, as_own_root, command, note
from .kernel import Kernel

CUSTOMIZE = GUEST / "customize"
SIZE = "4G"
UNUSED_SECONDS = 6 * 3600
PACKAGES = (
    # a complete boot
    "systemd", "systemd-sysv", "dbus", "polkitd", "udev", "kmod", "procps", "util-linux", "e2fsprogs", "login",
    # what the project links
    "libcurl4", "libelf1", "libinih1", "libjson-c5", "libkmod2", "libseccomp2", "libssl3", "libcap2",
    # what the test scripts use
    "python3-dbus", "python3-gi", "jq", "socat", "strace", "openssl", "dbus-broker", "nginx-light",
    "apparmor", "ca-certificates",
)

# What DKMS wants of a machine, for guests that the project's packages are installed in.
BUILD_PACKAGES = ("ccache", "dkms", "gcc", "make", "libc6-dev", "linux-headers-{release}")

# Owners inside the tar are the guest's, so this runs as root or in a user namespace. The machine id is given
# (mmdebstrap clears it last of all): else each run's first boot would be a "first boot" to systemd, with its presets.
MAKE_EXT4 = """
set -eu
tar --extract --file "$1" --directory "$2" --numeric-owner --exclude './dev/*'
echo 6b70617463686400746573742d766d00 >"$2/etc/machine-id"
mkdir -p "$2/usr/lib/modules" "$2/boot"
cp -a "$3" "$2/usr/lib/modules/"
cp "$4" "$2/boot/"
chown -R 0:0 "$2/usr/lib/modules" "$2/boot"
mke2fs -q -t ext4 -L root -m 0 -E lazy_itable_init=1,lazy_journal_init=1 -d "$2" "$5" "$6"
rm -rf "$2"
"""


def get(kernel: Kernel, cache: Path, *, builds: bool = False) -> Path:
    """Return the image for a kernel, making it the first time. The caller holds the preparation lock.

    With `builds`, modules can be built in the guest.
    """
    folder = cache / "images"
    packages = _packages(kernel, builds)
    root = folder / _root_name(packages)
    image = folder / f"{kernel.version}-{_key(root.name, kernel.release, SIZE, MAKE_EXT4)}.ext4"
    folder.mkdir(parents=True, exist_ok=True)
    if not image.exists():
        with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as scratch:
            # mmdebstrap gives up root where it can, and must reach its scratch folder then.
            work = Path(scratch)
            work.chmod(0o755)
            if not root.exists():
                _make_root(work, root, packages)
            _make(kernel, root, work, image)
    for used in (image, root):
        if used.exists():
            os.utime(used)
    _forget_unused(folder)
    return image


def root_with_compiler(kernel: Kernel, cache: Path) -> Path:
    """The tar that the image with `builds` was made of."""
    return cache / "images" / _root_name(_packages(kernel, builds=True))


def _packages(kernel: Kernel, builds: bool) -> list[str]:
    return [*PACKAGES, *(name.format(release=kernel.release) for name in BUILD_PACKAGES if builds)]


def _root_name(packages: list[str]) -> str:
    return f"root-{_key(HOST_SUITE, *packages, CUSTOMIZE.read_text())}.tar"


def _key(*content: str) -> str:
    return hashlib.sha256("\n".join(content).encode()).hexdigest()[:16]


def _forget_unused(folder: Path) -> None:
    """Remove what no run asked for in a while; a guest that still runs has its image for longer than that."""
    for old in folder.glob("*.*"):
        if old.is_file() and time.time() - old.stat().st_mtime > UNUSED_SECONDS:
            old.unlink()


def _make_root(work: Path, root: Path, packages: list[str]) -> None:
    """The file system of all kernels' images, without a kernel."""
    note(f"making the guest's Debian {HOST_SUITE} (about a minute, once)")
    made = work / "root.tar"
    command(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}",
             *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale", "info")),
             f"--customize-hook={CUSTOMIZE} \"$1\"", HOST_SUITE, made, *host_sources()],
            "making the guest's root", env={**os.environ, "TMPDIR": str(work)})
    made.rename(root)


def _make(kernel: Kernel, root: Path, work: Path, image: Path) -> None:
    note(f"making an image with kernel {kernel.release}")
    folder, ext4 = work / "root", work / "root.ext4"
    folder.mkdir()
    command([*as_own_root(), "sh", "-c", MAKE_EXT4, "make-ext4", root, folder, kernel.modules,
             kernel.vmlinuz, ext4, SIZE], "making the guest's file system")
    ext4.rename(image)
