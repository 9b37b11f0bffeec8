# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each failure that a person can see is met by a test of what causes it."""

import re
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
# Names alone prove nothing: the client's tests and the fake daemon go through the whole table.
TABLES = ("tests/bus/client/", "tests/fake/", "tests/bus/daemon/test_failures.py")
# kpatchctl's own, which its tests meet without anybody playing the daemon.
CLIENTS = {"DaemonUnavailable", "Usage"}


def test_every_failure_is_met():
    rows = re.findall(r'^ +ROW\((\w+), +"(\w+)", +\w+, +[1-9]', (SOURCE / "src/shared/failure.c").read_text(), re.MULTILINE)
    assert len(rows) > 50
    tests = {str(path.relative_to(SOURCE)): path.read_text(errors="replace")
             for path in (SOURCE / "tests").rglob("*") if path.suffix in (".py", ".c", ".sh") and path.is_file()}
    texts = "\n".join(text for name, text in tests.items() if not name.startswith(TABLES))
    missing = {name for kind, name in rows
               if name not in CLIENTS and not re.search(rf"\b(FAILURE_{kind}|{name})\b", texts)}
    assert not missing
