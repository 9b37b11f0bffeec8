# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The health check of a feed: a command that may veto what was applied on the feed's word."""

import json
import signal
import time
from pathlib import Path

import dbus
import pytest
from feedkit import Helper, refresh, subscribe
from patchkit import Patch
from test_guard import clear
from test_refresh_policy import settle
from test_replace import make
from world import OPTIONS, JobFailed


class Check:
    """A command whose next ends a test says beforehand."""

    def __init__(self, folder: Path):
        self.script, self.log = folder / "check", folder / "check.log"
        self.log.touch()
        self.say("exit 0")

    def say(self, *lines: str) -> None:
        beside = self.script.with_suffix(".new")
        beside.write_text("\n".join(["#!/bin/sh", f'echo "$KPATCHD_FEED $KPATCHD_PATCH $*" >> {self.log}', *lines, ""]))
        beside.chmod(0o755)
        beside.rename(self.script)

    def runs(self) -> list[str]:
        return self.log.read_text().splitlines()


@pytest.fixture
def check(tmp_path):
    return Check(tmp_path)


@pytest.fixture
def helper(tmp_path):
    helper = Helper(tmp_path / "health", "src/health/kpatchd-health")
    yield helper
    helper.close()


@pytest.fixture
def careful(helper, host, nginx, publisher, check):
    subscribe(host, publisher, nginx.url, Policy="apply", HealthCheck=f"{check.script} --for me", HealthSec="20")
    return host


def quarantined(world) -> list[tuple[str, str]]:
    return [(str(ref), str(why)) for ref, why, *_ in world.property("Quarantine")]


def trials(world) -> list:
    return sorted(path.name for path in Path(world.folder, "var/trials").glob("*"))


def publish(publisher, key, *patches: Patch) -> None:
    for patch in patches or [Patch(key)]:
        publisher.add(patch)
    publisher.publish()


def test_content(careful, publisher, key, check):
    publish(publisher, key)
    refresh(careful)
    settle(careful, {"fix-cmdline=1": "applied"})
    assert check.runs() == ["shop fix-cmdline=1 --for me"]
    assert trials(careful) == [] and quarantined(careful) == []
    assert careful.property("Generation") == 1
    # What a person applies is that person's decision.
    careful.rollback("fix-cmdline")
    careful.apply("fix-cmdline")
    assert len(check.runs()) == 1


@pytest.mark.parametrize("says, why", [
    ("exit 3", "ended with exit status 3"), ("kill -9 $$", "was killed by signal 9"),
    ("exec sleep 1000", "did not end within 1 seconds"), (None, "could not be started: No such file or directory"),
])
def test_veto(careful, nginx, publisher, key, check, says, why):
    """Whatever is not a clear yes takes the patch out, and keeps the feed from applying it again."""
    subscribe(careful, publisher, nginx.url, Policy="apply", HealthCheck=str(check.script), HealthSec="1")
    if says:
        check.say(says)
    else:
        check.script.unlink()
    publish(publisher, key)
    refresh(careful)
    settle(careful, {"fix-cmdline=1": "stored"})
    assert careful.enabled("kpatch_fix_cmdline") is None and careful.property("Generation") == 0
    [(ref, said)] = quarantined(careful)
    assert ref == "fix-cmdline=1" and why in said
    events = [(str(e[1]), str(e[3])) for e in careful.manager.GetHistory(dbus.UInt32(0), dbus.Dictionary({}, signature="sv"))]
    assert ("quarantine", "done") in events and ("apply", "org.kpatchd1.Error.HealthVeto") in events
    assert trials(careful) == [] and not list(Path(careful.folder, "var/attempts").glob("*"))
    runs = check.runs()
    refresh(careful)
    settle(careful, {"fix-cmdline=1": "stored"})
    assert check.runs() == runs
    # A newer version has a trial of its own.
    check.say("exit 0")
    publish(publisher, key, Patch(key, version="2", name="kpatch_two"))
    refresh(careful)
    settle(careful, {"fix-cmdline=1": "stored", "fix-cmdline=2": "applied"})
    # And by hand it can be had all the same.
    careful.rollback("fix-cmdline")
    careful.apply("fix-cmdline=1")
    assert quarantined(careful) == []


