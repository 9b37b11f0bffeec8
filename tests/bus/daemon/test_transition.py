# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Switches that some tasks are slow to follow: waited for, cancelled, turned back, forced."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import dbus
import pytest
from patchkit import Patch
from test_history import history
from test_story import generations
from world import NAME, OPTIONS, JobFailed, close_bus

PATCH, JOB = "org.kpatchd1.Patch", "org.kpatchd1.Job"
OBJECT = "/org/kpatchd1/patch/fix_2dcmdline_3d1"


def behind(world, *tasks: str) -> None:
    """Who the next switches have to wait for: lines of "PID FUNCTION COMM"."""
    path = Path(world.folder, "fake/stragglers")
    path.write_text("".join(f"{task}\n" for task in tasks)) if tasks else path.unlink()


def kernel(world, patch: Patch, name: str, value: str | None = None) -> str:
    path = Path(world.folder, "sys/kernel/kpatch", patch.name, name)
    if value is None:
        return path.read_text().strip()
    Path(f"{path}.new").write_text(f"{value}\n")
    Path(f"{path}.new").rename(path)  # at once, as the kernel does it; the daemon may unload the module at once, too
    return value


def object_state(world, patch: Patch, name: str, state: str) -> None:
    """What the kernel says of a part of the patch."""
    Path(world.folder, "sys/kernel/kpatch", patch.name, name).mkdir(exist_ok=True)
    kernel(world, patch, f"{name}/state", state)


def sentence(world, job: str) -> str:
    return str(world.property("Progress", job, JOB)[2])


def wait_for_transition(world, job: str) -> None:
    world.pump(lambda: sentence(world, job).startswith("Waiting for 1 task"))


def cancel(world, job: str) -> None:
    dbus.Interface(world.bus.get_object(NAME, job, introspect=False), JOB).Cancel(OPTIONS, signature="a{sv}")


@pytest.fixture
def applying(world, stored):
    behind(world, "123 do_nanosleep my sleeper")
    job = world.start_change("Apply", "fix-cmdline")
    wait_for_transition(world, job)
    return job


def test_the_end_is_waited_for(world, stored, applying):
    assert sentence(world, applying) == "Waiting for 1 task: my sleeper (123) in do_nanosleep"
    assert world.property("Step", applying, JOB) == "transition"
    assert world.patches() == {"fix-cmdline=1": "applying"}
    assert world.property("Stragglers", OBJECT, PATCH) == [(123, "my sleeper", "do_nanosleep")]
    assert world.property("Pause", OBJECT, PATCH) == (41, 0, 7, 0)
    assert generations(world) == {}, "what is not complete is not recorded"
    kernel(world, stored, "stragglers", "7 x a\n8 x b\n9 y c\n10 z d")
    world.pump(lambda: sentence(world, applying) == "Waiting for 4 tasks: a (7) in x, b (8) in x, c (9) in y and 1 more")
    world.pump(lambda: [4] == [len(changed["Stragglers"]) for p, m, (_, changed, *_) in
                               ((p, m, a) for p, m, a in world.signals if m == "PropertiesChanged") if p == OBJECT][-1:])
    kernel(world, stored, "stragglers", "")
    kernel(world, stored, "state", "applied")
    world.wait(applying)
    assert world.patches() == {"fix-cmdline=1": "applied"}
    assert generations(world) == {1: ["fix-cmdline=1"]}


def test_cancel_turns_an_apply_back(world, stored, applying):
    cancel(world, applying)
    world.pump(lambda: kernel(world, stored, "state") == "reverting")
    kernel(world, stored, "state", "disabled")
    with pytest.raises(JobFailed) as failed:
        world.wait(applying)
    assert failed.value.name == "Canceled"
    assert world.enabled(stored.name) is None, "it was unloaded"
    assert world.patches() == {"fix-cmdline=1": "stored"} and generations(world) == {}
    behind(world)
    world.apply("fix-cmdline")


def test_cancel_turns_a_rollback_round(world, stored):
    world.apply("fix-cmdline")
    behind(world, "5 f c")
    job = world.start_change("Rollback", "fix-cmdline")
    wait_for_transition(world, job)
    assert world.patches() == {"fix-cmdline=1": "reverting"}
    behind(world)
    cancel(world, job)
    with pytest.raises(JobFailed, match="Canceled"):
        world.wait(job)
    assert world.patches() == {"fix-cmdline=1": "applied"}
    assert generations(world) == {1: ["fix-cmdline=1"]}


