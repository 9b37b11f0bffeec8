# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the daemon finds out about a host, one thing amiss at a time."""

from pathlib import Path
from platform import release

import pytest
from patchkit import make_root

OPTIONS = ["MODULES", "MODULE_UNLOAD", "DYNAMIC_FTRACE_WITH_REGS", "KALLSYMS", "KPROBES", "STACKTRACE"]


def put(world, path: str, text: str) -> Path:
    file = Path(world.folder, path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


@pytest.fixture
def host(world):
    """One on which all is well."""
    put(world, f"boot/config-{release()}", "# x\n" + "".join(f"CONFIG_{option}=y\n" for option in OPTIONS))
    put(world, "proc/sys/kernel/ftrace_enabled", "1\n")
    put(world, "proc/sys/kernel/modules_disabled", "0\n")
    put(world, "sys/kernel/security/lockdown", "[none] integrity confidentiality\n")
    put(world, "sys/module/module/parameters/sig_enforce", "N\n")
    put(world, "usr/lib/systemd/system/sysinit.target.wants/kpatchd-reapply.service", "")
    put(world, "sys/kernel/livepatch/.keep", "")
    return world


def diagnose(world) -> dict[str, tuple[str, str, str]]:
    return {str(check): (str(result), str(sentence), str(remedy))
            for check, result, sentence, remedy in world.manager.Diagnose({}, signature="a{sv}")}


def test_all_is_well(host, stored):
    found = diagnose(host)
    assert list(found) == ["kernel-options", "ftrace", "modules", "lockdown", "signatures", "engine-core",
                           "engine-livepatch", "space", "clock", "trust-roots", "unsigned", "boot"]
    assert {check: found[check] for check in found if found[check][0] != "ok" and check != "space"} == {}
    assert all(sentence.endswith(".") for _, sentence, _ in found.values())
    assert all(not remedy for result, _, remedy in found.values() if result == "ok")


def mask(world):
    link = Path(world.folder, "etc/systemd/system/kpatchd-reapply.service")
    link.parent.mkdir(parents=True)
    link.symlink_to("/dev/null")


def secure_boot(world):
    put(world, "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", "\x06\0\0\0\x01")
    put(world, "sys/module/module/parameters/sig_enforce", "Y\n")


def unlink(path: str):
    return lambda world: Path(world.folder, path).unlink()


@pytest.mark.parametrize(("check", "result", "word", "break_it"), [
    ("kernel-options", "error", "CONFIG_KPROBES", lambda w: put(w, f"boot/config-{release()}", "".join(
        f"CONFIG_{option}=y\n" for option in OPTIONS if option != "KPROBES") + "CONFIG_KPROBES_ON=y\n")),
    ("kernel-options", "warning", "cannot be read", unlink(f"boot/config-{release()}")),
    ("ftrace", "error", "switched off", lambda w: put(w, "proc/sys/kernel/ftrace_enabled", "0\n")),
    ("ftrace", "error", "no function tracer", unlink("proc/sys/kernel/ftrace_enabled")),
    ("modules", "error", "modules_disabled", lambda w: put(w, "proc/sys/kernel/modules_disabled", "1\n")),
    ("lockdown", "warning", "integrity", lambda w: put(w, "sys/kernel/security/lockdown", "none [integrity] x\n")),
    ("signatures", "warning", "Secure Boot is on", secure_boot),
    ("engine-core", "warning", "kpatch_core", lambda w: put(w, "fake/no-core", "")),
    ("trust-roots", "error", "No trust root", unlink("etc/feeds.d/test.root.json")),
    ("boot", "warning", "kpatchd.apply=0", lambda w: put(w, "proc/cmdline", "quiet kpatchd.apply=0\n")),
    ("boot", "warning", "masked", mask),
    ("boot", "warning", "not enabled", unlink("usr/lib/systemd/system/sysinit.target.wants/kpatchd-reapply.service")),
])
def test_what_is_amiss(host, check, result, word, break_it):
    break_it(host)
    found = diagnose(host)
    assert found[check][0] == result and word in found[check][1] and found[check][2], found[check]
    others = {name: what for name, what in found.items() if what[0] != "ok" and name not in (check, "space")}
    assert others == {}


def test_a_root_that_expires(host, key):
    root = Path(host.folder, "etc/feeds.d/test.root.json")
    root.write_bytes(make_root(key, expires="2020-01-01T00:00:00Z"))
    assert diagnose(host)["trust-roots"][0] == "warning" and "has expired" in diagnose(host)["trust-roots"][1]


def test_nobody_needs_a_right_for_it(host):
    host.allow()
    assert len(diagnose(host)) == 12