def test_veto_is_lifted_by_hand(careful, publisher, key, check):
    check.say("exit 1")
    publish(publisher, key)
    refresh(careful)
    settle(careful, {"fix-cmdline=1": "stored"})
    clear(careful, "fix-cmdline=1")
    check.say("exit 0")
    refresh(careful)
    settle(careful, {"fix-cmdline=1": "applied"})


def test_veto_brings_back_what_was_replaced(careful, publisher, key, check):
    publish(publisher, key)
    refresh(careful)
    settle(careful, {"fix-cmdline=1": "applied"})
    check.say("exit 1")
    publish(publisher, key, make(key, "cumulative", replace=True))
    refresh(careful)
    settle(careful, {"fix-cmdline=1": "applied", "cumulative=1": "stored"})
    assert careful.property("Generation") == 1
    assert careful.enabled("kpatch_fix_cmdline") == "1" and careful.enabled("kpatch_cumulative") is None


def test_needs_the_one_that_was_vetoed(careful, publisher, key, check):
    check.say('[ "$KPATCHD_PATCH" != b=1 ]')
    publish(publisher, key, Patch(key, id="a", name="kpatch_a", fields={"depends": ["b"]}), Patch(key, id="b", name="kpatch_b"),
            Patch(key, id="c", name="kpatch_c"))
    refresh(careful)
    settle(careful, {"a=1": "stored", "b=1": "stored", "c=1": "applied"})


def test_nobody_who_would_run_it(host, nginx, publisher, key, check):
    """That is known before the kernel is touched, and is nothing against the patch."""
    subscribe(host, publisher, nginx.url, Policy="apply", HealthCheck=str(check.script))
    publish(publisher, key)
    before = host.tree("sys")
    refresh(host)
    host.pump(lambda: [n for n, _ in host.removed.values() if n.endswith("HealthUnavailable")])
    assert host.tree("sys") == before and quarantined(host) == [] and trials(host) == []
    helper = Helper(host.folder / "health", "src/health/kpatchd-health")
    refresh(host)
    settle(host, {"fix-cmdline=1": "applied"})
    helper.close()


def running(careful) -> str:
    """The job that waits for its health check."""
    careful.pump(lambda: careful.property("Jobs"))
    [job] = careful.property("Jobs")
    careful.pump(lambda: careful.property("Step", job, "org.kpatchd1.Job") == "trial")
    return str(job)


def test_cancel(careful, publisher, key, check):
    """Nothing was found out: the patch comes out, and the next refresh applies it again."""
    check.say("exec sleep 1000")
    publish(publisher, key)
    refresh(careful)
    job = running(careful)
    careful.bus.get_object("org.kpatchd1", job, introspect=False).Cancel(
        OPTIONS, dbus_interface="org.kpatchd1.Job", signature="a{sv}")
    with pytest.raises(JobFailed, match="Canceled"):
        careful.wait(job)
    assert careful.patches() == {"fix-cmdline=1": "stored"} and quarantined(careful) == [] and trials(careful) == []
    check.say("exit 0")
    refresh(careful)
    settle(careful, {"fix-cmdline=1": "applied"})


def kill_during(careful, publisher, key, check) -> None:
    check.say("exec sleep 1000")
    publish(publisher, key)
    refresh(careful)
    running(careful)
    careful.pump(lambda: check.runs())
    careful.stop(signal.SIGKILL)
    careful.pump(lambda: not careful.bus.name_has_owner("org.kpatchd1"))
    assert trials(careful) == ["fix-cmdline=1.json"] and careful.enabled("kpatch_fix_cmdline") == "1"


