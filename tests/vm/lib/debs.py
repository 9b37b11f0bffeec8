# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest gets that the Debian packages are tried in."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from . import archive, image
from .archive import HOST_SUITE
from .common import SOURCE, as_own_root, command, note
from .kernel import Kernel

LATER = "9.0"
# The compiler takes minutes for the core in an emulated machine. It runs here, at the places and with the command line
# that DKMS has, on the guest's own file system, and the guest finds its answers: ccache gives one only where
# compiler, options and sources are the same to the byte. The rest of a build, objtool and modpost too, is the guest's.
CCACHE = """
export DEBIAN_KERNEL_USE_CCACHE=1 CCACHE_DIR=/var/cache/ccache CCACHE_COMPILERCHECK=content
export CCACHE_SLOPPINESS=include_file_mtime,include_file_ctime
"""
COMPILE = """
set -eu
root=$1
shift
mkdir "$root"
tar --extract --file "$1" --directory "$root" --numeric-owner --exclude './dev/*'
printf %s "$2" >"$root/ccache"
release=$3
shift 3
for deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar --extract --directory "$root" --keep-directory-symlink
done
mount --rbind /dev "$root/dev"
mount -t tmpfs none "$root/tmp"
exec chroot "$root" /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -euc '
. /ccache
for source in /usr/src/kpatchd-*; do
        for kdir in /usr/lib/modules/*/build; do
                build=/var/lib/dkms/kpatchd/${source##*-}/build
                mkdir -p "${build%/*}"
                cp -r "$source" "$build"
                make -C "$build" -j$(nproc) KDIR="${kdir#/usr}"
                rm -r "$build"
        done
done
# As debian/tests/apply-story will. The build-id is in the patch alone, and most of the work is the core beside it.
make -C /usr/share/doc/kpatchd-dev/examples/version -j$(nproc) OUT=/root/version KDIR="/lib/modules/$1/build" \
        BUILD_ID=0000000000000000000000000000000000000000
rm -r /root/version
' story "$release"
"""


def put(folder: Path, kernel: Kernel, cache: Path) -> None:
    """Fill `folder`: debs/, debs-later/ (as of version 9.0), kernel/ (the headers of another flavour of the guest's
    kernel) and ccache/, with the variables that it wants in a file."""
    folder.mkdir(parents=True)
    for name, options in (("debs", []), ("debs-later", ["--version", LATER])):
        _copy(_build(SOURCE / "build" / name, options), folder / name)
    _copy(_other_headers(kernel, cache), folder / "kernel")
    (folder / "ccache.env").write_text(CCACHE)
    shutil.copytree(_compiled(kernel, cache, folder), folder / "ccache")


def _build(out: Path, options: list[str]) -> Path:
    """The same as tests/lint/packages looks at: built once for both."""
    command([SOURCE / "tools/debs.sh", *options, out], "building the Debian packages",
            env={**os.environ, "DEB_BUILD_OPTIONS": f"nocheck parallel={os.cpu_count()}"})
    return out


def _copy(debs: Path, folder: Path) -> None:
    folder.mkdir()
    for deb in debs.glob("*.deb"):
        if "-dbgsym_" not in deb.name:
            shutil.copy(deb, folder)


def _other_headers(kernel: Kernel, cache: Path) -> Path:
    """The cloud flavour's package: it shares all but its configuration with the headers that the guest has."""
    name = f"linux-headers-{kernel.release.removesuffix('-amd64')}-cloud-amd64"
    folder = cache / "debs" / name
    if not list(folder.glob("*.deb")):
        folder.mkdir(parents=True, exist_ok=True)
        note(f"downloading {name}")
        archive.Archive(HOST_SUITE).download(archive.Archive(HOST_SUITE).versions(name)[:1], folder.resolve())
    return folder


def _compiled(kernel: Kernel, cache: Path, folder: Path) -> Path:
    """A ccache that knows the core, in both versions and for both kernels, and beside the kit's example."""
    sources = sorted([*folder.glob("debs*/kpatchd-core-dkms_*.deb"), *folder.glob("debs/kpatchd-dev_*.deb")])
    headers = sorted((folder / "kernel").glob("*.deb"))
    root = image.root_with_compiler(kernel, cache)
    digest = hashlib.sha256(f"{root.name} {CCACHE} {COMPILE}".encode())
    for deb in (*sources, *headers):
        digest.update(deb.read_bytes())
    kept = cache / "ccache" / digest.hexdigest()[:16]
    if not kept.is_dir():
        note("compiling the core as DKMS will")
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".new-") as scratch:
            work = Path(scratch)
            command([*as_own_root(), "unshare", "--mount", "sh", "-c", COMPILE, "compile", work / "root", root,
                     CCACHE, kernel.release, *sources, *headers], "compiling the core")
            (work / "root/var/cache/ccache").rename(kept)
    return kept
