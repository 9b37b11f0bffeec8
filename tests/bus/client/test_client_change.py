# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl import, apply and rollback."""

import contextlib
import json
import os
import signal
import time

import pytest
from client_world import ERROR, PATIENCE, check_schema, patch


NOBODY = 65534


@pytest.fixture
def files(tmp_path):
    (tmp_path / "demo.ko").write_text("the module")
    (tmp_path / "demo.manifest.json").write_text("the manifest")
    return tmp_path


@pytest.mark.parametrize(("verb", "method"), [("apply", "Apply"), ("rollback", "Rollback")])
def test_apply_and_rollback(world, verb, method):
    world.start_daemon(patches=[patch()], job={"message": "So it is."})
    result = world.run(verb, "demo=1.0")
    assert (result.code, result.out, result.err) == (0, "So it is.\n", "")
    assert world.calls() == [{"method": method, "args": ["demo=1.0", {}], "interactive": True}]


@pytest.mark.parametrize("verb", ["apply", "rollback"])
def test_json_of_a_change(world, verb):
    world.start_daemon(patches=[patch()], job={"message": "So it is."})
    result = world.run(verb, "demo", "--json")
    assert check_schema(result.json) == {
        "format": 1,
        "results": [{"kind": verb, "patch": "demo", "result": "done", "message": "So it is."}],
    }
    assert result.err == ""


def test_several_are_done_in_order(world):
    world.start_daemon(patches=[patch("one"), patch("two")])
    reply = check_schema(world.run("apply", "two", "one", "--json").json)
    assert [r["patch"] for r in reply["results"]] == ["two", "one"]
    assert [c["args"][0] for c in world.calls()] == ["two", "one"]


def test_each_success_is_said_at_once(world):
    world.start_daemon(patches=[patch("one"), patch("two")], job={"pause": 0.3})
    client = world.spawn("apply", "one", "two")
    assert client.stdout.readline() == "Patch one apply done.\n"
    assert client.poll() is None
    assert client.communicate(timeout=PATIENCE)[0] == "Patch two apply done.\n"


def test_the_first_failure_ends_it(world):
    world.start_daemon(patches=[patch("one"), patch("three")])
    result = world.run("apply", "one", "two", "three", "--json")
    assert result.code == 12
    reply = check_schema(result.json)
    assert [r["patch"] for r in reply["results"]] == ["one"]
    assert reply["error"]["name"] == ERROR + "NoSuchPatch"
    assert [c["args"][0] for c in world.calls()] == ["one", "two"]


def test_all_names_are_checked_first(world):
    world.start_daemon(patches=[patch()])
    result = world.run("apply", "demo", "../etc")
    assert result.code == 11 and "'../etc'" in result.sentence
    assert world.calls() == []


def test_no_ask_password(world):
    world.start_daemon(patches=[patch()])
    assert world.run("apply", "demo", "--no-ask-password").code == 0
    assert world.calls()[0]["interactive"] is False


def test_quiet(world):
    world.start_daemon(patches=[patch()], job={"result": {"rollback": ERROR + "NotApplied"}, "message": "No."})
    result = world.run("apply", "demo", "-q")
    assert (result.code, result.out, result.err) == (0, "", "")
    result = world.run("-q", "rollback", "demo")
    assert (result.code, result.out, result.sentence) == (15, "", "No.")


def test_failure_of_the_job(world):
    world.start_daemon(patches=[patch()], job={"result": ERROR + "TaskInTheWay", "message": "Task 7 is in the way."})
    result = world.run("apply", "demo")
    assert (result.code, result.out, result.sentence) == (42, "", "Task 7 is in the way.")
    result = world.run("apply", "demo", "--json")
    assert check_schema(result.json) == {
        "format": 1,
        "results": [
            {
                "kind": "apply", "patch": "demo", "result": ERROR + "TaskInTheWay",
                "message": "Task 7 is in the way.",
            }
        ],
        "error": {"name": ERROR + "TaskInTheWay", "message": "Task 7 is in the way."},
    }
    assert (result.code, result.sentence) == (42, "Task 7 is in the way.")


def test_a_failure_without_a_sentence_has_the_general_one(world):
    world.start_daemon(patches=[patch()], job={"result": ERROR + "NoSpace", "message": ""})
    result = world.run("apply", "demo")
    assert (result.code, result.sentence) == (50, "The disk that holds /var/lib/kpatchd is full.")