@pytest.mark.parametrize("says, state", [("exit 0", "applied"), ("exit 1", "stored")])
def test_killed_in_the_middle(careful, publisher, key, check, says, state):
    """The next daemon goes on with the trial; what the first one started was killed with it."""
    kill_during(careful, publisher, key, check)
    check.say(says)
    careful.start()
    settle(careful, {"fix-cmdline=1": state})
    assert len(check.runs()) == 2 and trials(careful) == []
    assert careful.property("Generation") == (1 if state == "applied" else 0)
    assert len(quarantined(careful)) == (0 if state == "applied" else 1)


def test_killed_in_the_middle_of_one_that_replaces(careful, publisher, key, check):
    """What it had replaced was in force before the first daemon, not before the next one."""
    publish(publisher, key)
    refresh(careful)
    settle(careful, {"fix-cmdline=1": "applied"})
    check.say("exec sleep 1000")
    publish(publisher, key, make(key, "cumulative", replace=True))
    refresh(careful)
    running(careful)
    careful.pump(lambda: len(check.runs()) == 2)
    careful.stop(signal.SIGKILL)
    careful.pump(lambda: not careful.bus.name_has_owner("org.kpatchd1"))
    assert careful.enabled("kpatch_fix_cmdline") == "0"
    check.say("exit 1")
    careful.start()
    settle(careful, {"fix-cmdline=1": "applied", "cumulative=1": "stored"})
    assert careful.property("Generation") == 1 and careful.enabled("kpatch_cumulative") is None


def test_down_in_the_middle(careful, publisher, key, check, run_reapply):
    """No boot brings back what was never found good."""
    Path(careful.folder, "etc/kpatchd.conf").write_text("[Boot]\nCrashLimit=0\n")
    kill_during(careful, publisher, key, check)
    careful.reboot()
    status, _ = run_reapply()
    assert status == 0 and careful.enabled("kpatch_fix_cmdline") is None
    careful.start()
    careful.pump(lambda: trials(careful) == [])
    assert careful.patches() == {"fix-cmdline=1": "stored"} and len(check.runs()) == 1


def test_killed_between_veto_and_its_end(careful, publisher, key, check):
    """Quarantined, in force and on trial: it comes out without being asked about again."""
    kill_during(careful, publisher, key, check)
    Path(careful.folder, "var/quarantine").mkdir(exist_ok=True)
    Path(careful.folder, "var/quarantine/fix-cmdline=1.json").write_text(
        json.dumps({"patch": "fix-cmdline=1", "why": "The health check said no.", "since": "2026-01-01T00:00:00Z"}))
    careful.start()
    settle(careful, {"fix-cmdline=1": "stored"})
    careful.pump(lambda: trials(careful) == [])
    assert len(check.runs()) == 1 and len(quarantined(careful)) == 1


def test_leaves_nothing_behind(careful, publisher, key, check, tmp_path):
    """What it started in the background dies with it."""
    check.say(f"sleep 1000 & echo $! > {tmp_path}/pid", "exec sleep 1000")
    publish(publisher, key)
    refresh(careful)
    job = running(careful)
    careful.pump(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    careful.bus.get_object("org.kpatchd1", job, introspect=False).Cancel(
        OPTIONS, dbus_interface="org.kpatchd1.Job", signature="a{sv}")
    with pytest.raises(JobFailed):
        careful.wait(job)
    pid, deadline = int((tmp_path / "pid").read_text()), time.monotonic() + 20
    while Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_settings(host):
    Path(host.folder, "etc/feeds.d/shop.conf").write_text(
        "[Feed]\nURL=http://127.0.0.1:1\nHealthCheck=true\nHealthSec=600\n")
    with pytest.raises(JobFailed, match="NoSuchFeed"):
        refresh(host, "shop")
    log = host.stop()
    assert "'true' is no value for HealthCheck" in log and "'600' is no value for HealthSec" in log
