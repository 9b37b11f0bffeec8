#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads a property of the daemon, and asks the bus itself something, in turn, until its standard input ends.

usage: lone_reader.py ADDRESS

Prints how long each call took, in seconds: a list of those to the daemon, and one of those to the bus, as JSON.
"""

import json
import select
import sys
import time

import dbus

CALLS = (("org.kpatchd1", "/org/kpatchd1", "org.freedesktop.DBus.Properties", "Get", "ss",
          ("org.kpatchd1.Manager", "Version")),
         ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId", "", ()))


def main() -> None:
    bus = dbus.bus.BusConnection(sys.argv[1])
    waits: tuple[list[float], ...] = ([], [])
    while not select.select([sys.stdin], [], [], 0.002)[0]:
        for call, times in zip(CALLS, waits):
            began = time.monotonic()
            bus.call_blocking(*call, timeout=60)
            times.append(time.monotonic() - began)
        if len(waits[0]) == 1:
            print("reading", flush=True)
    print(json.dumps(waits))


if __name__ == "__main__":
    main()
