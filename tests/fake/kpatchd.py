#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""A kpatchd without a kernel: serves dbus/org.kpatchd1.xml as a scenario says, for tests of its clients.

usage: kpatchd.py SCENARIO.json

The scenario's members, all optional:
  manager   properties of the manager that differ from the usual
  patches   list of properties of each patch; Id and Version are required
  diagnoses  what Diagnose answers
  ListGenerations, GetHistory, GetStacks, ListCves  what these answer
  refuse    method name, or "METHOD PATCH" -> [error name, message]: calls that fail at once
  silent    member names of calls that are never answered
  slow      member name -> seconds until calls are looked at
  rename    property name -> name it goes by, for a daemon of another version
  job       what a job does:
      steps      list of [step, sentence]; each takes `pause` seconds
      pause      seconds, 0.02 by default
      result     "done" or an error's name; or kind of job, or its patch -> one of these
      message    sentence at the end
      early      the signals are sent before the call is answered
      stop_at    step at which nothing happens any more
      exit_at    step at which the daemon dies; "reply": right after it answered the call
      leave_at   step at which it gives its name away and goes on
      impostor   another connection claims that the job ended before it has begun
      changes    step -> list of [path below the root, interface, properties or null for one that goes]
      cancelled  sentence with which Cancel ends it
      of         patch reference that an import turns out to be
  log       file that gets a JSON line for each call of a method: method, arguments, interactive, contents
            of the descriptors

