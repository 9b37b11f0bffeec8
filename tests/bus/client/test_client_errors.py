# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What kpatchctl says and returns where something is wrong, and how soon."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from client_world import ERROR, FAKE, KPATCHCTL, PATIENCE, ROOT, check_schema, patch

ROW = re.compile(r'^\s+ROW\(\w+,\s+"(\w+)",\s+\w+,\s+(\d+),\s+"([^"]+)"', re.MULTILINE)
# name, exit code and general sentence of every failure
TABLE = [(n, int(c), s) for n, c, s in ROW.findall((ROOT / "src/shared/failure.c").read_text()) if n != "None"]
READING = [["status"], ["list"], ["info", "demo"]]
ALL = [*READING, ["apply", "demo"], ["rollback", "demo"]]


def ids(args: list[str]) -> str:
    return args[0]


def timed(world, *args: str):
    start = time.monotonic()
    return world.run(*args), time.monotonic() - start


def test_the_table_was_found():
    assert len(TABLE) > 35 and len({code for _, code, _ in TABLE}) == len(TABLE)


def test_every_error_has_its_exit_code(world):
    """A patch for each row: its job fails with it when it is applied, the call when it is to be rolled back."""
    world.start_daemon(
        patches=[patch(name) for name, _, _ in TABLE],
        job={"result": {name: ERROR + name for name, _, _ in TABLE}, "message": "As said."},
        refuse={f"Rollback {name}": [ERROR + name, ""] for name, _, _ in TABLE},
    )
    for name, code, sentence in TABLE:
        result = world.run("apply", name)
        assert (result.code, result.sentence) == (code, "As said.")
        result = world.run("rollback", name, "--json")
        assert (result.code, result.json["error"]["name"], result.sentence) == (code, ERROR + name, sentence)


def build_id() -> str:
    """Of the kernel that runs, as its notes have it."""
    notes = Path("/sys/kernel/notes").read_bytes()
    at = notes.index(b"\x03\0\0\0GNU\0") + 8
    return notes[at:at + 20].hex()


def is_of_the_host(page: str) -> bool:
    """All that status can say without kpatchd."""
    begin = [f"Kernel       {os.uname().release}", f"Build-id     {build_id()}"]
    return page.splitlines()[:2] == begin and page.splitlines()[2].startswith("In kernel    ") and "Patches" not in page


@pytest.mark.parametrize("args", ALL, ids=ids)
def test_no_bus(no_bus, args):
    result = no_bus.run(*args)
    assert result.code == 4 and (is_of_the_host(result.out) if args == ["status"] else result.out == "")
    assert result.sentence == "The system bus cannot be reached: No such file or directory."
    reply = check_schema(no_bus.run(*args, "--json").json)
    assert reply["error"] == {"name": ERROR + "DaemonUnavailable", "message": result.sentence}
    assert set(reply) == {"format", "error"} | ({"kernel", "modules"} if args == ["status"] else set())


@pytest.mark.parametrize("args", ALL, ids=ids)
def test_no_daemon(world, args):
    result = world.run(*args)
    assert result.code == 4 and (is_of_the_host(result.out) if args == ["status"] else result.out == "")
    assert result.sentence == "kpatchd does not run and cannot be started by the bus; is it installed?"


def test_a_daemon_that_cannot_be_started(no_bus):
    no_bus.serve("exec false")
    no_bus.start_bus()
    result = no_bus.run("list")
    assert result.code == 4
    assert re.match("kpatchd cannot be started: .* exited with status 1; 'journalctl -u kpatchd", result.sentence)


@pytest.mark.parametrize("args", ALL, ids=ids)
def test_the_bus_policy_says_no(no_bus, args):
    no_bus.start_bus(policy='<deny send_destination="org.kpatchd1"/>')
    no_bus.start_daemon(patches=[patch()])
    result = no_bus.run(*args)
    assert (result.code, result.sentence) == (5, "The bus policy does not let this user talk to kpatchd.")


@pytest.mark.parametrize(
    ("name", "code", "part"),
    [
        ("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", 5, "needs authorisation"),
        ("org.freedesktop.DBus.Error.UnknownMethod", 1, "another version"),
        ("org.freedesktop.DBus.Error.NoMemory", 3, "Memory is exhausted."),
        ("org.freedesktop.DBus.Error.LimitsExceeded", 6, "too much to do"),
        ("org.freedesktop.DBus.Error.NoReply", 4, "went away without an answer"),
        ("org.freedesktop.DBus.Error.FileNotFound", 1, "Said so. (org.freedesktop.DBus.Error.FileNotFound)"),
        ("org.freedesktop.systemd1.NoSuchUnit", 1, "Said so. (org.freedesktop.systemd1.NoSuchUnit)"),
        ("org.kpatchd1.Error.OfTheFuture", 1, "Said so."),
    ],
)
def test_errors_of_others(world, name, code, part):
    world.start_daemon(patches=[patch()], refuse={"Apply": [name, "Said so."]})
    result = world.run("apply", "demo")
    assert result.code == code and part in result.sentence


