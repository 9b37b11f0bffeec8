# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's kernel: the archive's own packages, unpacked under the build folder."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .common import RunnerError, command, locked, note

DEFAULT = "6.1"
# Name of a kernel as a user says it, and the package that always depends on its newest build.
META_PACKAGE = {"6.1": "linux-image-amd64"}
NOT_YET = ("6.12", "7.2")
CHOICES = (*META_PACKAGE, *NOT_YET)


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


def get(version: str, cache: Path) -> Kernel:
    """Return the kernel, downloading it the first time."""
    if version in NOT_YET:
        raise RunnerError(f"kernel {version} is not supported yet; the one that is: {', '.join(META_PACKAGE)}")
    root = cache / "kernels" / version
    # The folder appears by a rename, complete: whoever sees it needs no lock.
    if not root.is_dir():
        with locked(cache / "lock"):
            if not root.is_dir():
                _download(version, root)
    release = (root / "release").read_text().strip()
    return Kernel(version, release, root)


def _download(version: str, root: Path) -> None:
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=f".{version}-") as scratch:
        work = Path(scratch)
        image, image_version = _concrete_image(META_PACKAGE[version])
        release = image.removeprefix("linux-image-")
        note(f"downloading kernel {release} and its headers")
        packages = [image, *_with_linux_depends(f"linux-headers-{release}")]
        command(["apt-get", "-o", "APT::Sandbox::User=root", "download",
                 *(f"{name}={image_version}" for name in packages)], "downloading the kernel", cwd=work)
        tree = work / "root"
        for package in sorted(work.glob("*.deb")):
            command(["dpkg-deb", "--extract", package, tree], f"unpacking {package.name}")
        _make_relocatable(tree / "usr/src" / f"linux-headers-{release}")
        for link in ("build", "source"):
            (tree / "lib/modules" / release / link).unlink(missing_ok=True)
        command(["depmod", "--basedir", tree, release], "depmod")
        (tree / "release").write_text(release + "\n")
        tree.rename(root)


def _concrete_image(meta: str) -> tuple[str, str]:
    """The package and version that a meta package depends on now."""
    pattern = re.compile(r"^Depends: .*?(linux-image-\d\S*-amd64) \(= (\S+)\)", re.MULTILINE)
    for refresh in (False, True):
        if refresh:
            note("the package lists are empty: updating them")
            command(["apt-get", "update"], "apt-get update")
        shown = subprocess.run(["apt-cache", "show", "--no-all-versions", meta], text=True, check=False,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        if match := pattern.search(shown):
            return match[1], match[2]
    raise RunnerError(f"apt knows no {meta}; the runner needs the package lists of Debian 12")


def _with_linux_depends(package: str) -> list[str]:
    """The package and what it needs of the kernel's own source package (headers in common, kbuild)."""
    listed = command(["apt-cache", "depends", package], f"looking up {package}")
    return [package, *re.findall(r"^  Depends: (linux-\S+)$", listed, re.MULTILINE)]


def _make_relocatable(headers: Path) -> None:
    """Let the headers find their common part beside them rather than under /usr/src."""
    makefile = headers / "Makefile"
    text = makefile.read_text()
    beside = "include $(dir $(abspath $(lastword $(MAKEFILE_LIST))))../"
    fixed = text.replace("include /usr/src/", beside)
    if fixed == text:
        raise RunnerError(f"the headers' Makefile in {headers.name} is not what the runner knows")
    makefile.write_text(fixed)