Prints "ready" when it has the name on the bus.
"""

import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any, Iterator

from gi.repository import Gio, GLib

ROOT = "/org/kpatchd1"
NAME = "org.kpatchd1"
ERROR = "org.kpatchd1.Error."
XML = Path(__file__).resolve().parents[2] / "dbus" / "org.kpatchd1.xml"
OBJECT_MANAGER_XML = """<node><interface name="org.freedesktop.DBus.ObjectManager">
<method name="GetManagedObjects"><arg type="a{oa{sa{sv}}}" direction="out"/></method>
</interface></node>"""

MANAGER = {
    "Version": "0.1.0",
    "KernelRelease": "6.1.0-99-amd64",
    "KernelBuildId": "ab" * 20,
    "Engines": [["core", True, "kpatch_core 0.1.0"], ["livepatch", False, "not built into this kernel"]],
    "Generation": 3,
    "TrustRoots": [["demo", 4102444800]],
    "UnsignedFrom": [],
    "ApplyDisabled": False,
    "ApplyDisabledReason": "",
    "Quarantine": [],
    "EffectiveLevel": ["", "", ""],
    "RebootAdvised": [],
    "Jobs": [],
}
PATCH = {
    "Title": "",
    "Description": "",
    "State": "stored",
    "Persistent": False,
    "Held": False,
    "Quarantined": "",
    "AppliedSince": 0,
    "TransitionSince": 0,
    "Engine": "core",
    "Severity": "",
    "Level": "",
    "Cves": [],
    "Kernel": ["6.1.0-99-amd64", "ab" * 20],
    "Module": "kpatch_demo",
    "ModuleSha256": "",
    "Depends": [],
    "Supersedes": [],
    "Replace": False,
    "Functions": [["vmlinux", "cmdline_proc_show", 0]],
    "Objects": [["vmlinux", ""]],
    "Stragglers": [],
    "Pause": [0, 0, 0, 0],
    "TrustRoot": "demo",
}
FEED = {
    "Urls": ["https://patches.example.org"],
    "Policy": "download",
    "Channel": "stable",
    "Versions": [1, 1, 1],
    "LastAttempt": 0,
    "LastSuccess": 0,
    "Expires": 0,
    "FeedStale": False,
    "Error": ["", ""],
    "Failures": 0,
    "RetryAt": 0,
    "Patches": [],
}
JOB_STEPS = [["verify", "Checking the signature"], ["load", "Loading the module"], ["record", "Recording it"]]


def escape(reference: str) -> str:
    """As sd_bus_path_encode(3) does."""
    return "".join(c if c.isalnum() and c.isascii() else f"_{ord(c):02x}" for c in reference)


class Daemon:
    def __init__(self, scenario: dict[str, Any]) -> None:
        self.scenario = scenario
        self.bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
        # GDBus would end the process with the bus; that is what we want, too.
        self.interfaces = {i.name: i for i in Gio.DBusNodeInfo.new_for_xml(XML.read_text()).interfaces}
        self.renamed = scenario.get("rename", {})
        self.manager = MANAGER | scenario.get("manager", {})
        self.patches = {
            f"{ROOT}/patch/{escape(p['Id'] + '=' + p['Version'])}": PATCH | p for p in scenario.get("patches", [])
        }
        self.feeds = {f"{ROOT}/feed/{escape(f['Name'])}": FEED | f for f in scenario.get("feeds", [])}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.n_jobs = 0
        self.silent = set(scenario.get("silent", []))
        self.slow = scenario.get("slow", {})

    def run(self) -> None:
        if self.silent or self.slow:
            self.bus.add_filter(self.hold_back)
        object_manager = Gio.DBusNodeInfo.new_for_xml(OBJECT_MANAGER_XML).interfaces[0]
        self.bus.register_object(ROOT, object_manager, self.on_objects_call, None, None)
        self.export(ROOT, "org.kpatchd1.Manager", self.manager)
        for path, patch in self.patches.items():
            self.export(path, "org.kpatchd1.Patch", patch)
        for path, feed in self.feeds.items():
            self.export(path, "org.kpatchd1.Feed", feed)
        for i, job in enumerate(self.scenario.get("jobs", [])):
            self.jobs[f"{ROOT}/job/{1000 + i}"] = job
            self.export(f"{ROOT}/job/{1000 + i}", "org.kpatchd1.Job", job)
        Gio.bus_own_name_on_connection(
            self.bus, NAME, Gio.BusNameOwnerFlags.NONE, lambda *_: print("ready", flush=True), None
        )
        GLib.MainLoop().run()

    def hold_back(self, bus: Gio.DBusConnection, message: Gio.DBusMessage, incoming: bool) -> Gio.DBusMessage | None:
        if incoming and message.get_message_type() == Gio.DBusMessageType.METHOD_CALL:
            time.sleep(self.slow.get(message.get_member(), 0))
            if message.get_member() in self.silent:
                return None
        return message

    def signature(self, interface: str, name: str) -> str:
        return next(p.signature for p in self.interfaces[interface].properties if p.name == name)

    def export(self, path: str, interface: str, properties: dict[str, Any]) -> int:
        def get(bus: Any, sender: str, path: str, interface: str, name: str) -> GLib.Variant:
            return GLib.Variant(self.signature(interface, name), properties[name])

        return self.bus.register_object(path, self.interfaces[interface], self.on_call, get, None)

    def variants(self, interface: str, properties: dict[str, Any]) -> dict[str, GLib.Variant]:
        return {
            self.renamed.get(k, k): GLib.Variant(self.signature(interface, k), v) for k, v in properties.items()
        }

    def on_objects_call(self, bus: Any, sender: str, path: str, iface: str, method: str, args: Any, call: Any) -> None:
        objects = {p: {"org.kpatchd1.Patch": self.variants("org.kpatchd1.Patch", v)} for p, v in self.patches.items()}
        for p, v in self.feeds.items():
            objects[p] = {"org.kpatchd1.Feed": self.variants("org.kpatchd1.Feed", v)}
        for p, v in self.jobs.items():
            objects[p] = {"org.kpatchd1.Job": self.variants("org.kpatchd1.Job", v), "org.example.Other": {}}
        call.return_value(GLib.Variant("(a{oa{sa{sv}}})", (objects,)))

    def on_call(self, bus: Any, sender: str, path: str, iface: str, method: str, args: Any, call: Any) -> None:
        self.log(method, args.unpack(), call.get_message())
        if method == "Diagnose" and "Diagnose" not in self.scenario.get("refuse", {}):
            call.return_value(GLib.Variant("(a(ssss))", (self.scenario.get("diagnoses", []),)))
            return
        refusals = self.scenario.get("refuse", {})
        refusal = refusals.get(method) or refusals.get(f"{method} {args.unpack()[0] if args.unpack() else ''}")
        refusal = refusal or self.missing(method, args.unpack())
        if refusal:
            call.return_dbus_error(*refusal)
            return
        if method in ("ListGenerations", "GetHistory", "GetStacks"):
            signature = {"ListGenerations": "(a(ttssas))", "GetHistory": "(a(tssssustt))", "GetStacks": "(a(uas))"}[method]
            call.return_value(GLib.Variant(signature, (self.scenario.get(method, []),)))
            return
        if method == "CheckCve":
            state, patches = self.scenario.get("answers", {}).get(args.unpack()[0], ["unknown", []])
            call.return_value(GLib.Variant("(sa(sso))", (state, [self.answer(state, p) for p in patches])))
            return
        if method == "ListCves":
            call.return_value(GLib.Variant("(as)", (self.scenario.get("ListCves", self.named_cves()),)))
            return
        if method == "Cancel" and self.scenario.get("job", {}).get("cancelled"):
            call.return_value(None)
            end = GLib.Variant("(oss)", (path, ERROR + "Canceled", self.scenario["job"]["cancelled"]))
            self.bus.emit_signal(None, ROOT, "org.kpatchd1.Manager", "JobRemoved", end)
            return
        if method in ("Cancel", "Force"):
            self.log(f"{method} {path}", (), call.get_message())
            call.return_value(None)
            return
        self.n_jobs += 1
        job = f"{ROOT}/job/{self.n_jobs}"
        how = self.scenario.get("job", {})
        steps = how.get("steps", JOB_STEPS)
        patch = next(iter(args.unpack()), "")
        patch = patch if isinstance(patch, str) else ""
        self.jobs[job] = {
            "Kind": re.sub("(?<!^)([A-Z])", r"-\1", method).lower(),
            "Patch": patch,
            "State": "queued",
            "Step": "",
            "Progress": (0, len(steps), ""),
        }
        export = self.export(job, "org.kpatchd1.Job", self.jobs[job])
        added = {"org.kpatchd1.Job": self.variants("org.kpatchd1.Job", self.jobs[job])}
        self.bus.emit_signal(None, ROOT, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded",
                             GLib.Variant("(oa{sa{sv}})", (job, added)))
        self.bus.emit_signal(None, ROOT, "org.kpatchd1.Manager", "JobNew", GLib.Variant("(o)", (job,)))
        if how.get("impostor"):
            self.lie(job, sender)
        if how.get("early"):
            for _ in self.work(job, export, how, steps):
                pass
        call.return_value(GLib.Variant("(o)", (job,)))
        if how.get("exit_at") == "reply":
            self.bus.flush_sync()
            os._exit(1)
        if not how.get("early"):
            work = self.work(job, export, how, steps)
            GLib.timeout_add(int(how.get("pause", 0.02) * 1000), lambda: next(work, False))

    def named_cves(self) -> list[str]:
        """As the patches for this kernel have them."""
        here = [p for p in self.patches.values() if p["Kernel"][1] == self.manager["KernelBuildId"]]
        return sorted({cve for p in here for cve in p["Cves"]}, key=lambda cve: [int(n) for n in cve.split("-")[1:]])

    def missing(self, method: str, args: tuple[Any, ...]) -> list[str] | None:
        if method not in ("Apply", "Rollback"):
            return None
        known = {n for p in self.patches.values() for n in (p["Id"], f"{p['Id']}={p['Version']}")}
        return None if args[0] in known else [ERROR + "NoSuchPatch", f"No patch '{args[0]}' is stored."]

    def lie(self, job: str, to: str) -> None:
        address = Gio.dbus_address_get_for_bus_sync(Gio.BusType.SYSTEM)
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        other = Gio.DBusConnection.new_for_address_sync(address, flags)
        lie = GLib.Variant("(oss)", (job, "done", "A lie."))
        other.emit_signal(to, ROOT, "org.kpatchd1.Manager", "JobRemoved", lie)
        other.flush_sync()
        other.close_sync()

    def work(self, job: str, export: int, how: dict[str, Any], steps: list[list[str]]) -> Iterator[bool]:
        """Does one step each time it is asked for the next value."""
        properties = self.jobs[job]
        for i, (step, sentence) in enumerate(steps):
            if how.get("stop_at") == step:
                yield False
            if how.get("exit_at") == step:
                os._exit(1)
            if how.get("leave_at") == step:
                self.bus.call_sync(
                    "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ReleaseName",
                    GLib.Variant("(s)", (NAME,)), None, Gio.DBusCallFlags.NONE, -1,
                )
            properties["State"] = "running"
            properties["Step"] = step
            properties["Progress"] = (i, len(steps), sentence)
            if i == 1 and how.get("of"):
                properties["Patch"] = how["of"]
            self.change(how.get("changes", {}).get(step, []))
            changed = {k: properties[k] for k in ("Patch", "State", "Step", "Progress")}
            self.bus.emit_signal(
                None, job, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                GLib.Variant("(sa{sv}as)", ("org.kpatchd1.Job", self.variants("org.kpatchd1.Job", changed), [])),
            )
            yield True
        self.bus.unregister_object(export)
        del self.jobs[job]
        message = how.get("message", f"Patch {properties['Patch']} {properties['Kind']} done.")
        end = GLib.Variant("(oss)", (job, self.result(properties, how), message))
        self.bus.emit_signal(None, ROOT, "org.kpatchd1.Manager", "JobRemoved", end)

    @staticmethod
    def answer(state: str, patch: Any) -> tuple[str, str, str]:
        """A reference, with the state that the answer lets one expect, or [reference, state, feed or nothing]."""
        if isinstance(patch, str):
            patch = [patch, {"closed": "applied", "available": "stored"}.get(state, state), ""]
        reference, of_patch, feed = patch
        return reference, of_patch, f"{ROOT}/{'feed' if feed else 'patch'}/{escape(feed or reference)}"

    def change(self, changes: list[list[Any]]) -> None:
        """Has patches and feeds change, come or go: [path below the root, interface, properties, or nothing]."""
        for below, interface, changed in changes:
            path, interface = f"{ROOT}/{below}".rstrip("/"), f"org.kpatchd1.{interface}"
            known = self.patches.get(path) or self.feeds.get(path) or (self.manager if path == ROOT else None)
            if changed is None:
                self.bus.emit_signal(None, ROOT, "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved",
                                     GLib.Variant("(oas)", (path, [interface])))
            elif known is None:
                self.patches[path] = PATCH | changed
                added = {interface: self.variants(interface, self.patches[path])}
                self.bus.emit_signal(None, ROOT, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded",
                                     GLib.Variant("(oa{sa{sv}})", (path, added)))
            else:
                known |= changed
                self.bus.emit_signal(
                    None, path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                    GLib.Variant("(sa{sv}as)", (interface, self.variants(interface, changed), [])))

    @staticmethod
    def result(properties: dict[str, Any], how: dict[str, Any]) -> str:
        result = how.get("result", "done")
        if isinstance(result, dict):
            result = result.get(properties["Kind"]) or result.get(properties["Patch"], "done")
        return result

    def log(self, method: str, args: tuple[Any, ...], message: Gio.DBusMessage) -> None:
        if "log" not in self.scenario:
            return
        entry: dict[str, Any] = {"method": method, "args": args}
        flags = message.get_flags()
        entry["interactive"] = bool(flags & Gio.DBusMessageFlags.ALLOW_INTERACTIVE_AUTHORIZATION)
        fds = message.get_unix_fd_list()
        if fds:
            entry["contents"] = [Path(f"/proc/self/fd/{fd}").read_text() for fd in fds.peek_fds()]
        with open(self.scenario["log"], "a", encoding="utf-8") as log:
            print(json.dumps(entry), file=log)


if __name__ == "__main__":
    Daemon(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))).run()