def test_a_refused_call(world):
    world.start_daemon(patches=[patch()], refuse={"Rollback": [ERROR + "NotAuthorized", "You may not."]})
    result = world.run("rollback", "demo", "--json")
    assert (result.code, result.sentence) == (5, "You may not.")
    assert check_schema(result.json) == {
        "format": 1,
        "error": {"name": ERROR + "NotAuthorized", "message": "You may not."},
    }


def test_the_nearest_patch_is_named(world):
    world.start_daemon(patches=[patch("fix-overflow"), patch("fix-underflow")])
    assert world.run("apply", "fix-overfow").sentence == (
        "No patch 'fix-overfow' is stored; did you mean 'fix-overflow'?"
    )
    assert world.run("apply", "something-else").sentence == (
        "No patch 'something-else' is stored."
    )


def test_no_suggestion_is_no_problem(world):
    world.start_daemon(patches=[patch("demo")], silent=["GetManagedObjects"])
    start = time.monotonic()
    result = world.run("apply", "dem")
    assert (result.code, result.sentence) == (12, "No patch 'dem' is stored.")
    assert time.monotonic() - start < 5


def test_import(world, files):
    world.start_daemon(job={"message": "Patch demo=1.0 imported.", "of": "demo=1.0"})
    result = world.run("import", files / "demo.ko", "--json")
    assert result.code == 0
    assert check_schema(result.json)["results"] == [
        {"kind": "import", "patch": "demo=1.0", "result": "done", "message": "Patch demo=1.0 imported."}
    ]
    (call,) = world.calls()
    assert call["method"] == "Import"
    assert [call["contents"][i] for i in call["args"][:2]] == ["the manifest", "the module"]


def test_import_with_a_manifest_elsewhere(world, files):
    (files / "other.json").write_text("another manifest")
    (files / "odd-name").write_text("another module")
    world.start_daemon(job={"message": "Imported."})
    result = world.run("import", files / "odd-name", files / "other.json")
    assert (result.code, result.out) == (0, "Imported.\n")
    (call,) = world.calls()
    assert [call["contents"][i] for i in call["args"][:2]] == ["another manifest", "another module"]


def test_import_and_apply(world, files):
    world.start_daemon(job={"of": "demo=1.0"}, patches=[patch()])
    reply = check_schema(world.run("import", "--apply", files / "demo.ko", "--json").json)
    assert [(r["kind"], r["patch"], r["result"]) for r in reply["results"]] == [
        ("import", "demo=1.0", "done"),
        ("apply", "demo=1.0", "done"),
    ]
    assert [c["method"] for c in world.calls()] == ["Import", "Apply"]


def test_import_and_apply_of_what_is_stored(world, files):
    world.start_daemon(
        job={"of": "demo=1.0", "result": {"import": ERROR + "AlreadyStored"}, "message": "A sentence."},
        patches=[patch()],
    )
    result = world.run("import", files / "demo.ko", "--apply", "--json")
    assert (result.code, result.err) == (0, "")
    reply = check_schema(result.json)
    assert [r["result"] for r in reply["results"]] == [ERROR + "AlreadyStored", "done"]
    assert "error" not in reply
    # on its own it is a failure
    assert world.run("import", files / "demo.ko").code == 13


def test_a_failed_import_is_not_applied(world, files):
    world.start_daemon(job={"of": "demo=1.0", "result": ERROR + "KeyUnknown", "message": "No."}, patches=[patch()])
    assert world.run("import", files / "demo.ko", "--apply").code == 24
    assert [c["method"] for c in world.calls()] == ["Import"]


def test_import_that_does_not_say_what(world, files):
    world.start_daemon(job={})
    result = world.run("import", files / "demo.ko", "--apply")
    assert result.code == 1 and "did not say which patch" in result.sentence
    assert [c["method"] for c in world.calls()] == ["Import"]


def test_import_of_files_that_are_none(world, files):
    world.start_daemon()
    os.mkfifo(files / "fifo.ko")
    (files / "alone.ko").write_text("")
    (files / "folder.ko").mkdir()
    for name, code, part in (
        ("absent.ko", 10, "Cannot open the module '"),
        ("alone.ko", 10, "alone.manifest.json': No such file"),
        ("fifo.ko", 10, "fifo.ko' is not a regular file."),
        ("folder.ko", 10, "folder.ko' is not a regular file."),
        ("demo.manifest.json", 2, "does not end in .ko"),
        (".ko", 2, "does not end in .ko"),
    ):
        result = world.run("import", name if name == ".ko" else files / name)
        assert result.code == code and part in result.sentence
    result = world.run("import", "demo.manifest.json", "demo.ko")
    assert (result.code, result.sentence) == (
        2,
        "The module comes first: 'kpatchctl import demo.ko demo.manifest.json'.",
    )
    assert world.calls() == []


