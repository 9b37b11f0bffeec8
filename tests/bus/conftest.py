# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints results the way ./check reads them: one line of TAP a test, as it ends. Runs a part of the tests where one is asked for."""

import os
import sys

import pytest


# Last, after what -k has left out.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items) -> None:
    """KPATCHD_TESTS_PART=2/3 has the second of three parts run: each third test, as those of a file take the same time."""
    part, _, parts = os.environ.get("KPATCHD_TESTS_PART", "1/1").partition("/")
    chosen = items[int(part) - 1::int(parts)]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


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