def test_deadline(world, stored):
    behind(world, "5 f c")
    job = world.start_change("Apply", "fix-cmdline", deadline=dbus.UInt32(1))
    world.pump(lambda: Path(world.folder, "sys/kernel/kpatch", stored.name, "state").exists() and
               kernel(world, stored, "state") == "reverting")
    kernel(world, stored, "state", "disabled")
    with pytest.raises(JobFailed) as failed:
        world.wait(job)
    assert failed.value.name == "TaskInTheWay"
    assert "within 1 s" in failed.value.message and "c (5) in f" in failed.value.message
    assert world.enabled(stored.name) is None


def test_after_the_setting_the_kernel_goes_on_alone(world, stored):
    world.stop()
    Path(world.folder, "etc/kpatchd.conf").write_text("[Transition]\nDeadlineSec=1\n")
    world.start()
    behind(world, "5 f c")
    assert "applied" in world.apply("fix-cmdline")
    assert world.patches() == {"fix-cmdline=1": "applying"}
    assert generations(world) == {1: ["fix-cmdline=1"]}, "it is in force for all but one"
    kernel(world, stored, "state", "applied")
    kernel(world, stored, "stragglers", "")
    world.pump(lambda: world.patches() == {"fix-cmdline=1": "applied"})
    world.rollback("fix-cmdline")
    assert world.patches() == {"fix-cmdline=1": "reverting"}
    assert generations(world) == {1: ["fix-cmdline=1"], 2: []}
    assert world.stop().count("goes on in the kernel, for 1 task: c (5) in f") == 2


@pytest.fixture
def under_way(world, stored):
    """Applied and recorded, but for one task."""
    world.stop()
    Path(world.folder, "etc/kpatchd.conf").write_text("[Transition]\nDeadlineSec=1\n")
    world.start()
    behind(world, "5 f c")
    world.apply("fix-cmdline")
    assert kernel(world, stored, "state") == "applying"


def stays(world, stored, job: str, error: str, *words: str) -> None:
    """It ends with that, and the patch goes on in the direction that it had."""
    with pytest.raises(JobFailed) as failed:
        world.wait(job)
    assert failed.value.name == error and all(word in failed.value.message for word in words), failed.value.message
    assert kernel(world, stored, "state") == "applying" and world.patches() == {"fix-cmdline=1": "applying"}
    assert generations(world) == {1: ["fix-cmdline=1"]}
    kernel(world, stored, "state", "applied")
    assert "Cannot undo" not in world.stop()


def test_cancel_turns_a_rollback_round_to_where_it_was(world, stored, under_way):
    job = world.start_change("Rollback", "fix-cmdline", deadline=dbus.UInt32(0))
    wait_for_transition(world, job)
    assert kernel(world, stored, "state") == "reverting"
    cancel(world, job)
    stays(world, stored, job, "Canceled", "turned back")


def test_cancel_of_an_apply_leaves_what_was_under_way(world, stored, under_way):
    job = world.start_change("Apply", "fix-cmdline", deadline=dbus.UInt32(0))
    wait_for_transition(world, job)
    cancel(world, job)
    stays(world, stored, job, "Canceled", "goes on")


def test_deadline_of_an_apply_leaves_what_was_under_way(world, stored, under_way):
    job = world.start_change("Apply", "fix-cmdline", deadline=dbus.UInt32(1))
    stays(world, stored, job, "TaskInTheWay", "within 1 s", "goes on", "c (5) in f", "'kpatchctl force fix-cmdline=1'")


def test_cancel_turns_an_apply_back_to_where_it_was(world, stored, under_way):
    world.rollback("fix-cmdline")
    assert kernel(world, stored, "state") == "reverting", "the kernel goes on alone"
    job = world.start_change("Apply", "fix-cmdline", deadline=dbus.UInt32(0))
    wait_for_transition(world, job)
    assert kernel(world, stored, "state") == "applying"
    cancel(world, job)
    with pytest.raises(JobFailed, match="Canceled"):
        world.wait(job)
    assert kernel(world, stored, "state") == "reverting"
    assert "Cannot undo" not in world.stop()


def test_boot_does_not_wait_for_the_last_task(world, stored, run_reapply):
    world.apply("fix-cmdline")
    world.stop()
    world.reboot()
    behind(world, "5 f c")
    status, log = run_reapply()
    assert status == 0 and "goes on in the kernel" in log
    assert kernel(world, stored, "state") == "applying"


