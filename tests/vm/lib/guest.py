# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot: start QEMU, hand the script to the guest's agent, pass its output on, see how it ends.

The agent's protocol, on the `control` channel. Guest: `ready UPTIME` and later `exit STATUS TAINT`, each a line.
Host: commands that end with a NUL byte: the script's words in shell quoting, then perhaps `reboot`.
"""

import enum
import re
import selectors
import shlex
import sys
import time
from dataclasses import dataclass, field

from .common import RunnerError
from .console import Console
from .qemu import Qemu, Setup

STOP_SECONDS = 90
# After the guest said that the script is over: how long its last output may be on its way.
DRAIN_SECONDS = 0.1
SYSRQ_SECONDS = 3
# What the kernel prints as it goes down on request; a reset without it was a fault.
GOODBYE = re.compile(r"reboot: (Restarting system|Power down|machine restart)|sysrq: Resetting")


class End(enum.Enum):
    """How a script ended."""

    RETURNED = "returned"
    REBOOTED = "rebooted"
    PANICKED = "panicked"
    RESET = "was reset without a word from the kernel (a triple fault?)"
    HUNG = "hung"


@dataclass
class Boot:
    """What is known of one boot when it is over."""

    console: Console = field(default_factory=Console)
    end: End = End.HUNG
    status: int | None = None
    taint: int = 0
    ready_seconds: float | None = None
    script_seconds: float = 0.0
    # The script returned, but the guest then did not go down by itself.
    stuck_going_down: bool = False
    # Of a guest that hung: what its console showed until then. What follows is what we asked it.
    lines_until_hung: int | None = None


def boot(setup: Setup, words: list[str], limit: float, stop_in_order: bool) -> Boot:
    """Boot and run one script. With stop_in_order the guest's system is shut down, else the machine just ends."""
    qemu = Qemu(setup)
    try:
        with selectors.DefaultSelector() as selector:
            return _Watch(qemu, selector, words, stop_in_order).until_end(limit)
    finally:
        qemu.end()


class _Watch:
    def __init__(self, qemu: Qemu, selector: selectors.BaseSelector, words: list[str], stop_in_order: bool) -> None:
        self.qemu = qemu
        self.selector = selector
        self.words = words
        self.stop_in_order = stop_in_order
        self.boot = Boot()
        self.started = time.monotonic()
        self.control_rest = b""
        takers = {"qmp": qemu.feed_qmp, "console": self.boot.console.feed, "control": self._on_control,
                  "output": self._pass_on}
        for name, channel in qemu.channels.items():
            channel.setblocking(False)
            self.selector.register(channel, selectors.EVENT_READ, takers[name])

    def until_end(self, limit: float) -> Boot:
        deadline = self.started + limit
        while self.boot.status is None:
            if not self._step(deadline):
                return self._hung() if time.monotonic() >= deadline else self._gone()
        self._drain()
        self.boot.end = End.RETURNED
        if self.stop_in_order:
            self._say("reboot")
            deadline = time.monotonic() + STOP_SECONDS
            while self._step(deadline):
                pass
            self.boot.stuck_going_down = time.monotonic() >= deadline
        return self.boot

    def _step(self, deadline: float) -> bool:
        """Take what has come; False when QEMU is gone or the deadline is past."""
        if not self.selector.get_map():
            return False
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        for key, _ in self.selector.select(left):
            try:
                data = key.fileobj.recv(65536)
            except ConnectionResetError:
                data = b""
            if data:
                key.data(data)
            else:
                self.selector.unregister(key.fileobj)
        return True

    def _drain(self) -> None:
        deadline = time.monotonic() + DRAIN_SECONDS
        while self._step(deadline):
            pass

    @staticmethod
    def _pass_on(data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def _on_control(self, data: bytes) -> None:
        *lines, self.control_rest = (self.control_rest + data).split(b"\n")
        for line in lines:
            match line.decode(errors="replace").split():
                case ["ready"]:
                    self.boot.ready_seconds = time.monotonic() - self.started
                    self._say(shlex.join(self.words))
                case ["exit", status, taint]:
                    self.boot.status, self.boot.taint = int(status), int(taint)
                    self.boot.script_seconds = time.monotonic() - self.started - (self.boot.ready_seconds or 0)

    def _say(self, command: str) -> None:
        self.qemu.channels["control"].setblocking(True)
        try:
            self.qemu.channels["control"].sendall(command.encode() + b"\0")
        except BrokenPipeError:
            pass  # the guest went down this very moment: the loop sees the end of the channel
        finally:
            self.qemu.channels["control"].setblocking(False)

    def _gone(self) -> Boot:
        """QEMU ended before the script did."""
        self.qemu.process.wait()
        console = self.boot.console
        reason = self.qemu.shutdown_reason
        if reason is None:
            raise RunnerError(f"QEMU ended (status {self.qemu.process.returncode}): {self.qemu.errors()}")
        if any(report.is_panic for report in console.reports()):
            self.boot.end = End.PANICKED
        elif any(GOODBYE.search(line) for line in console.lines()):
            self.boot.end = End.REBOOTED
        else:
            self.boot.end = End.RESET
        return self.boot

    def _hung(self) -> Boot:
        """The time is up. Ask the kernel, where it still listens, what its CPUs do and which tasks are blocked."""
        self.boot.end = End.HUNG
        self.boot.lines_until_hung = len(self.boot.console.lines())
        for key in "9lw":
            self.qemu.ask("chardev-send-break", id="console")
            self._pause(0.2)
            self.qemu.channels["console"].send(key.encode())
            self._pause(SYSRQ_SECONDS / 3)
        return self.boot

    def _pause(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self._step(deadline):
            pass
