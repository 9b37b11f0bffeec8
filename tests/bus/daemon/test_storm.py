# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Nobody who reads waits for a patch that loads. And 10,000 calls of 50 clients at once, malformed and oversized ones
between them, while one does: all are answered, nobody is passed over, and nothing is left behind."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import dbus
import dbus.lowlevel
from world import BUILD, NAME, PATH, close_bus

CLIENTS, CALLS, AT_ONCE = 50, 200, 4
STALL_SECONDS, ROUNDS = 0.1, 6
MANAGER, PROPERTIES = "org.kpatchd1.Manager", "org.freedesktop.DBus.Properties"


def message(path: str, interface: str, member: str, signature: str = "", *arguments) -> dbus.lowlevel.MethodCallMessage:
    call = dbus.lowlevel.MethodCallMessage(NAME, path, interface, member)
    call.append(*arguments, signature=signature)
    return call


# What is sent in turn, and whether it is answered with an error.
KINDS = [
    (False, lambda: message(PATH, MANAGER, "ListPatches", "a{sv}", {})),
    (False, lambda: message(PATH, PROPERTIES, "GetAll", "s", MANAGER)),
    (False, lambda: message(PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")),
    (False, lambda: message(PATH, "org.freedesktop.DBus.Introspectable", "Introspect")),
    (True, lambda: message(PATH, MANAGER, "Apply", "s", "fix-cmdline")),
    (True, lambda: message(PATH, MANAGER, "Apply", "sa{sv}", "no-such-patch", {})),
    (True, lambda: message(PATH, MANAGER, "Apply", "sa{sv}", "x" * 200000, {})),
    (True, lambda: message(PATH, MANAGER, "Apply", "sa{sv}", "fix-cmdline", {"what": "x" * 1000})),
    (True, lambda: message("/org/kpatchd1/patch/_", PROPERTIES, "GetAll", "s", "org.kpatchd1.Patch")),
    (True, lambda: message(PATH, MANAGER, "NoSuchMethod", "as", ["y"] * 500)),
]


def descriptors(world) -> int:
    return len(os.listdir(f"/proc/{world.daemon.pid}/fd"))


def memory(world) -> int:
    status = Path(f"/proc/{world.daemon.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


class Client:
    def __init__(self, world, number: int, waits: list[float]):
        self.bus, self.sent, self.answered, self.number, self.waits = (
            dbus.bus.BusConnection(world.address), 0, 0, number, waits)
        for _ in range(AT_ONCE):
            self.send()

    def send(self) -> None:
        if self.sent == CALLS:
            return
        fails, make = KINDS[(self.sent + self.number) % len(KINDS)]
        self.sent += 1
        begin = time.monotonic()

        def on_reply(reply) -> None:
            assert isinstance(reply, dbus.lowlevel.ErrorMessage) == fails, reply
            self.waits.append(time.monotonic() - begin)
            self.answered += 1
            self.send()
        self.bus.send_message_with_reply(make(), on_reply, 60)


class Reader:
    """One in a process of its own, whose waits are not ours, and its control: what the bus itself answers, in turn."""

    def __init__(self, world):
        self.process = subprocess.Popen([sys.executable, Path(__file__).parent / "lone_reader.py", world.address],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "reading\n"

    def end(self) -> tuple[list[float], list[float]]:
        """How long the daemon took for each, and the bus."""
        waits = self.process.communicate()[0]
        assert self.process.returncode == 0
        return tuple(json.loads(waits))


def stalls(waits: list[float]) -> int:
    return sum(wait > STALL_SECONDS for wait in waits)


def test_no_reader_waits_for_an_apply(world, stored):
    # Long enough that a daemon that waits along stalls the reader in each round.
    Path(world.folder, "fake/delay-ms").write_text("500")
    reader = Reader(world)
    for _ in range(ROUNDS):
        world.apply("fix-cmdline")
        world.rollback("fix-cmdline")
    daemon, bus = reader.end()
    # On a machine that has better to do both wait; the one that is more than that is the daemon's own fault.
    assert stalls(daemon) < stalls(bus) + ROUNDS / 2, (sorted(daemon)[-ROUNDS:], sorted(bus)[-ROUNDS:])


def test_storm(world, stored):
    # A patch that settles keeps a timer, and that a descriptor.
    world.stop()
    Path(world.folder, "etc/kpatchd.conf").write_text("[Boot]\nSettleSec=0\n")
    world.start()
    before, waits = descriptors(world), []
    Path(world.folder, "fake/delay-ms").write_text("1500")
    job = world.start_change("Apply", "fix-cmdline")
    reader = Reader(world)
    clients = [Client(world, number, waits) for number in range(CLIENTS)]
    world.pump(lambda: all(client.answered == CALLS for client in clients), 300)
    alone, _ = reader.end()
    for client in clients:
        close_bus(client.bus)
    world.wait(job)
    assert len(waits) == CLIENTS * CALLS == 10000
    world.pump(lambda: descriptors(world) == before)
    # One reader stands in the same queue as those who storm, and is not passed over.
    assert sorted(alone)[len(alone) * 9 // 10] < max(waits), (max(alone), max(waits))
    if "sanitized" not in str(BUILD):
        assert memory(world) < 32 * 1024, "kB"
    assert world.patches() == {"fix-cmdline=1": "applied"}
    world.stop()  # under the sanitizers it says what it did not free