def test_force(world, stored, applying):
    patch = dbus.Interface(world.bus.get_object(NAME, OBJECT, introspect=False), PATCH)
    world.allow("org.kpatchd1.apply")
    with pytest.raises(dbus.DBusException) as failed:
        patch.Force(OPTIONS, signature="a{sv}")
    assert failed.value.get_dbus_name() == "org.kpatchd1.Error.NotAuthorized"
    assert kernel(world, stored, "state") == "applying"
    world.allow("org.kpatchd1.force")
    patch.Force(OPTIONS, signature="a{sv}")
    assert "applied" in world.wait(applying)
    with pytest.raises(dbus.DBusException) as failed:
        patch.Force(OPTIONS, signature="a{sv}")
    assert failed.value.get_dbus_name() == "org.kpatchd1.Error.NoTransition"
    forced = next(e for e in history(world) if e["kind"] == "force")
    assert forced["patch"] == "fix-cmdline=1" and forced["result"] == "done" and "ended by force" in forced["message"]
    assert forced["uid"] == os.getuid() and forced["comm"] == Path("/proc/self/comm").read_text().strip()
    assert [e["kind"] for e in history(world)].count("force") == 1
    assert "ended by force" in world.stop()


@pytest.mark.parametrize("turned_back", [True, False])
def test_force_is_of_what_was_asked_about(world, stored, applying, turned_back):
    """While the password is typed the transition may turn back, or end: that was not what anybody wanted to force."""
    world.polkit_process.send_signal(signal.SIGSTOP)
    answers = []
    patch = dbus.Interface(world.bus.get_object(NAME, OBJECT, introspect=False), PATCH)
    patch.Force(OPTIONS, signature="a{sv}", reply_handler=lambda: answers.append(None), error_handler=answers.append)
    assert world.patches() == {"fix-cmdline=1": "applying"}  # it has come by now
    if turned_back:
        cancel(world, applying)
        world.pump(lambda: kernel(world, stored, "state") == "reverting")
    else:
        kernel(world, stored, "state", "applied")
        world.wait(applying)
    world.polkit_process.send_signal(signal.SIGCONT)
    world.pump(lambda: answers)
    assert answers[0] and answers[0].get_dbus_name() == "org.kpatchd1.Error.NoTransition"
    assert kernel(world, stored, "state") == ("reverting" if turned_back else "applied")
    assert kernel(world, stored, "force") == "" and "force" not in [e["kind"] for e in history(world)]
    if turned_back:
        assert "turned back" in answers[0].get_dbus_message()
        kernel(world, stored, "state", "disabled")
        with pytest.raises(JobFailed, match="Canceled"):
            world.wait(applying)


@pytest.mark.parametrize("policy", ["strict", "gradual"])
def test_policy_reaches_the_kernel(world, stored, policy):
    world.apply("fix-cmdline", policy=policy)
    assert world.property("Policy", OBJECT, PATCH) == kernel(world, stored, "policy") == policy
    other = {"strict": "gradual", "gradual": "strict"}[policy]
    behind(world, "5 f c")
    job = world.start_change("Rollback", "fix-cmdline", policy=other)
    wait_for_transition(world, job)
    assert kernel(world, stored, "policy") == other
    kernel(world, stored, "state", "disabled")
    world.wait(job)


@pytest.mark.parametrize(("options", "word"), [
    ({"policy": "lenient"}, "policy"), ({"policy": 1}, "type"), ({"deadline": "x"}, "type"), ({"what": 1}, "what"),
])
def test_options_that_make_no_sense(world, stored, options, word):
    with pytest.raises(dbus.DBusException, match=word) as failed:
        world.apply("fix-cmdline", **options)
    assert failed.value.get_dbus_name() == "org.kpatchd1.Error.InvalidArgument"


def test_taken_over_from_somebody_else(world, stored):
    """One that is being applied already, by a daemon that was killed or by hand."""
    behind(world, "5 f c")
    world.start_change("Apply", "fix-cmdline")
    world.pump(lambda: world.patches() == {"fix-cmdline=1": "applying"} and
               Path(world.folder, "sys/kernel/kpatch", stored.name, "state").exists())
    world.stop(9)
    world.start()
    assert world.patches() == {"fix-cmdline=1": "applying"}, "the kernel says so"
    job = world.start_change("Apply", "fix-cmdline")
    wait_for_transition(world, job)
    kernel(world, stored, "state", "applied")
    world.wait(job)
    assert generations(world) == {1: ["fix-cmdline=1"]}


