# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages out of Debian's archive, of any suite. apt checks the signatures; no address is written down here."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .common import RunnerError, command

# The Debian that runs here and in the guest: the machine's own package lists are used for it.
HOST_SUITE = "bookworm"
HOST_SUITES = (HOST_SUITE, f"{HOST_SUITE}-updates", f"{HOST_SUITE}-security")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

# Read by apt after the machine's own configuration, of which the way to the archive (a proxy, say) stays in force.
# A suite's Release file may be past its date; a machine's hooks are for its own lists.
APT_CONFIG = """
Dir::State::lists "{folder}/lists";
Dir::State::status "/dev/null";
Dir::Etc::sourcelist "{folder}/suite.sources";
Dir::Etc::sourceparts "{folder}/none";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""
SOURCE_ENTRY = """\
Types: deb
URIs: {uri}
Suites: {suite}
Components: main
Signed-By: {keyring}
"""


@dataclass(frozen=True)
class Package:
    """A package in one version, and the names that it depends on."""

    name: str
    version: str
    depends: tuple[str, ...]


@dataclass(frozen=True)
class Archive:
    """One suite. `options` make apt look at it instead of at what the machine is configured for."""

    suite: str
    options: tuple[str, ...] = ()

    def versions(self, name: str) -> list[Package]:
        """All versions of a package, the newest first; none where the suite does not have it."""
        shown = subprocess.run(["apt-cache", *self.options, "show", name], text=True, check=False,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        return [_package(stanza) for stanza in shown.split("\n\n") if stanza.strip()]

    def update(self) -> None:
        """Read the package lists as they are now."""
        _apt_get(self, "the package lists", ["update"], None)

    def download_version(self, name: str, version: str, folder: Path) -> None:
        """One package in one version, which need not be the newest."""
        if not any(package.version == version for package in self.versions(name)):
            self.update()
        _apt_get(self, name, ["download", f"{name}={version}"], folder)

    def download(self, packages: list[Package], folder: Path) -> None:
        _apt_get(self, packages[0].name, ["download", *(f"{package.name}={package.version}" for package in packages)],
                 folder)


def opened(suite: str, cache: Path) -> Archive:
    """The archive's suite with package lists as they are now. The caller holds the preparation lock."""
    if suite == HOST_SUITE:
        return Archive(suite)
    folder = (cache / "apt" / suite).resolve()
    for name in ("lists/partial", "none"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "suite.sources").write_text(SOURCE_ENTRY.format(uri=_address(), suite=suite, keyring=KEYRING))
    config = folder / "apt.conf"
    config.write_text(APT_CONFIG.format(folder=folder))
    archive = Archive(suite, ("-c", str(config)))
    archive.update()
    return archive


def host_sources() -> list[str]:
    """Debian's sources of this machine, for mmdebstrap."""
    sources = sorted({f"deb {uri} {release} main" for uri, release in _targets() if release in HOST_SUITES})
    if not sources:
        raise RunnerError(f"apt on this machine has no source for Debian {HOST_SUITE} (try: apt-get update)")
    return sources


def suite_source(suite: str) -> str:
    """A source for mmdebstrap of a suite that the machine does not use itself."""
    return f"deb [signed-by={KEYRING}] {_address()} {suite} main"


def _address() -> str:
    """Where the whole archive is: all suites are where this machine's own is."""
    for uri, release in _targets():
        if release == HOST_SUITE:
            return uri
    raise RunnerError(f"apt on this machine has no source for Debian {HOST_SUITE} (try: apt-get update)")


def _targets() -> list[tuple[str, str]]:
    """Address and suite of each source of Debian's main component that apt on this machine has."""
    listed = command(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
                      "Created-By: Packages", "Origin: Debian"], "asking apt for the archive's address")
    words = [line.split() for line in listed.splitlines()]
    return [(uri, release) for uri, release, component in words if component == "main"]


def _apt_get(archive: Archive, what: str, words: list[str], folder: Path | None) -> None:
    """Run apt-get. What goes wrong is the network, the archive or a signature, and apt's first error says which."""
    done = subprocess.run(["apt-get", "--quiet", *archive.options, "-o", "APT::Sandbox::User=root", *words], cwd=folder,
                          text=True, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE)
    if done.returncode != 0:
        errors = [line.removeprefix("E: ") for line in done.stderr.splitlines() if line.startswith("E: ")]
        raise RunnerError(f"cannot get {what} of Debian {archive.suite}: {(errors or [done.stderr.strip()])[0]}")


def _package(stanza: str) -> Package:
    fields = dict(re.findall(r"^(\S+): (.*)$", stanza, re.MULTILINE))
    # Of alternatives the first; versions are not looked at: what is needed here is made together.
    depends = (entry.strip().split(" ")[0].split("|")[0] for entry in fields.get("Depends", "").split(","))
    return Package(fields["Package"], fields["Version"], tuple(name for name in depends if name))
