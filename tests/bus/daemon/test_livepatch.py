# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The engine for the kernel's own livepatches."""

import errno
import shutil
import socket
import threading
from pathlib import Path

import dbus
import pytest
from feedkit import Helper
from patchkit import livepatch
from world import NAME, OPTIONS, JobFailed

PATCH, JOB = "org.kpatchd1.Patch", "org.kpatchd1.Job"


def put(path: Path, text: str) -> None:
    Path(f"{path}.new").write_text(text)
    Path(f"{path}.new").rename(path)


@pytest.fixture
def kernel(world):
    """Built with CONFIG_LIVEPATCH."""
    folder = Path(world.folder, "sys/kernel/livepatch")
    folder.mkdir()
    return folder


@pytest.fixture
def klp(world, kernel, key):
    patch = livepatch(key)
    world.do_import(patch)
    return patch


def add_task(world, pid: int, comm: str, state: int, process: int | None = None) -> Path:
    task = Path(world.folder, "proc", str(process or pid), "task", str(pid))
    task.mkdir(parents=True)
    Path(task, "comm").write_text(f"{comm}\n")
    Path(task, "patch_state").write_text(f"{state}\n")
    return task


def sentence(world, job: str) -> str:
    return str(world.property("Progress", job, JOB)[2])


def test_apply_and_rollback(world, kernel, klp):
    for _ in range(2):
        world.apply("klp")
        assert world.patches() == {"klp=1": "applied"}
        assert world.property("Engine", "/org/kpatchd1/patch/klp_3d1", PATCH) == "livepatch"
        world.rollback("klp")
        assert world.patches() == {"klp=1": "stored"}
        assert not Path(world.folder, "sys/module/klp_fix").exists(), "unloaded, to be loaded anew"


@pytest.mark.parametrize(("error", "others", "name", "words"), [
    (errno.EBUSY, [], "TaskInTheWay", "it is busy"),
    (errno.EINVAL, [], "KernelRefused", "was not applied: a function or a symbol that it names does not exist"),
    (errno.EINVAL, ["one"], "KernelRefused", r"its states are not compatible with those of what is in force \(klp_one\)"),
    (errno.EINVAL, ["one", "two"], "KernelRefused", r"\(klp_one and others\)"),
    (errno.ENODEV, [], "KernelRefused", "it, or a callback of the patch, says: No such device"),
    (errno.ENOKEY, [], "KernelRefused", "signed modules only")])
def test_what_the_kernel_refuses(world, kernel, klp, key, error, others, name, words):
    for other in others:
        world.do_import(livepatch(key, id=other, name=f"klp_{other}"))
        world.apply(other)
    Path(world.folder, "fake/insert-errno").write_text(str(error))
    with pytest.raises(JobFailed, match=f"(?s){name}.*{words}"):
        world.apply("klp")
    assert world.patches() == {"klp=1": "stored"} | {f"{other}=1": "applied" for other in others}


def test_without_function_tracing(world, kernel, klp):
    Path(world.folder, "fake/insert-errno").write_text(str(errno.EBUSY))
    Path(world.folder, "proc/sys/kernel").mkdir(parents=True, exist_ok=True)
    Path(world.folder, "proc/sys/kernel/ftrace_enabled").write_text("0\n")
    with pytest.raises(JobFailed, match="KernelRefused.*'sysctl kernel.ftrace_enabled=1' switches it on"):
        world.apply("klp")


def test_engines(world, key):
    engines = {name: (available, sentence) for name, available, sentence in world.property("Engines")}
    assert engines["livepatch"][0] == 0 and "CONFIG_LIVEPATCH" in engines["livepatch"][1]
    world.do_import(livepatch(key))
    with pytest.raises(JobFailed, match="EngineUnavailable: .*CONFIG_LIVEPATCH"):
        world.apply("klp")
    Path(world.folder, "sys/kernel/livepatch").mkdir()
    assert world.property("Engines")[1][1] == 1


def test_one_that_is_loaded_and_off_is_loaded_anew(world, kernel, klp):
    world.apply("klp")
    shutil.rmtree(Path(kernel, "klp_fix"))
    assert world.patches() == {"klp=1": "failed"}
    world.apply("klp")
    assert world.patches() == {"klp=1": "applied"}


