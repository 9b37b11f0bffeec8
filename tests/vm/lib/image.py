# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's root file system: a minimal Debian with systemd, D-Bus and polkit, made once."""

import hashlib
import os
import tempfile
import time
from pathlib import Path

from .common import GUEST, RunnerError, as_own_root, command, note
from .kernel import Kernel

SUITE = "bookworm"
SIZE = "4G"
UNUSED_SECONDS = 6 * 3600
PACKAGES = (
    # a complete boot
    "systemd", "systemd-sysv", "dbus", "polkitd", "udev", "kmod", "procps", "util-linux", "e2fsprogs", "login",
    # what the project links
    "libcurl4", "libelf1", "libinih1", "libjson-c5", "libkmod2", "libseccomp2", "libssl3", "libcap2",
    # what the test scripts use
    "python3-dbus", "python3-gi", "jq", "socat", "strace", "openssl",
)

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


def get(kernel: Kernel, cache: Path) -> Path:
    """Return the image for a kernel, making it the first time. The caller holds the preparation lock."""
    customize = GUEST / "customize"
    content = "\n".join((SUITE, SIZE, kernel.release, MAKE_EXT4, *PACKAGES, customize.read_text()))
    key = hashlib.sha256(content.encode()).hexdigest()[:16]
    image = cache / "images" / f"{kernel.version}-{key}.ext4"
    if not image.exists():
        image.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=image.parent, prefix=".new-") as scratch:
            _make(kernel, customize, Path(scratch), image)
    os.utime(image)
    _forget_unused(image, kernel)
    return image


def _forget_unused(image: Path, kernel: Kernel) -> None:
    """Remove images that no run asked for in a while; a guest that still runs has its image for longer than that."""
    for other in image.parent.glob(f"{kernel.version}-*.ext4"):
        if other != image and time.time() - other.stat().st_mtime > UNUSED_SECONDS:
            other.unlink()


def _make(kernel: Kernel, customize: Path, work: Path, image: Path) -> None:
    note(f"making a Debian {SUITE} image with kernel {kernel.release} (about a minute, once)")
    root_tar, root_dir, ext4 = work / "root.tar", work / "root", work / "root.ext4"
    # mmdebstrap gives up root where it can, and must reach its scratch folder then.
    work.chmod(0o755)
    root_dir.mkdir()
    command(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(PACKAGES)}",
             *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale", "info")),
             f"--customize-hook={customize} \"$1\"", SUITE, root_tar, *_sources()],
            "making the guest's image", env={**os.environ, "TMPDIR": str(work)})
    command([*as_own_root(), "sh", "-c", MAKE_EXT4, "make-ext4", root_tar, root_dir, kernel.modules,
             kernel.vmlinuz, ext4, SIZE], "making the guest's file system")
    ext4.rename(image)


def _sources() -> list[str]:
    """The archive as apt on this machine knows it: no address is written down here."""
    listed = command(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
                      "Created-By: Packages", "Origin: Debian"], "asking apt for the archive's address")
    found = [line.split() for line in listed.splitlines()]
    sources = sorted({f"deb {uri} {release} {component}" for uri, release, component in found
                      if release in (SUITE, f"{SUITE}-updates", f"{SUITE}-security") and component == "main"})
    if not sources:
        raise RunnerError(f"apt on this machine has no source for Debian {SUITE} (try: apt-get update)")
    return sources
