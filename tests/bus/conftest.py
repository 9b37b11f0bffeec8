# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints results the way ./check reads them: one line of TAP a test, as it ends."""

import sys


def pytest_runtest_logreport(report) -> None:
    name = report.nodeid.removeprefix("tests/bus/")
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        line = f"ok - {name} # SKIP {reason}"
    elif report.failed:
        line = f"not ok - {name}" + ("" if report.when == "call" else f" ({report.when})")
    elif report.when == "call":
        line = f"ok - {name}"
    else:
        return
    why = "".join(f"\n# {text}" for text in report.longreprtext.splitlines()) if report.failed else ""
    print(line + why, file=sys.__stdout__, flush=True)
