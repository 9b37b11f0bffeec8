# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""A private bus, a fake kpatchd on it, and kpatchctl run in a pipe or on a terminal."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.setdefault("KPATCHD_BUILD", str(ROOT / "build"))).resolve()
KPATCHCTL = BUILD / "src/client/kpatchctl"
FAKE = ROOT / "tests/fake/kpatchd.py"
ERROR = "org.kpatchd1.Error."
# Longer than anything here takes on a slow machine.
PATIENCE = 60

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/><allow user="*"/>
    {policy}
  </policy>
</busconfig>
"""


@dataclass
class Result:
    code: int
    out: str
    err: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one line that a failure prints."""
        assert self.err.startswith("kpatchctl: ") and self.err.count("\n") == 1, self.err
        return self.err.removeprefix("kpatchctl: ").rstrip("\n")


class Terminal:
    """kpatchctl on a terminal of its own."""

    def __init__(self, args: list[str], env: dict[str, str], columns: int, uid: int | None) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

        def prepare() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            if uid is not None:
                os.setgid(uid)
                os.setuid(uid)

        self.process = subprocess.Popen(
            [KPATCHCTL, *args], stdin=slave, stdout=slave, stderr=slave, env=env, preexec_fn=prepare
        )
        os.close(slave)
        self.seen = ""

    def read_until(self, text: str | None) -> str:
        """Reads until text was seen, or with None until the end."""
        deadline = time.monotonic() + PATIENCE
        while text is None or text not in self.seen:
            left = deadline - time.monotonic()
            assert left > 0, f"{text!r} never came: {self.seen!r}"
            if not select.select([self.master], [], [], left)[0]:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:  # all ends of the terminal are closed
                data = b""
            if not data:
                assert text is None, f"{text!r} never came: {self.seen!r}"
                break
            self.seen += data.decode()
        return self.seen

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def finish(self) -> Result:
        self.read_until(None)
        os.close(self.master)
        return Result(self.process.wait(PATIENCE), self.seen.replace("\r\n", "\n"))


class World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "bus"
        self.log = folder / "calls"
        self.processes: list[subprocess.Popen[str]] = []
        (folder / "services").mkdir()
        self.env = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm",
            "KPATCHCTL_PAGER": "",
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.socket}",
        } | {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}

    def start_bus(self, policy: str = "") -> subprocess.Popen[str]:
        config = self.folder / "bus.conf"
        config.write_text(CONFIG.format(socket=self.socket, services=self.folder / "services", policy=policy))
        bus = subprocess.Popen(
            ["dbus-daemon", "--nofork", "--nosyslog", "--print-address", f"--config-file={config}"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        self.processes.append(bus)
        assert bus.stdout and bus.stdout.readline()
        return bus

    def start_daemon(self, **scenario: Any) -> subprocess.Popen[str]:
        path = self.folder / "scenario.json"
        path.write_text(json.dumps({"log": str(self.log)} | scenario))
        daemon = subprocess.Popen(
            ["/usr/bin/python3", FAKE, path], env=self.env, stdout=subprocess.PIPE, text=True
        )
        self.processes.append(daemon)
        assert daemon.stdout and daemon.stdout.readline() == "ready\n"
        return daemon

    def serve(self, script: str) -> None:
        """Has the bus start kpatchd by that script, on that very bus."""
        program = self.folder / "start-kpatchd"
        address = self.env["DBUS_SYSTEM_BUS_ADDRESS"]
        program.write_text(f"#!/bin/sh\nexport DBUS_SYSTEM_BUS_ADDRESS={address}\n{script}\n")
        program.chmod(0o755)
        (self.folder / "services/org.kpatchd1.service").write_text(
            f"[D-BUS Service]\nName=org.kpatchd1\nExec={program}\n")

    def stop(self, process: subprocess.Popen[str]) -> None:
        process.kill()
        process.wait(PATIENCE)

    def close(self) -> None:
        for process in reversed(self.processes):
            process.send_signal(signal.SIGCONT)
            self.stop(process)
            if process.stdout:
                process.stdout.close()

    def calls(self) -> list[dict[str, Any]]:
        """The methods that were called."""
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def run(self, *args: str | bytes | Path, **env: str) -> Result:
        done = subprocess.run(
            [KPATCHCTL, *args], env=self.env | env, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE
        )
        result = Result(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Sanitizer" not in result.err and "runtime error" not in result.err, result.err
        return result

    def spawn(self, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [KPATCHCTL, *args], env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )

    def terminal(self, *args: str, columns: int = 80, uid: int | None = None, **env: str) -> Terminal:
        return Terminal(list(args), self.env | env, columns, uid)

    def show(self, *args: str, columns: int = 80, **env: str) -> Result:
        """Runs on a terminal to the end."""
        return self.terminal(*args, columns=columns, **env).finish()


def patch(id: str = "demo", version: str = "1.0", **properties: Any) -> dict[str, Any]:
    return {"Id": id, "Version": version} | properties


def check_schema(reply: Any) -> Any:
    """What --json printed is as docs/kpatchctl.schema.json says, and has no member that it does not know."""
    schema = json.loads((ROOT / "docs/kpatchctl.schema.json").read_text())
    jsonschema.validate(reply, close(schema))
    return reply


def close(schema: Any) -> Any:
    """The schema with no members but those it names: readers have to bear others, we have to name ours."""
    if isinstance(schema, list):
        return [close(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: close(part) for name, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed["additionalProperties"] = False
    return closed
