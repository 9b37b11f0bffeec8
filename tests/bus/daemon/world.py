# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""A private system bus with a fake polkit, and kpatchd on it in folders of its own."""

import os
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path

import dbus
import dbusmock
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

from patchkit import KERNEL_BUILD_ID, Patch, build_id_note

BUILD = Path(os.environ["KPATCHD_BUILD"])
NAME, PATH, MANAGER = "org.kpatchd1", "/org/kpatchd1", "org.kpatchd1.Manager"
BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:dir={folder}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy>
</busconfig>"""
ACTIONS = ["org.kpatchd1.import", "org.kpatchd1.apply", "org.kpatchd1.rollback", "org.kpatchd1.force",
           "org.kpatchd1.clear-quarantine", "org.kpatchd1.hold", "org.kpatchd1.refresh", "org.kpatchd1.remove",
           "org.kpatchd1.inspect"]

DBusGMainLoop(set_as_default=True)

# dbus-python fails in whatever runs then when something is left to say of a connection whose object is gone.
_closed: list[dbus.bus.BusConnection] = []


def close_bus(bus: dbus.bus.BusConnection) -> None:
    bus.close()
    _closed.append(bus)


class JobFailed(Exception):
    def __init__(self, name: str, message: str):
        super().__init__(f"{name}: {message}")
        self.name, self.message = name.removeprefix("org.kpatchd1.Error."), message


class World:
    def __init__(self, folder: Path):
        self.folder, self.daemon = folder, None
        self.removed: dict[str, tuple[str, str]] = {}
        self.signals: list[tuple] = []
        for below in ("etc/feeds.d", "sys/kernel", "proc", "fake", "proc/sys/kernel/random"):
            Path(folder, below).mkdir(parents=True)
        Path(folder, "sys/kernel/notes").write_bytes(build_id_note(KERNEL_BUILD_ID))
        Path(folder, "proc/cmdline").write_text("root=/dev/vda quiet\n")
        self.new_boot_id()
        self._start_bus()

    def _start_bus(self) -> None:
        config = Path(self.folder, "bus.conf")
        config.write_text(BUS_CONFIG.format(folder=self.folder))
        self.bus_process = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--print-address", "--nofork"],
                                            stdout=subprocess.PIPE, text=True)
        self.address = self.bus_process.stdout.readline().strip()
        self.bus = dbus.bus.BusConnection(self.address)
        self.env = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": self.address, "KPATCHD_TEST_ROOT": str(self.folder),
                                 "KPATCHD_TEST_PARSER": str(BUILD / "src/parse/kpatchd-parse")}
        self.bus.add_signal_receiver(self._on_signal, bus_name=NAME, path_keyword="path", member_keyword="member")

    def start_polkit(self, *allowed: str) -> None:
        # The mock finds its bus in the environment.
        self.polkit_process = subprocess.Popen(
            ["/usr/bin/python3", "-m", "dbusmock", "--system", "--template", "polkitd"], env=self.env,
            stdout=subprocess.DEVNULL)
        self.wait_for_name("org.freedesktop.PolicyKit1")
        self.polkit = dbus.Interface(self.bus.get_object("org.freedesktop.PolicyKit1",
                                                         "/org/freedesktop/PolicyKit1/Authority"), dbusmock.MOCK_IFACE)
        self.allow(*allowed)

    def allow(self, *actions: str) -> None:
        dbus.Interface(self.polkit, "org.freedesktop.DBus.Mock").SetAllowed(dbus.Array(actions, signature="s"))

    def wait_for_name(self, name: str) -> None:
        deadline = time.monotonic() + 20
        while not self.bus.name_has_owner(name):
            assert time.monotonic() < deadline, f"{name} did not appear"
            time.sleep(0.02)

    def start(self, **environment: str) -> None:
        self.removed.clear()  # a new daemon counts its jobs from 1 again
        self.daemon = subprocess.Popen([BUILD / "src/daemon/kpatchd-test"], env=self.env | environment,
                                       stderr=subprocess.PIPE, text=True)
        self.wait_for_name(NAME)

    def stop(self, how: int = signal.SIGTERM) -> str:
        """Ends the daemon and returns what it logged. A sanitizer's report is a failure."""
        if self.daemon is None:
            return ""
        self.daemon.send_signal(how)
        _, log = self.daemon.communicate(timeout=30)
        status, self.daemon = self.daemon.returncode, None
        assert "Sanitizer" not in log and "runtime error" not in log, log
        assert status == (0 if how == signal.SIGTERM else -how), log
        return log

    def die_at(self, fault: str, call) -> None:
        """Starts a daemon that dies at that point, calls, and sees it die."""
        self.stop()
        self.start(KPATCHD_FAULT=fault)
        try:
            call()
            while self.daemon.poll() is None:
                time.sleep(0.01)
        except dbus.DBusException:
            pass  # it died before it could answer
        assert self.daemon.wait(timeout=30) == -signal.SIGKILL, f"the daemon survived {fault}"
        self.daemon.stderr.close()
        self.daemon = None

    def close(self) -> None:
        try:
            self.stop()
        finally:
            close_bus(self.bus)
            if hasattr(self, "polkit_process"):
                self.polkit_process.kill()
                self.polkit_process.wait()
            self.bus_process.kill()
            self.bus_process.wait()
            self.bus_process.stdout.close()

    def new_boot_id(self) -> None:
        Path(self.folder, "proc/sys/kernel/random/boot_id").write_text(f"{uuid.uuid4()}\n")

    def reboot(self) -> None:
        """The kernel forgets all modules. Whether it was in order is up to how the daemon was stopped before."""
        self.new_boot_id()
        for top in ("sys/kernel/kpatch", "sys/module", "run"):
            shutil.rmtree(Path(self.folder, top), ignore_errors=True)

    # What a client does.

    def _on_signal(self, *arguments, path: str, member: str) -> None:
        self.signals.append((str(path), str(member), arguments))
        if member == "JobRemoved":
            self.removed[str(arguments[0])] = (str(arguments[1]), str(arguments[2]))

    def pump(self, until, seconds: float = 30) -> None:
        context, deadline = GLib.MainContext.default(), time.monotonic() + seconds
        while not until():
            assert time.monotonic() < deadline, "nothing happened"
            if not context.iteration(False):
                time.sleep(0.005)

    @property
    def manager(self) -> dbus.Interface:
        return dbus.Interface(self.bus.get_object(NAME, PATH, introspect=False), MANAGER)

    def property(self, name: str, path: str = PATH, interface: str = MANAGER):
        proxy = self.bus.get_object(NAME, path, introspect=False)
        return proxy.Get(interface, name, dbus_interface="org.freedesktop.DBus.Properties")

    def wait(self, job: str) -> str:
        """Waits for a job's end; its message, or JobFailed."""
        self.pump(lambda: job in self.removed)
        result, message = self.removed[job]
        if result != "done":
            raise JobFailed(result, message)
        return message

    def start_import(self, manifest: bytes, module: bytes) -> str:
        paths = []
        for name, data in (("manifest", manifest), ("module", module)):
            paths.append(Path(self.folder, name))
            paths[-1].write_bytes(data)
        with open(paths[0], "rb") as first, open(paths[1], "rb") as second:
            return self.manager.Import(first.fileno(), second.fileno(), OPTIONS, signature="hha{sv}")

    def import_files(self, manifest: bytes, module: bytes) -> str:
        return self.wait(self.start_import(manifest, module))

    def do_import(self, patch: Patch) -> str:
        return self.import_files(*patch.files())

    def start_change(self, method: str, name: str, **options) -> str:
        return self.manager.get_dbus_method(method)(name, dbus.Dictionary(options, signature="sv"), signature="sa{sv}")

    def apply(self, name: str, **options) -> str:
        return self.wait(self.start_change("Apply", name, **options))

    def rollback(self, name: str, **options) -> str:
        return self.wait(self.start_change("Rollback", name, **options))

    def patches(self) -> dict[str, str]:
        return {f"{id}={version}": str(state) for id, version, state, *_ in self.manager.ListPatches(OPTIONS, signature="a{sv}")}

    # What a test looks at.

    def enabled(self, module: str) -> str | None:
        path = Path(self.folder, "sys/kernel/kpatch", module, "enabled")
        return path.read_text().strip() if path.exists() else None

    def tree(self, *below: str) -> dict[str, bytes]:
        """All files of the state folder and the fake kernel, to see that nothing was changed."""
        found = {}
        for top in below or ("var", "sys"):
            for path in sorted(Path(self.folder, top).rglob("*")):
                name = str(path.relative_to(self.folder))
                if name.startswith("var/history") or name == "var/attempts":  # what happened is told in any case
                    continue
                found[str(path.relative_to(self.folder))] = path.read_bytes() if path.is_file() else b""
        return found


OPTIONS = dbus.Dictionary({}, signature="sv")