def test_status_does_not_wait_for_a_daemon_that_hangs(world):
    world.start_daemon(silent=["GetAll"])
    result, seconds = timed(world, "status")
    assert result.code == 4 and is_of_the_host(result.out)
    assert result.sentence.startswith("kpatchd did not answer within 2 seconds;")
    assert 1.9 < seconds < 8


def test_status_shows_what_it_learnt_in_time(world):
    world.start_daemon(silent=["GetManagedObjects"])
    result, seconds = timed(world, "status")
    assert result.code == 4 and seconds < 8
    assert "Kernel       6.1.0-99-amd64\n" in result.out
    assert "Patches      not known: kpatchd did not answer in time\n" in result.out
    assert result.sentence.startswith("kpatchd did not answer within 2 seconds;")
    reply = check_schema(world.run("status", "--json").json)
    assert (reply["patches"], reply["jobs"], reply["feeds"], reply["boot"], reply["advice"]) == (None,) * 4 + ([],)
    assert reply["generation"] == 3
    assert reply["error"]["name"] == ERROR + "DaemonUnavailable"


def test_status_without_the_history_in_time(world):
    world.start_daemon(patches=[patch()], silent=["GetHistory"])
    result, seconds = timed(world, "status")
    assert result.code == 4 and seconds < 8
    assert "Boot         not known: kpatchd did not say in time what came back\n" in result.out
    assert "  demo  1.0 " in result.out and "'kpatchctl apply demo'" in result.out


def test_status_does_not_wait_for_a_daemon_that_is_stopped(world):
    daemon = world.start_daemon()
    daemon.send_signal(signal.SIGSTOP)
    result, seconds = timed(world, "status")
    assert result.code == 4 and is_of_the_host(result.out) and 1.9 < seconds < 8
    assert result.sentence.startswith("kpatchd did not answer within 2 seconds;")


def test_answers_that_are_each_in_time_and_not_together(world):
    """The limit is one for all."""
    world.start_daemon(patches=[patch()], slow={"GetAll": 0.75, "GetManagedObjects": 0.75, "GetHistory": 0.75})
    result, seconds = timed(world, "status")
    assert result.code == 4 and 1.9 < seconds < 10
    assert "  demo  1.0 " in result.out and "Boot         not known" in result.out


def test_status_waits_for_a_slow_daemon(world):
    world.start_daemon(slow={"GetAll": 0.8})
    result, seconds = timed(world, "status")
    assert result.code == 0 and seconds > 0.7


def test_status_does_not_wait_for_a_bus_that_hangs(world):
    world.start_daemon()
    world.processes[0].send_signal(signal.SIGSTOP)
    result, seconds = timed(world, "status")
    assert (result.code, result.sentence) == (4, "The system bus did not answer within 2 seconds.")
    assert 1.9 < seconds < 8


def test_what_the_kernel_shows_without_kpatchd(no_bus):
    """In a namespace that has another /sys/kernel."""
    for module, enabled in (("kpatch/kpatch_b", "1"), ("kpatch/kpatch_a", "0"), ("livepatch/klp", "1")):
        (no_bus.folder / "kernel" / module).mkdir(parents=True)
        (no_bus.folder / "kernel" / module / "enabled").write_text(enabled + "\n")
    (no_bus.folder / "kernel/kpatch/last_error").write_text("none\n")
    into = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /sys/kernel && exec "$@"', no_bus.folder / "kernel"]
    if subprocess.run([*into, "true"], capture_output=True).returncode != 0:
        pytest.skip("no namespace of mounts can be made here")

    def status(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*into, KPATCHCTL, "status", *args], env=no_bus.env, capture_output=True, text=True)

    done = status()
    assert (done.returncode, done.stdout.splitlines()) == (4, [
        f"Kernel       {os.uname().release}", "Build-id     n/a", "In kernel    kpatch_a, disabled by core",
        "             kpatch_b, in force by core", "             klp, in force by livepatch"])
    assert status("-q").stdout == ""
    reply = check_schema(json.loads(status("--json").stdout))
    assert reply["kernel"] == {"release": os.uname().release, "build_id": None}
    assert reply["modules"][0] == {"engine": "core", "module": "kpatch_a", "enabled": False}