def test_what_could_not_be_undone_is_said(world, stored, applying):
    Path(world.folder, "fake/idle").touch()  # the kernel takes the word, and does nothing
    cancel(world, applying)
    with pytest.raises(JobFailed, match="Canceled.* cancelled.*Cannot undo the apply of fix-cmdline=1") as failed:
        world.wait(applying)
    assert "turned back" not in failed.value.message and "nothing has changed" not in failed.value.message
    assert history(world, 1)[0]["message"] == failed.value.message
    assert world.patches() == {"fix-cmdline=1": "applying"}


def test_a_queued_job_is_cancelled_at_once(world, stored, key, applying):
    world.do_import_later = Patch(key, id="other", name="kpatch_other")
    job = world.start_import(*world.do_import_later.files())
    cancel(world, job)
    assert "before it began" in str(pytest.raises(JobFailed, world.wait, job).value)
    kernel(world, stored, "state", "applied")
    world.wait(applying)


def call_and_leave(world, *options: str) -> str:
    """A caller that is gone as soon as it has the job."""
    done = subprocess.run(["busctl", f"--address={world.address}", "call", NAME, "/org/kpatchd1",
                           "org.kpatchd1.Manager", "Apply", "sa{sv}", "fix-cmdline", *options],
                          capture_output=True, text=True, check=True)
    return re.search(r"/org/\w+/job/\d+", done.stdout)[0]


def test_a_caller_that_goes_away(world, stored):
    behind(world, "5 f c")
    job = call_and_leave(world, "0")
    wait_for_transition(world, job)
    kernel(world, stored, "state", "applied")
    world.wait(job)
    behind(world)
    world.rollback("fix-cmdline")
    behind(world, "5 f c")
    job = call_and_leave(world, "1", "attached", "b", "true")
    state = Path(world.folder, "sys/kernel/kpatch", stored.name, "state")
    # It may be cancelled before it comes to the kernel.
    world.pump(lambda: job in world.removed or (state.exists() and state.read_text() == "reverting\n"))
    if job not in world.removed:
        kernel(world, stored, "state", "disabled")
    with pytest.raises(JobFailed, match="Canceled"):
        world.wait(job)


def test_what_others_asked_for_as_well_goes_on(world, stored, applying):
    assert call_and_leave(world, "1", "attached", "b", "true") == applying
    # Were it cancelled, this would have been seen: the daemon handles what comes in its order.
    assert world.patches() == {"fix-cmdline=1": "applying"}
    kernel(world, stored, "state", "applied")
    world.wait(applying)


def test_who_may_cancel(world, applying, stored):
    other = dbus.bus.BusConnection(world.address)
    world.allow()
    proxy = dbus.Interface(other.get_object(NAME, applying, introspect=False), JOB)
    with pytest.raises(dbus.DBusException) as failed:
        proxy.Cancel(OPTIONS, signature="a{sv}")
    close_bus(other)
    assert failed.value.get_dbus_name() == "org.kpatchd1.Error.NotAuthorized"
    behind(world)
    cancel(world, applying)
    with pytest.raises(JobFailed, match="Canceled"):
        world.wait(applying)


def test_since_when(world, applying, stored):
    """A transition has a beginning that stays the same until it ends."""
    def since() -> int:
        return int(world.property("TransitionSince", OBJECT, PATCH))

    began = since()
    assert abs(began - time.time()) < 60
    kernel(world, stored, "state")
    assert world.patches() == {"fix-cmdline=1": "applying"} and since() == began
    kernel(world, stored, "state", "applied")
    world.wait(applying)
    assert since() == 0


def test_objects(world, stored):
    def objects() -> list[tuple[str, str]]:
        return [(str(name), str(state)) for name, state in world.property("Objects", OBJECT, PATCH)]

    assert objects() == [("vmlinux", "")]
    world.apply("fix-cmdline")
    folder = Path(world.folder, "sys/kernel/kpatch", stored.name, "vmlinux")
    folder.mkdir(exist_ok=True)
    Path(folder, "state").write_text("patched\n")
    assert objects() == [("vmlinux", "patched")]
    world.rollback("fix-cmdline")
    assert objects() == [("vmlinux", "")]
    changed = [a[1] for p, m, a in world.signals if m == "PropertiesChanged" and p == OBJECT]
    assert all("Objects" in c for c in changed if "State" in c)