def test_import_opens_with_the_callers_rights(public_world):
    world = public_world
    for name, mode in (("demo.ko", 0o600), ("demo.manifest.json", 0o644)):
        (world.folder / name).write_text("some text")
        (world.folder / name).chmod(mode)
    world.start_daemon(job={"message": "Imported."})
    args = ["import", str(world.folder / "demo.ko")]
    result = world.terminal(*args, uid=NOBODY).finish()
    assert result.code == 10 and "demo.ko': Permission denied." in result.out and world.calls() == []
    (world.folder / "demo.ko").chmod(0o644)
    assert world.terminal(*args, "--no-ask-password", uid=NOBODY).finish().code == 0


def test_a_job_that_ends_before_the_reply(world, files):
    world.start_daemon(patches=[patch()], job={"early": True, "of": "demo=1.0", "message": "That was quick."})
    result = world.run("apply", "demo")
    assert (result.code, result.out) == (0, "That was quick.\n")
    assert world.run("import", files / "demo.ko", "--apply").code == 0


def test_others_cannot_end_the_job(world):
    world.start_daemon(patches=[patch()], job={"impostor": True, "message": "The truth."})
    assert world.run("apply", "demo").out == "The truth.\n"


def test_the_jobs_of_others_are_not_ours(world):
    world.start_daemon(patches=[patch("slow"), patch("quick")], job={"pause": 0.3})
    first = world.spawn("apply", "slow")
    time.sleep(0.3)
    second = world.spawn("apply", "quick")
    assert first.communicate(timeout=PATIENCE)[0] == "Patch slow apply done.\n"
    assert second.communicate(timeout=PATIENCE)[0] == "Patch quick apply done.\n"


def test_a_daemon_that_dies(world):
    world.start_daemon(patches=[patch()], job={"exit_at": "load"})
    result = world.run("apply", "demo")
    assert result.code == 4 and "went away before the operation ended" in result.sentence


def test_a_daemon_that_dies_before_it_answers(world):
    world.start_daemon(patches=[patch()], job={"exit_at": "verify", "early": True})
    result = world.run("apply", "demo")
    assert result.code == 4 and "went away without an answer" in result.sentence


def test_a_daemon_that_is_being_stopped_ends_its_job(world):
    world.start_daemon(patches=[patch()], job={"leave_at": "load", "message": "Done all the same."})
    result = world.run("apply", "demo")
    assert (result.code, result.out) == (0, "Done all the same.\n")


def test_the_bus_goes_away(world):
    world.start_daemon(patches=[patch()], job={"stop_at": "load"})
    terminal = world.terminal("apply", "demo")
    terminal.read_until("[1/3]")
    world.stop(world.processes[0])
    result = terminal.finish()
    assert result.code == 4
    assert result.out.endswith("\r\033[Kkpatchctl: The connection to the system bus was lost.\n")