def test_a_daemon_that_hangs_while_it_is_started(world):
    """Each gives up in the end, well before the bus does."""
    world.serve("exec sleep 100")
    running = {verb: world.spawn(verb) for verb in ("status", "check", "uname", "reboot-advice")}
    ends = {verb: (*process.communicate(timeout=PATIENCE), process.returncode) for verb, process in running.items()}
    for out, err, code in ends.values():
        assert (code, err) == (4, "kpatchctl: kpatchd is being started and has not answered within 15 seconds; "
                                  "'systemctl status kpatchd.service' says more.\n")
    assert is_of_the_host(ends["status"][0])
    assert ends["uname"][0] == os.uname().release + "\n"
    assert ends["check"][0] == ends["reboot-advice"][0] == ""


def test_a_daemon_that_is_slow_to_start_is_waited_for(world):
    """For longer than one that runs and does not answer."""
    world.serve(f"sleep 3; exec /usr/bin/python3 {FAKE} {world.folder}/scenario.json")
    (world.folder / "scenario.json").write_text(json.dumps({"patches": [patch()]}))
    result = world.run("status")
    assert result.code == 0 and "  demo  1.0 " in result.out


def test_completion_waits_for_nobody(world):
    world.serve("exec sleep 100")
    process = world.spawn("complete-words", "patches")
    control = world.spawn("check")
    assert process.wait(PATIENCE) == 1 and control.poll() is None
    assert control.communicate(timeout=PATIENCE)[0] == "" and process.communicate() == ("", "")


def test_readers_do_not_hang_for_ever(world):
    world.start_daemon(silent=["GetManagedObjects"])
    result, seconds = timed(world, "list")
    assert result.code == 4 and 9.5 < seconds < 25
    assert result.sentence.startswith("kpatchd did not answer within 10 seconds;")


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["aply", "demo"], "There is no verb 'aply'; did you mean 'apply'?"),
        (["lsit"], "There is no verb 'lsit'; did you mean 'list'?"),
        (["frobnicate"], "There is no verb 'frobnicate'; -h shows those there are."),
        (["list", "--jsno"], "There is no option '--jsno'; did you mean '--json'?"),
        (["list", "--frobnicate=7"], "There is no option '--frobnicate'; -h shows those there are."),
        (["--frobnicate", "list", "--jsno"], "There is no option '--frobnicate'; -h shows those there are."),
        (["list", "-x"], "There is no option '-x'; -h shows those there are."),
        (["list", "--quiet=yes"], "'--quiet' takes no value."),
        (["list", "--color"], "'--color' needs a value."),
        (["list", "--color=pink"], "'--color' takes auto, always or never, not 'pink'."),
        (["list", "--apply"], "'--apply' is an option of 'import', not of 'list'."),
        (["list", "demo"], "Too many arguments: it is 'kpatchctl list'."),
        (["info"], "Too few arguments: it is 'kpatchctl info PATCH...'."),
        (["import", "a.ko", "b", "c"], "Too many arguments: it is 'kpatchctl import [MODULE.ko [MANIFEST]]'."),
        (["", "demo"], "There is no verb ''; -h shows those there are."),
    ],
)
def test_wrong_command_lines(no_bus, args, sentence):
    result = no_bus.run(*args)
    assert (result.code, result.out, result.sentence) == (2, "", sentence)


@pytest.mark.parametrize("args", [["aply", "--json"], ["--json", "--color=pink"], ["--wrong", "--json", "list"]])
def test_wrong_command_lines_in_json(no_bus, args):
    result = no_bus.run(*args)
    error = check_schema(result.json)["error"]
    assert (result.code, error["name"], error["message"]) == (2, ERROR + "Usage", result.sentence)


def test_options_end_at_two_dashes(world):
    world.start_daemon(patches=[patch()])
    result = world.run("info", "--", "--json")
    assert result.code == 11 and "'--json' cannot be the name of a patch" in result.sentence


@pytest.mark.parametrize("name", ["../etc", "a/b", "", "=1", "demo=", "-demo", "d\xe9mo", "x" * 65, "demo=1=2"])
@pytest.mark.parametrize("verb", ["info", "apply", "rollback"])
def test_names_that_are_none(world, verb, name):
    world.start_daemon(patches=[patch()])
    result = world.run(verb, "--", name)
    assert result.code == 11 and "cannot be the" in result.sentence
    assert world.calls() == []
