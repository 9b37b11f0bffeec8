# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchctl monitor."""

import json
import signal
import threading

import pytest
from client_world import ERROR, PATIENCE, check_schema, patch

FIX = "patch/demo_3d1_2e0"
CHANGES = {"load": [
    [FIX, "Patch", {"State": "applied", "Persistent": True, "Held": False, "Stragglers": [(7, "cat", "f")]}],
    ["patch/new_3d2", "Patch", patch("new", "2")],
    ["", "Manager", {"Generation": 4}],
    ["feed/main", "Feed", {"Failures": 2}],
    ["patch/old_3d1", "Patch", None]]}
SCENARIO = {"patches": [patch(), patch("old", "1")], "feeds": [{"Name": "main"}], "job": {"changes": CHANGES}}


def events(client, *, until) -> list[dict]:
    """Those up to one that is wanted."""
    found: list[dict] = []
    # what never comes is waited for so long
    watchdog = threading.Timer(PATIENCE, client.kill)
    watchdog.start()
    try:
        while not found or not until(found[-1]):
            line = client.stdout.readline()
            assert line, f"it ended after {found}"
            found.append(check_schema(json.loads(line))["event"])
    finally:
        watchdog.cancel()
    return found


def short(event: dict) -> tuple:
    return tuple(event[key] for key in ("object", "name", "change", "property", "value"))


def end(client) -> str:
    client.send_signal(signal.SIGINT)
    out, err = client.communicate(timeout=PATIENCE)
    assert (client.returncode, err) == (0, "")
    return out


def test_what_happens(world):
    world.start_daemon(**SCENARIO)
    client = world.spawn("monitor", "--json")
    begun = events(client, until=lambda e: True)
    assert short(begun[0]) == ("daemon", "kpatchd", "present", None, None)
    # what there is at the beginning is no news, and neither is what stays as it was
    assert world.run("apply", "demo").code == 0
    seen = events(client, until=lambda e: e["result"])
    assert [short(e) for e in seen] == [
        ("job", "1", "new", "state", "queued"),
        ("job", "1", "changed", "state", "running"),
        ("job", "1", "changed", "progress", "1/3 Checking the signature"),
        ("patch", "demo=1.0", "changed", "state", "applied"),
        ("patch", "demo=1.0", "changed", "boot", "yes"),
        ("patch", "demo=1.0", "changed", "stragglers", "1"),
        ("patch", "new=2", "new", "state", "stored"),
        ("daemon", "kpatchd", "changed", "generation", "4"),
        ("feed", "main", "changed", "failures", "2"),
        ("patch", "old=1", "removed", None, None),
        ("job", "1", "changed", "progress", "2/3 Loading the module"),
        ("job", "1", "changed", "progress", "3/3 Recording it"),
        ("job", "1", "removed", None, None),
    ]
    assert (seen[-1]["kind"], seen[-1]["patch"], seen[-1]["result"]) == ("apply", "demo", "done")
    assert seen[-1]["message"] == "Patch demo apply done." and seen[0]["time_us"] > 1_700_000_000_000_000
    assert json.loads(end(client)) == {"format": 1}


def test_lines_for_people(world):
    world.start_daemon(**SCENARIO | {"job": {"result": ERROR + "TaskInTheWay", "message": "Task 7 is in the way."}})
    client = world.terminal("monitor", "--color=always")
    client.read_until("kpatchd: it runs, and is followed from now on\r\n")
    assert world.run("apply", "demo").code == 42
    client.read_until("job 1 (apply demo): \033[1;31mTask 7 is in the way.\033[0m\r\n")
    assert "job 1 (apply demo): progress 2/3 Loading the module\r\n" in client.seen
    client.type(b"\x03")
    result = client.finish()
    assert result.code == 0
    lines = [line for line in result.out.splitlines() if line != "^C"]
    assert all(len(line) > 9 and line[2] == line[5] == ":" for line in lines), lines


def test_the_daemon_goes_and_comes(world):
    client = world.spawn("monitor", "--json")
    assert [e["change"] for e in events(client, until=lambda e: True)] == ["absent"]
    daemon = world.start_daemon(**SCENARIO)
    assert [short(e)[2] for e in events(client, until=lambda e: e["name"] == "main")] == ["started"] + ["new"] * 3
    world.stop(daemon)
    assert [short(e)[2] for e in events(client, until=lambda e: True)] == ["stopped"]
    world.start_daemon(**SCENARIO | {"patches": [patch(State="applied"), patch("old", "1")]})
    seen = events(client, until=lambda e: e["object"] == "patch")
    assert [short(e) for e in seen] == [("daemon", "kpatchd", "started", None, None),
                                        ("patch", "demo=1.0", "changed", "state", "applied")]
    end(client)


def test_it_does_not_start_the_daemon(world):
    (world.folder / "services/org.kpatchd1.service").write_text(
        f"[D-BUS Service]\nName=org.kpatchd1\nExec=/usr/bin/touch {world.folder}/started\n")
    client = world.spawn("monitor")
    assert client.stdout.readline().endswith("kpatchd: it does not run; it is followed when it starts\n")
    assert "Nobody" not in end(client) and not (world.folder / "started").exists()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it(world, sign):
    world.start_daemon()
    client = world.spawn("monitor")
    client.stdout.readline()
    client.send_signal(sign)
    assert client.wait(PATIENCE) == 0


def test_the_bus_goes(world):
    client = world.spawn("monitor")
    client.stdout.readline()
    world.stop(world.processes[0])
    assert client.wait(PATIENCE) == 4
    assert "The connection to the system bus was lost." in client.communicate()[1]


def test_no_bus(no_bus):
    assert no_bus.run("monitor").code == 4
