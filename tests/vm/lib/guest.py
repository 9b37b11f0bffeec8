# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""One guest: start QEMU, hand scripts to its agent, pass their output on, see how each ends.

The agent's protocol, on the `control` channel. Guest: `ready`, and after each script `exit STATUS TAINT`, each a line.
Host: commands that end with a NUL byte: a script's words in shell quoting, or at last `reboot`.
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
    """What is known of one script, and of the boot if it had one of its own, when it is over."""

    console: Console = field(default_factory=Console)
    end: End = End.HUNG
    status: int | None = None
    # What the script, or the boot before it, added to the kernel's taint.
    taint: int = 0
    # None: the guest never came up. 0: it was up already.
    ready_seconds: float | None = None
    script_seconds: float = 0.0
    # The script returned, but the guest then did not go down by itself.
    stuck_going_down: bool = False
    # Of a guest that hung: what its console showed until then. What follows is what we asked it.
    lines_until_hung: int | None = None


class Guest:
    """A guest that runs one script after the other, as long as each leaves it in order."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.boot = Boot()
        self._qemu = Qemu(setup)
        self._selector = selectors.DefaultSelector()
        self._ready = False
        self._taint = 0
        self._control_rest = b""
        takers = {"qmp": self._qemu.feed_qmp, "console": self._on_console, "control": self._on_control,
                  "output": self._pass_on}
        for name, channel in self._qemu.channels.items():
            channel.setblocking(False)
            self._selector.register(channel, selectors.EVENT_READ, takers[name])

    def run(self, words: list[str], limit: float) -> Boot:
        """Run one script to its end."""
        self.boot = Boot()
        self.words = words
        self.started = time.monotonic()
        if self._ready:
            self.boot.ready_seconds = 0.0
            self._say(shlex.join(words))
        deadline = self.started + limit
        while self.boot.status is None:
            if not self._step(deadline):
                return self._hung() if time.monotonic() >= deadline else self._gone()
        self._drain()
        self.boot.end = End.RETURNED
        return self.boot

    def stop(self, in_order: bool) -> None:
        """End the guest; in order, its system is shut down first, else the machine just ends."""
        try:
            if in_order and self.boot.end is End.RETURNED:
                self._say("reboot")
                deadline = time.monotonic() + STOP_SECONDS
                while self._step(deadline):
                    pass
                self.boot.stuck_going_down = time.monotonic() >= deadline
        finally:
            self._qemu.end()
            self._selector.close()

    def _step(self, deadline: float) -> bool:
        """Take what has come; False when QEMU is gone or the deadline is past."""
        if not self._selector.get_map():
            return False
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        for key, _ in self._selector.select(left):
            try:
                data = key.fileobj.recv(65536)
            except ConnectionResetError:
                data = b""
            if data:
                key.data(data)
            else:
                self._selector.unregister(key.fileobj)
        return True

    def _drain(self) -> None:
        deadline = time.monotonic() + DRAIN_SECONDS
        while self._step(deadline):
            pass

    def _on_console(self, data: bytes) -> None:
        self.boot.console.feed(data)

    @staticmethod
    def _pass_on(data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def _on_control(self, data: bytes) -> None:
        *lines, self._control_rest = (self._control_rest + data).split(b"\n")
        for line in lines:
            match line.decode(errors="replace").split():
                case ["ready"]:
                    self._ready = True
                    self.boot.ready_seconds = time.monotonic() - self.started
                    self._say(shlex.join(self.words))
                case ["exit", status, taint]:
                    self.boot.status, self.boot.taint = int(status), int(taint) & ~self._taint
                    self._taint = int(taint)
                    self.boot.script_seconds = time.monotonic() - self.started - (self.boot.ready_seconds or 0)

    def _say(self, command: str) -> None:
        self._qemu.channels["control"].setblocking(True)
        try:
            self._qemu.channels["control"].sendall(command.encode() + b"\0")
        except BrokenPipeError:
            pass  # the guest went down this very moment: the loop sees the end of the channel
        finally:
            self._qemu.channels["control"].setblocking(False)

    def _gone(self) -> Boot:
        """QEMU ended before the script did."""
        self._qemu.process.wait()
        console = self.boot.console
        reason = self._qemu.shutdown_reason
        if reason is None:
            raise RunnerError(f"QEMU ended (status {self._qemu.process.returncode}): {self._qemu.errors()}")
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
            self._qemu.ask("chardev-send-break", id="console")
            self._pause(0.2)
            self._qemu.channels["console"].send(key.encode())
            self._pause(SYSRQ_SECONDS / 3)
        return self.boot

    def _pause(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self._step(deadline):
            pass