def test_stragglers(world, kernel, klp):
    Path(world.folder, "fake/stragglers").write_text("x\n")
    add_task(world, 10, "done", 1)
    task = add_task(world, 11, "behind", 0)
    add_task(world, 12, "second thread", 0, process=10)
    Path(world.folder, "proc/sys").mkdir(exist_ok=True)
    job = world.start_change("Apply", "klp")
    world.pump(lambda: sentence(world, job) in ("Waiting for 2 tasks: behind (11), second thread (12)",
                                                "Waiting for 2 tasks: second thread (12), behind (11)"))
    path = "/org/kpatchd1/patch/klp_3d1"
    assert sorted(world.property("Stragglers", path, PATCH)) == [(11, "behind", ""), (12, "second thread", "")]
    put(Path(task, "patch_state"), "1\n")
    world.pump(lambda: sentence(world, job) == "Waiting for 1 task: second thread (12)")
    put(Path(kernel, "klp_fix/transition"), "0\n")
    world.wait(job)
    assert world.property("Stragglers", path, PATCH) == []


STACK = "[<0>] nap+0x1/0x2\n[<0>] door_open+0x3/0x4 [door]\n"


def stacks(world, path: str = "/org/kpatchd1/patch/klp_3d1") -> list[tuple[int, list[str]]]:
    call = world.bus.get_object(NAME, path, introspect=False).get_dbus_method("GetStacks", PATCH)
    return [(int(pid), [str(frame) for frame in frames]) for pid, frames in call(OPTIONS, signature="a{sv}")]


@pytest.fixture
def waiting(world, kernel, klp):
    """Applied but for one task, 11, whose stack the kernel gives."""
    Path(world.folder, "fake/stragglers").write_text("x\n")
    add_task(world, 11, "behind", 0)
    Path(world.folder, "proc/11/stack").write_text(STACK)
    job = world.start_change("Apply", "klp")
    world.pump(lambda: sentence(world, job).startswith("Waiting for 1 task"))
    yield world
    put(Path(kernel, "klp_fix/transition"), "0\n")
    world.wait(job)


@pytest.fixture
def reader(world):
    helper = Helper(Path(world.folder, "stack"), "src/stack/kpatchd-stack")
    yield helper
    helper.close()


def test_stacks(waiting, reader):
    assert stacks(waiting) == [(11, ["nap+0x1/0x2", "door_open+0x3/0x4 [door]"])]
    # Of what the kernel does not give, and of what has no end, as much as there is.
    (Path(waiting.folder, "proc/11/stack")).unlink()
    add_task(waiting, 12, "endless", 0)
    Path(waiting.folder, "proc/12/stack").write_text("x" * 100 + "\n" + "[<0>] y\n" * 10000)
    assert sorted(stacks(waiting)) == [(11, []), (12, ["x" * 100] + ["y"] * 63)]
    for pid in range(100, 140):
        add_task(waiting, pid, "one of many", 0)
    assert len(stacks(waiting)) == 32


def test_stacks_of_the_core(world, stored, reader):
    """Whichever engine says who is in the way."""
    Path(world.folder, "fake/stragglers").write_text("123 cmdline_proc_show my cat\n")
    Path(world.folder, "proc/123").mkdir()
    Path(world.folder, "proc/123/stack").write_text(STACK)
    job = world.start_change("Apply", "fix-cmdline")
    world.pump(lambda: sentence(world, job).startswith("Waiting for 1 task"))
    assert stacks(world, "/org/kpatchd1/patch/fix_2dcmdline_3d1") == [(123, ["nap+0x1/0x2", "door_open+0x3/0x4 [door]"])]
    for name, text in ("stragglers", ""), ("state", "applied\n"):
        put(Path(world.folder, "sys/kernel/kpatch", stored.name, name), text)
    world.wait(job)
    assert stacks(world, "/org/kpatchd1/patch/fix_2dcmdline_3d1") == []


def test_stacks_are_for_whom_polkit_allows_them(waiting, reader):
    waiting.allow("org.kpatchd1.apply", "org.kpatchd1.force")
    with pytest.raises(dbus.DBusException, match="NotAuthorized.*org.kpatchd1.inspect"):
        stacks(waiting)
    assert not reader.started, "it was not even asked"
    waiting.allow("org.kpatchd1.inspect")
    assert len(stacks(waiting)) == 1


def test_nobody_reads_stacks(waiting):
    with pytest.raises(dbus.DBusException, match="StackUnavailable: .*'systemctl start kpatchd-stack.socket'"):
        stacks(waiting)


