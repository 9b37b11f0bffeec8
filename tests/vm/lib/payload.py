# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is laid over the guest's file system on the first boot of a run: a tar, unpacked by the initramfs."""

import os
import shutil
import tarfile
from pathlib import Path

from . import debs, samples
from .common import GUEST, GUEST_HOME, RunnerError, command
from .kernel import Kernel
from .modules import Module
from .script import Script

UNITS = ("kpatchd-test.service", "kpatchd-test.target")
TEST_PROGRAMS = ("src/daemon/kpatchd-test",)
# Debian's /lib is a link into /usr: a folder of that name in the tar would take its place.
MERGED = ("bin", "lib", "lib64", "sbin")


def guest_words(number: int, script: Script) -> list[str]:
    """The command that runs a script inside the guest."""
    return [f"/{_script_folder(number)}/{script.path.name}", *script.arguments]


def make_clean(tar: Path, stage: Path, kernel: Kernel, cache: Path, scripts: list[Script]) -> None:
    """As `make`, for a guest without the project: its packages are in a folder of the first script's."""
    stage.mkdir()
    _install_harness(stage)
    debs.put(stage / _script_folder(0), kernel, cache)
    for number, script in enumerate(scripts):
        _install_script(stage / _script_folder(number), script)
    _write(tar, stage)


def make(tar: Path, stage: Path, build: Path, rebuild: bool, modules: list[Module], scripts: list[Script]) -> None:
    """Gather everything under `stage` and write it to `tar`."""
    stage.mkdir()
    if (build / "build.ninja").exists():
        _install_project(stage, build, rebuild)
    _merge_usr(stage)
    _install_harness(stage)
    _install_test_programs(stage, build)
    _install_modules(stage, modules)
    samples.sign(stage, build / "src/feed/kpatch-feed", stage.parent)
    for number, script in enumerate(scripts):
        _install_script(stage / _script_folder(number), script)
    _write(tar, stage)


def _script_folder(number: int) -> str:
    return f"{GUEST_HOME}/scripts/{number + 1}"


def _install_project(stage: Path, build: Path, rebuild: bool) -> None:
    if rebuild:
        command(["ninja", "-C", build], "building the project")
    command(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", stage], "installing the project")


def _merge_usr(stage: Path) -> None:
    for name in MERGED:
        if (stage / name).is_dir():
            shutil.copytree(stage / name, stage / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(stage / name)


def _install_harness(stage: Path) -> None:
    home = stage / GUEST_HOME
    (home / "bin").mkdir(parents=True)
    for name in ("agent", "lib.sh"):
        shutil.copy(GUEST / name, home)
    for tool in (GUEST / "bin").iterdir():
        shutil.copy(tool, home / "bin")
    units = stage / "usr/lib/systemd/system"
    wants = units / "kpatchd-test.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    for name in UNITS:
        shutil.copy(GUEST / name, units)
    (wants / "kpatchd-test.service").symlink_to("../kpatchd-test.service")


def _install_test_programs(stage: Path, build: Path) -> None:
    """Programs that are built for tests only, and that meson does not install."""
    for program in TEST_PROGRAMS:
        if (build / program).exists():
            shutil.copy(build / program, stage / GUEST_HOME / "bin")


def _install_modules(stage: Path, modules: list[Module]) -> None:
    for module in modules:
        folder = stage / module.folder
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / module.file.name).exists():
            raise RunnerError(f"two modules are called {module.file.name}")
        shutil.copy(module.file, folder)


def _install_script(folder: Path, script: Script) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    copied = shutil.copy(script.path, folder)
    os.chmod(copied, 0o755)
    for path in script.copies:
        if path.is_dir():
            shutil.copytree(path, folder / path.name, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy(path, folder)


def _write(tar: Path, stage: Path) -> None:
    def as_guest(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid = info.gid = 0
        info.uname = info.gname = "root"
        return info

    with tarfile.open(tar, "w", format=tarfile.GNU_FORMAT) as archive:
        for path in sorted(stage.iterdir()):
            archive.add(path, path.name, filter=as_guest)