def wait_until_called(client) -> None:
    """The signals are caught before anything is called."""
    deadline = time.monotonic() + PATIENCE
    while "signalfd" not in open_files(client.pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def open_files(pid: int) -> str:
    names = ""
    for entry in os.scandir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # it was closed meanwhile
            names += os.readlink(entry.path)
    return names


def test_a_daemon_that_dies_before_it_is_watched(world):
    """The client stands still while the daemon answers and dies."""
    daemon = world.start_daemon(patches=[patch()], slow={"Apply": 1}, job={"exit_at": "reply"})
    client = world.spawn("apply", "demo")
    wait_until_called(client)
    time.sleep(0.3)
    client.send_signal(signal.SIGSTOP)
    daemon.wait(PATIENCE)
    client.send_signal(signal.SIGCONT)
    assert "went away before the operation ended" in client.communicate(timeout=PATIENCE)[1]
    assert client.returncode == 4


ASKED = "\r\033[Kkpatchctl: Interrupted: kpatchd is asked to cancel the apply; Ctrl-C again leaves it alone.\n"


def cancels(world) -> int:
    return sum(call["method"] == "Cancel" for call in world.calls())


def test_ctrl_c_cancels(world):
    world.start_daemon(patches=[patch()], job={"stop_at": "record", "cancelled": "It was cancelled."})
    terminal = world.terminal("apply", "demo")
    terminal.read_until("[2/3]")
    terminal.type(b"\x03")
    result = terminal.finish()
    assert result.code == 7 and cancels(world) == 1
    assert ASKED in result.out and result.out.endswith("kpatchctl: It was cancelled.\n")


def test_ctrl_c_twice_leaves_the_job_alone(world):
    world.start_daemon(patches=[patch()], job={"stop_at": "record"})
    terminal = world.terminal("apply", "demo")
    terminal.read_until("[2/3]")
    terminal.type(b"\x03")
    terminal.read_until("leaves it alone.")
    deadline = time.monotonic() + PATIENCE
    while not cancels(world):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    terminal.type(b"\x03")
    result = terminal.finish()
    assert result.code == 130 and cancels(world) == 1
    assert result.out.endswith(
        "\r\033[Kkpatchctl: Interrupted; kpatchd goes on with the apply of demo: 'kpatchctl status' shows how it "
        "goes.\n"
    )
    assert len(world.run("status", "--json").json["jobs"]) == 1


def test_what_cannot_be_cancelled_is_waited_for(world):
    world.start_daemon(patches=[patch()], refuse={"Cancel": [ERROR + "NotAuthorized", "Somebody else wants it."]},
                       job={"pause": 0.5})
    terminal = world.terminal("apply", "demo")
    terminal.read_until("[1/3]")
    terminal.type(b"\x03")
    result = terminal.finish()
    assert result.code == 0 and "kpatchctl: It cannot be cancelled: Somebody else wants it.\n" in result.out


def test_sigterm_leaves_at_once(world):
    world.start_daemon(patches=[patch()], job={"stop_at": "record"})
    terminal = world.terminal("apply", "demo")
    terminal.read_until("[2/3]")
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.finish().code == 143 and cancels(world) == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_before_the_call_is_accepted(world, number, code):
    world.start_daemon(patches=[patch()], silent=["Apply"])
    client = world.spawn("apply", "demo", "--json")
    wait_until_called(client)
    client.send_signal(number)
    out, err = client.communicate(timeout=PATIENCE)
    assert client.returncode == code
    assert err.startswith("kpatchctl: Interrupted before kpatchd accepted the apply;")
    assert check_schema(json.loads(out))["results"] == [
        {"kind": "apply", "patch": None, "result": None, "message": "Interrupted; the job may go on."}
    ]


AGENT = """#!/usr/bin/python3
import os, sys, time
fd = int(sys.argv[sys.argv.index("--notify-fd") + 1])
print("agent registered", file=sys.stderr, flush=True)
open({record!r}, "a").write(f"{{os.getpid()}} " + " ".join(sys.argv[1:]) + "\\n")
os.close(fd)
time.sleep({patience})
"""


def test_the_agent_of_polkit(public_world):
    """It is started for a user at a terminal, before the call, and is gone when the call was accepted."""
    world = public_world
    bin_folder = world.folder / "bin"
    bin_folder.mkdir()
    record = world.folder / "record"
    record.touch()
    record.chmod(0o666)
    (bin_folder / "pkttyagent").write_text(AGENT.format(record=str(record), patience=PATIENCE))
    (bin_folder / "pkttyagent").chmod(0o755)
    daemon = world.start_daemon(patches=[patch()], job={"message": "It is done."})
    path = f"{bin_folder}:{os.environ['PATH']}"

    start = time.monotonic()
    result = world.terminal("apply", "demo", uid=NOBODY, PATH=path).finish()
    assert result.code == 0 and result.out.endswith("It is done.\n")
    assert result.out.startswith("agent registered\n")
    assert record.read_text().count("--fallback") == 1
    assert time.monotonic() - start < PATIENCE / 2

    # not for root, nor where nobody is to be asked, nor without a terminal
    record.write_text("")
    assert world.show("apply", "demo", PATH=path).code == 0
    assert world.terminal("apply", "demo", "--no-ask-password", uid=NOBODY, PATH=path).finish().code == 0
    assert world.run("apply", "demo", PATH=path).code == 0
    assert record.read_text() == ""

    # it is gone as soon as the call is accepted
    world.stop(daemon)
    world.start_daemon(patches=[patch()], job={"stop_at": "load"})
    terminal = world.terminal("apply", "demo", uid=NOBODY, PATH=path)
    terminal.read_until("[1/3]")
    assert not os.path.exists(f"/proc/{record.read_text().split()[0]}")
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.finish().code == 143


def test_no_agent_is_no_error(public_world):
    public_world.start_daemon(patches=[patch()])
    assert public_world.terminal("apply", "demo", uid=NOBODY, PATH="/nonexistent").finish().code == 0
