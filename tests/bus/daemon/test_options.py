# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Options of a call, and settings of kpatchd.conf."""

import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import dbus
import pytest
from patchkit import Patch
from world import BUILD, NAME, PATH, JobFailed

INTERFACES = ElementTree.parse(Path(__file__).parents[3] / "dbus/org.kpatchd1.xml").getroot()
PATCH = "/org/kpatchd1/patch/fix_2dcmdline_3d1"
ARGUMENTS = {"patch": "fix-cmdline", "feed": "", "path": "/x", "cve": "CVE-2026-1234", "limit": 1, "generation": 1}


def apply(world, name, **options):
    return world.wait(world.manager.Apply(name, {k.replace("_", "-"): v for k, v in options.items()},
                                          signature="sa{sv}"))


@pytest.mark.parametrize("name", ["nonsense", "Runtime", ""])
def test_unknown_option(world, stored, name):
    with pytest.raises(dbus.DBusException, match=r"InvalidArgument.*no option"):
        world.manager.Apply("fix-cmdline", {name: True}, signature="sa{sv}")


def test_every_method_refuses_an_unknown_option(world, stored):
    Path(world.folder, "fake/delay-ms").write_text("2000")
    job = world.start_change("Apply", "fix-cmdline")
    for interface, path in (("Manager", PATH), ("Patch", PATCH), ("Job", job)):
        for method in INTERFACES.findall(f"interface[@name='{NAME}.{interface}']/method"):
            takes = {a.get("name"): a.get("type") for a in method.findall("arg[@direction='in']")}
            assert list(takes.items())[-1] == ("options", "a{sv}"), method.get("name")
            if "module" in takes:
                continue  # descriptors
            call = world.bus.get_object(NAME, path, introspect=False).get_dbus_method(
                method.get("name"), f"{NAME}.{interface}")
            with pytest.raises(dbus.DBusException, match="InvalidArgument.*no option 'nonsense'"):
                call(*(ARGUMENTS[name] for name in list(takes)[:-1]), {"nonsense": True},
                     signature="".join(takes.values()))
    world.wait(job)


@pytest.mark.parametrize(("name", "value"), [("runtime", "yes"), ("dry-run", 1), ("expect-generation", True)])
def test_option_of_another_type(world, stored, name, value):
    with pytest.raises(dbus.DBusException, match=r"InvalidArgument.*type"):
        world.manager.Apply("fix-cmdline", {name: value}, signature="sa{sv}")


def test_runtime_is_gone_with_the_next_boot(world, stored, run_reapply):
    apply(world, "fix-cmdline", runtime=True)
    assert world.enabled(stored.name) == "1"
    assert world.property("Generation") == 0
    with pytest.raises(JobFailed, match="AlreadyApplied"):
        apply(world, "fix-cmdline", runtime=True)
    world.stop()
    world.reboot()
    assert run_reapply()[0] == 0
    assert world.enabled(stored.name) is None


def test_runtime_may_become_lasting(world, stored):
    apply(world, "fix-cmdline", runtime=True)
    apply(world, "fix-cmdline")
    assert world.property("Generation") == 1


def test_runtime_comes_out(world, stored):
    apply(world, "fix-cmdline", runtime=True)
    world.rollback("fix-cmdline")
    assert world.enabled(stored.name) is None
    assert world.property("Generation") == 0


def test_dry_run_changes_nothing(world, stored):
    before = world.tree()
    assert apply(world, "fix-cmdline", dry_run=True) == "Patch fix-cmdline=1 could be applied."
    assert world.tree() == before
    world.apply("fix-cmdline")
    before = world.tree()
    with pytest.raises(JobFailed, match="AlreadyApplied"):
        apply(world, "fix-cmdline", dry_run=True)
    message = world.wait(world.manager.Rollback("fix-cmdline", {"dry-run": True}, signature="sa{sv}"))
    assert message == "Patch fix-cmdline=1 could be rolled back."
    assert world.tree() == before


def test_dry_run_finds_what_is_wrong(world, stored):
    path, = Path(world.folder, "var/modules").iterdir()
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(JobFailed, match="ModuleDigestMismatch"):
        apply(world, "fix-cmdline", dry_run=True)


def test_expect_generation(world, key, stored):
    other = Patch(key, id="other", name="kpatch_other")
    world.do_import(other)
    apply(world, "fix-cmdline", expect_generation=dbus.UInt64(0))
    before = world.tree()
    with pytest.raises(JobFailed, match="GenerationChanged.*is 1, not 0"):
        apply(world, "other", expect_generation=dbus.UInt64(0))
    assert world.tree() == before
    apply(world, "other", expect_generation=dbus.UInt64(1))


def check_config(world) -> tuple[int, list[str]]:
    done = subprocess.run([BUILD / "src/daemon/kpatchd-test", "--check-config"], env=world.env, capture_output=True,
                          text=True, timeout=30)
    return done.returncode, done.stdout.replace(str(Path(world.folder, "etc")), "ETC").splitlines()


@pytest.mark.parametrize(("text", "complaint"), [
    ("[Boot]\nSettleSec=1m\n", "2: '1m' is no value for SettleSec: it takes a number of seconds from 0 to 86400; "
                               "it stays at 60."),
    ("[Boot]\nSettleSec=86401\n", "2: '86401' is no value for SettleSec: it takes a number of seconds from 0 to 86400; "
                                  "it stays at 60."),
    ("[Boot]\n\nSetleSec=5\n", "3: there is no setting 'SetleSec' in [Boot]; did you mean 'SettleSec'?"),
    ("[Bot]\nSettleSec=5\n", "2: there is no section [Bot]; did you mean [Boot]?"),
    ("# a comment\nnonsense\n", "2: that is neither [SECTION] nor NAME=VALUE."),
    ("[Boot]\nSettleSec=" + "1" * 500 + "\n", None),
    ("SettleSec=5\n", "1: there is no section []."),
])
def test_wrong_settings_are_said(world, text, complaint):
    Path(world.folder, "etc/kpatchd.conf").write_text(text)
    status, lines = check_config(world)
    assert status == 1 and len(lines) == 1, lines
    assert lines[0].startswith("ETC/kpatchd.conf:")
    if complaint:
        assert lines[0] == f"ETC/kpatchd.conf:{complaint}"


def test_good_settings(world):
    Path(world.folder, "etc/kpatchd.conf").write_text("; comment\n[Boot]\nSettleSec = 0\n[Queue]\nJobsPerUser=1\n")
    Path(world.folder, "etc/conf.d").mkdir()
    Path(world.folder, "etc/conf.d/10-a.conf").write_text("[Boot]\nCrashLimit=2\n")
    Path(world.folder, "etc/conf.d/ignored.txt").write_text("nonsense")
    assert check_config(world) == (0, [])
    Path(world.folder, "etc/conf.d/20-b.conf").write_text("[Boot]\nCrashLimit=x\n")
    assert check_config(world) == (1, ["ETC/conf.d/20-b.conf:2: 'x' is no value for CrashLimit: it takes a number "
                                       "from 0 to 100; it stays at 2."])


def test_daemon_starts_in_spite_of_wrong_settings(world, stored):
    Path(world.folder, "etc/kpatchd.conf").write_text("[Boot]\nSettleSec=soon\n")
    world.stop()
    world.start()
    world.apply("fix-cmdline")
    assert "'soon' is no value for SettleSec" in world.stop()