@pytest.mark.parametrize(("answer", "frames"), [
    (b"", None), (b"x" * 100, None),
    (b"\0" * 4 + b"\xff" * 4 + b"a" * 4088, []),
    (b"\1\0\0\0" + b"\4\0\0\0" + b"a" * 4088, []),
    (b"\0" * 4 + b"\x0a\0\0\0" + b"\x1b[31m\xff\n\n\0z" + b"a" * 4078, ["?[31m?"]),
])
def test_a_reader_of_stacks_that_lies(waiting, answer, frames):
    """Whatever it says, the daemon answers, and with what can be printed."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(Path(waiting.folder, "stack")))
        listener.listen()

        def lie():
            connection, _ = listener.accept()
            with connection:
                connection.recv(1)
                connection.sendall(answer)

        thread = threading.Thread(target=lie)
        thread.start()
        if frames is None:
            with pytest.raises(dbus.DBusException, match="StackUnavailable"):
                stacks(waiting)
        else:
            assert stacks(waiting) == [(11, frames)]
        thread.join()


def test_cancel_and_force(world, kernel, klp):
    Path(world.folder, "fake/stragglers").write_text("x\n")
    job = world.start_change("Apply", "klp")
    world.pump(lambda: sentence(world, job).startswith("Waiting for tasks"))
    dbus.Interface(world.bus.get_object(NAME, job, introspect=False), JOB).Cancel(OPTIONS, signature="a{sv}")
    world.pump(lambda: Path(kernel, "klp_fix/enabled").read_text() == "0\n")
    shutil.rmtree(Path(kernel, "klp_fix"))
    with pytest.raises(JobFailed, match="Canceled"):
        world.wait(job)
    assert not Path(world.folder, "sys/module/klp_fix").exists()
    job = world.start_change("Apply", "klp")
    world.pump(lambda: sentence(world, job).startswith("Waiting for tasks"))
    dbus.Interface(world.bus.get_object(NAME, "/org/kpatchd1/patch/klp_3d1", introspect=False), PATCH).Force(OPTIONS, signature="a{sv}")
    world.wait(job)


def test_strict_is_not_to_be_had(world, kernel, klp):
    with pytest.raises(JobFailed, match="InvalidArgument: .*gradually"):
        world.apply("klp", policy="strict")
    world.apply("klp", policy="gradual")


@pytest.mark.parametrize(("functions", "word"), [
    ([{"name": "other", "sympos": 0}], "other of vmlinux"),
    ([{"name": "cmdline_proc_show", "sympos": 2}], "cmdline_proc_show"),
    ([], "names 0 functions"),
])
def test_what_the_kernel_shows_is_compared_with_the_manifest(world, kernel, key, functions, word):
    objects = [{"name": "vmlinux", "functions": functions}] if functions else []
    world.do_import(livepatch(key, fields={"objects": objects}))
    with pytest.raises(JobFailed, match=f"ModuleMismatch: .*{word}"):
        world.apply("klp")
    assert not Path(world.folder, "sys/module/klp_fix").exists(), "it was taken out again"
    assert world.patches() == {"klp=1": "stored"}


def test_two_engines_cannot_have_one_function(world, stored, kernel, klp):
    Path(world.folder, "sys/kernel/kpatch").mkdir()
    world.apply("klp")
    with pytest.raises(JobFailed) as failed:
        world.apply("fix-cmdline")
    assert failed.value.name == "Conflict"
    assert all(word in failed.value.message for word in ("fix-cmdline=1", "klp=1", "cmdline_proc_show of vmlinux"))
    world.rollback("klp")
    world.apply("fix-cmdline")
    Path(world.folder, "sys/kernel/kpatch", stored.name, "vmlinux/cmdline_proc_show,0").mkdir(parents=True)
    with pytest.raises(JobFailed, match="Conflict: .*klp=1.*fix-cmdline=1"):
        world.apply("klp")


def test_one_loaded_by_hand_has_its_functions_as_well(world, stored, kernel):
    Path(kernel, "by_hand/vmlinux/cmdline_proc_show,1").mkdir(parents=True)
    put(Path(kernel, "by_hand/enabled"), "1\n")
    put(Path(kernel, "by_hand/transition"), "0\n")
    assert world.patches() == {"by_hand=": "applied", "fix-cmdline=1": "stored"}
    with pytest.raises(JobFailed, match="Conflict: .*by_hand"):
        world.apply("fix-cmdline")
