# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The QEMU process: its command line, its channels, and the few things asked of it."""

import contextlib
import json
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .common import RunnerError
from .kernel import Kernel

# In the order in which the guest's devices appear.
CHANNELS = ("qmp", "console", "control", "output")
QUIT_SECONDS = 10


@dataclass(frozen=True)
class Setup:
    """What a guest is made of."""

    kernel: Kernel
    initramfs: Path
    disk: Path
    payload: Path | None
    smp: int
    mem: int
    append: str
    accel: str
    icount: bool


def command_line(setup: Setup) -> str:
    """The kernel's command line: nothing but what the harness needs."""
    return " ".join(filter(None, (
        "console=ttyS0", "panic=-1", "loglevel=5", "sysrq_always_enabled", "systemd.unit=kpatchd-test.target",
        "systemd.show_status=no", setup.append)))


def _arguments(setup: Setup, fds: dict[str, int]) -> list[str]:
    # Emulated processors take turns. QEMU before 8.1 can go on executing code that another processor has changed, and
    # then spins at a breakpoint that is gone; kernels change their code, at boot already. With 10.0, where that is
    # mended, one guest in some hundred dies in an assertion about MSI-X. A translation cache that holds a whole boot:
    # else code is translated again and again.
    accel = "tcg,thread=single,tb-size=512" if setup.accel == "tcg" else setup.accel
    argv = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-machine", "q35", "-accel", accel, "-cpu", "host" if setup.accel == "kvm" else "max",
            "-smp", str(1 if setup.icount else setup.smp), "-m", str(setup.mem),
            "-kernel", str(setup.kernel.vmlinuz), "-initrd", str(setup.initramfs), "-append", command_line(setup),
            "-drive", f"file={setup.disk},format=qcow2,if=none,id=root,cache=unsafe",
            "-device", "virtio-blk-pci,drive=root"]
    if setup.payload:
        argv += ["-drive", f"file={setup.payload},format=raw,if=none,id=payload,read-only=on",
                 "-device", "virtio-blk-pci,drive=payload"]
    if setup.icount:
        argv += ["-icount", "shift=0,sleep=off"]
    for name in CHANNELS:
        argv += ["-chardev", f"socket,id={name},fd={fds[name]}"]
    argv += ["-mon", "chardev=qmp,mode=control", "-serial", "chardev:console", "-device", "virtio-serial-pci"]
    for name in ("control", "output"):
        argv += ["-device", f"virtserialport,chardev={name},name=kpatchd.{name}"]
    return argv


class Qemu:
    """A running guest. `channels` are this side's ends; a channel at its end means that QEMU is gone."""

    def __init__(self, setup: Setup) -> None:
        self.channels: dict[str, socket.socket] = {}
        self.shutdown_reason: str | None = None
        self._qmp_rest = b""
        self._errors = tempfile.TemporaryFile()
        theirs: dict[str, socket.socket] = {}
        try:
            for name in CHANNELS:
                self.channels[name], theirs[name] = socket.socketpair()
            fds = {name: end.fileno() for name, end in theirs.items()}
            # QEMU must not outlive us, and a Ctrl-C is for us alone: we end it in order.
            argv = ["setpriv", "--pdeathsig", "KILL", *_arguments(setup, fds)]
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=self._errors, stderr=self._errors,
                                            pass_fds=tuple(fds.values()), start_new_session=True)
        except FileNotFoundError as error:
            raise RunnerError("qemu-system-x86_64 is not installed; tools/setup.sh installs what is needed") from error
        finally:
            for end in theirs.values():
                end.close()
        self.ask("qmp_capabilities")

    def ask(self, execute: str, **arguments: object) -> None:
        """Send a QMP command. Answers are not waited for: what matters comes as an event or as the end."""
        with contextlib.suppress(BrokenPipeError):
            self.channels["qmp"].sendall(json.dumps({"execute": execute, "arguments": arguments}).encode())

    def feed_qmp(self, data: bytes) -> None:
        """Take what QMP said; notes why the guest shut down."""
        *lines, self._qmp_rest = (self._qmp_rest + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if message.get("event") == "SHUTDOWN":
                self.shutdown_reason = message["data"].get("reason")

    def errors(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip()

    def end(self) -> None:
        """Make sure that QEMU is gone, its disk closed in order where it still listens."""
        if self.process.poll() is None:
            self.ask("quit")
            try:
                self.process.wait(QUIT_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        for end in self.channels.values():
            end.close()
        self._errors.close()
