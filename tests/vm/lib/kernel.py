# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's kernel: the archive's own packages, unpacked under the build folder."""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import archive
from .archive import HOST_SUITE, Archive, Package
from .common import RunnerError, command, locked, note

DEFAULT = "6.1"
# The package that depends on the newest build in its suite.
META_PACKAGE = "linux-image-amd64"


@dataclass(frozen=True)
class Series:
    """Where kernels of one version come from."""

    suite: str
    # Compiler and kernel tools are too new for this machine: modules are built in a root of the suite's own.
    own_tools: bool = False
    # What makes it, where it is not a package.
    maker: str | None = None
    # How much longer all takes in it than in others, and the memory that it needs in MiB.
    patience: int = 1
    mem: int = 1024


SERIES = {
    "6.1": Series(HOST_SUITE),
    "6.12": Series(f"{HOST_SUITE}-backports"),
    "7.2": Series("unstable", own_tools=True),
    "debug": Series(HOST_SUITE, maker="tests/vm/debug-kernel", patience=5, mem=3072),
}
CHOICES = tuple(SERIES)


@dataclass(frozen=True)
class Kernel:
    """An unpacked kernel: what boots, its modules, and the headers to build modules with."""

    version: str
    release: str
    root: Path

    @property
    def vmlinuz(self) -> Path:
        return self.root / "boot" / f"vmlinuz-{self.release}"

    @property
    def modules(self) -> Path:
        return self.root / "lib/modules" / self.release

    @property
    def kdir(self) -> Path:
        return self.root / "usr/src" / f"linux-headers-{self.release}"

    @property
    def series(self) -> Series:
        return SERIES[self.version]

    @property
    def compiler(self) -> str:
        """The package of the compiler that the headers depend on."""
        return (self.root / "compiler").read_text().strip()


def get(version: str, cache: Path) -> Kernel:
    """Return the kernel, downloading it the first time."""
    root = cache / "kernels" / version
    # The folder appears by a rename, complete: whoever sees it needs no lock.
    if not root.is_dir():
        with locked(cache / "lock"):
            if not root.is_dir():
                _download(version, root, cache)
    release = (root / "release").read_text().strip()
    return Kernel(version, release, root)


def _download(version: str, root: Path, cache: Path) -> None:
    if SERIES[version].maker:
        raise RunnerError(f"there is no {version} kernel yet; {SERIES[version].maker} builds it")
    suite = archive.opened(SERIES[version].suite, cache)
    image = _newest_image(suite, version)
    release = image.name.removeprefix("linux-image-")
    headers = _of_this_version(suite, f"linux-headers-{release}", image.version)
    packages = [image, headers, *_needed(suite, image), *_needed(suite, headers)]
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=f".{version}-") as scratch:
        work = Path(scratch)
        note(f"downloading kernel {release} and its headers")
        suite.download(packages, work)
        tree = work / "root"
        for package in sorted(work.glob("*.deb")):
            command(["dpkg-deb", "--extract", package, tree], f"unpacking {package.name}")
            package.unlink()
        _arrange(tree, release)
        command(["depmod", "--basedir", tree, release], "depmod")
        (tree / "release").write_text(release + "\n")
        compilers = [name for name in headers.depends if re.search(r"gcc-\d+", name)]
        (tree / "compiler").write_text(f"{compilers[0]}\n")
        tree.rename(root)


def _newest_image(suite: Archive, version: str) -> Package:
    """The image package of the newest build of a version."""
    found = suite.versions(META_PACKAGE)
    if not found:
        suite.update()
        found = suite.versions(META_PACKAGE)
    for meta in found:
        if not meta.version.startswith(f"{version}."):
            continue
        for name in meta.depends:
            if re.fullmatch(r"linux-image-\d\S*-amd64", name):
                return _of_this_version(suite, name, meta.version)
    has = ", ".join(meta.version for meta in found) or "none"
    raise RunnerError(f"Debian {suite.suite} has no kernel {version} (what {META_PACKAGE} is there: {has})")


def _of_this_version(suite: Archive, name: str, version: str) -> Package:
    for package in suite.versions(name):
        if package.version == version:
            return package
    raise RunnerError(f"Debian {suite.suite} has no {name} in version {version}")


def _needed(suite: Archive, package: Package) -> list[Package]:
    """What a package needs of those made with it: the image's parts, headers in common, kbuild."""
    names = [name for name in package.depends if re.match(r"linux-(binary|modules|base|headers|kbuild)-\d", name)]
    return [_of_this_version(suite, name, package.version) for name in names]


def _arrange(tree: Path, release: str) -> None:
    """Put everything where a `Kernel` has it, wherever this version's packages have it."""
    if (tree / "usr/lib/modules").is_dir():
        (tree / "lib").mkdir(exist_ok=True)
        (tree / "usr/lib/modules").rename(tree / "lib/modules")
    modules, headers = tree / "lib/modules" / release, tree / "usr/src" / f"linux-headers-{release}"
    if (modules / "vmlinuz").exists():
        (tree / "boot").mkdir(exist_ok=True)
        (modules / "vmlinuz").rename(tree / "boot" / f"vmlinuz-{release}")
    for link in ("build", "source"):
        (modules / link).unlink(missing_ok=True)
    # Without the kernel's type information modules are built without theirs, which nothing here reads.
    (headers / "vmlinux").unlink(missing_ok=True)
    shutil.rmtree(tree / "usr/share", ignore_errors=True)
    _make_relocatable(headers)
    for common in headers.parent.glob("linux-headers-*-common"):
        _complete(common)


def _complete(common: Path) -> None:
    """Newer kbuild asks a script whether the checker (make C=2) works; Debian's headers are without it."""
    asked = common / "scripts/checker-valid.sh"
    if asked.name in (common / "Makefile").read_text() and not asked.exists():
        asked.parent.mkdir(exist_ok=True)
        asked.write_text('#!/bin/sh\n"$1" --version >/dev/null 2>&1 && echo 1\n')
        asked.chmod(0o755)


def _make_relocatable(headers: Path) -> None:
    """Let the headers find their parts beside them rather than under /usr/src."""
    makefile = headers / "Makefile"
    text = makefile.read_text()
    fixed = re.sub(r"(?<=[ =])/usr/src/", "$(kpatchd_here)../", text)
    if fixed == text:
        raise RunnerError(f"the headers' Makefile in {headers.name} is not what the runner knows")
    makefile.write_text(f"kpatchd_here := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))\n{fixed}")
