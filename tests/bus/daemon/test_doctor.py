# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the daemon finds out about a host, one thing amiss at a time."""

import os
import re
import time
from pathlib import Path
from platform import release

import pytest
from diskkit import read_only, state_disk
from patchkit import make_root

OPTIONS = ["MODULES", "MODULE_UNLOAD", "DYNAMIC_FTRACE_WITH_REGS", "KALLSYMS", "KPROBES", "STACKTRACE"]


UNITS = ["sysinit.target.wants/kpatchd-reapply.service", "multi-user.target.wants/kpatchd-reapply-late.service",
         "kpatchd-settle.service", "kpatchd.service", "sockets.target.wants/kpatchd-fetch.socket",
         "sockets.target.wants/kpatchd-health.socket", "sockets.target.wants/kpatchd-stack.socket",
         "timers.target.wants/kpatchd-refresh.timer"]


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
    for unit in UNITS:
        put(world, f"usr/lib/systemd/system/{unit}", "")
    put(world, "usr/share/dbus-1/system-services/org.kpatchd1.service", "")
    put(world, "etc/feeds.d/shop.conf", "[Feed]\nUrl=https://example.com/\n")
    put(world, "sys/kernel/livepatch/.keep", "")
    return world


def diagnose(world) -> dict[str, tuple[str, str, str]]:
    return {str(check): (str(result), str(sentence), str(remedy))
            for check, result, sentence, remedy in world.manager.Diagnose({}, signature="a{sv}")}


def test_all_is_well(host, stored):
    found = diagnose(host)
    assert list(found) == ["kernel-options", "ftrace", "modules", "lockdown", "signatures", "engine-core",
                           "engine-livepatch", "space", "clock", "trust-roots", "unsigned", "boot", "units"]
    assert {check: found[check] for check in found if found[check][0] != "ok" and check != "space"} == {}
    assert all(sentence.endswith(".") for _, sentence, _ in found.values())
    assert all(not remedy for result, _, remedy in found.values() if result == "ok")


def mask(unit: str):
    def link(world):
        path = Path(world.folder, "etc/systemd/system", unit)
        path.parent.mkdir(parents=True)
        path.symlink_to("/dev/null")
    return link


def set_back(world):
    world.apply("fix-cmdline")
    later = time.time() + 3 * 86400
    os.utime(Path(world.folder, "var/history/history.jsonl"), (later, later))


def crashed_too_often(world):
    put(world, "var/guard/crashes.json", '{"format": 1, "crashes": 9, "boot_id": "x"}')


def quarantine(world):
    world.apply("fix-cmdline")
    put(world, "var/quarantine/fix-cmdline=1.json", '{"format": 1, "patch": "fix-cmdline=1", "why": "It crashed."}')
    put(world, "var/quarantine/unwanted=1.json", '{"format": 1, "patch": "unwanted=1", "why": "It crashed."}')


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
    ("boot", "warning", "masked", mask("kpatchd-reapply.service")),
    ("boot", "warning", "not enabled", unlink("usr/lib/systemd/system/sysinit.target.wants/kpatchd-reapply.service")),
    ("boot", "warning", "etc/disable exists", lambda w: put(w, "etc/disable", "")),
    ("boot", "warning", "crashed 9 times", crashed_too_often),
    ("boot", "warning", "fix-cmdline=1, is quarantined", quarantine),
    ("clock", "warning", "was set back", set_back),
    ("clock", "warning", "systemd-timesyncd", lambda w: put(w, "run/systemd/timesync/.keep", "")),
    ("units", "warning", "org.kpatchd1.service", unlink("usr/share/dbus-1/system-services/org.kpatchd1.service")),
    *(("units", "warning", Path(unit).name, how(unit)) for unit in UNITS[1:]
      for how in (lambda unit: mask(Path(unit).name), lambda unit: unlink(f"usr/lib/systemd/system/{unit}"))),
])
def test_what_is_amiss(host, stored, check, result, word, break_it):
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
    assert len(diagnose(host)) == 13


def test_units_of_feeds_are_for_those_who_have_one(host):
    Path(host.folder, "etc/feeds.d/shop.conf").unlink()
    for unit in ("kpatchd-refresh.timer", "kpatchd-fetch.socket", "kpatchd-health.socket"):
        next(Path(host.folder, "usr").rglob(unit)).unlink()
    assert diagnose(host)["units"][0] == "ok"


def test_space(host, stored):
    with state_disk(host):
        assert diagnose(host)["space"][0] == "error" and "MiB are free" in diagnose(host)["space"][1]
        read_only(host)
        assert diagnose(host)["space"][0] == "error" and "read-only" in diagnose(host)["space"][1]


def test_the_options_are_listed_where_the_remedy_says(host):
    unlink(f"boot/config-{release()}")(host)
    document, = re.findall(r"docs/[A-Z]+\.md", diagnose(host)["kernel-options"][2])
    text = (Path(__file__).resolve().parents[3] / document).read_text()
    assert [option for option in OPTIONS if f"`CONFIG_{option}`" not in text] == []
