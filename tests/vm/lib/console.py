# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's console: what it printed, and the reports (oops, WARN, BUG, stall) in it."""

import re
from dataclasses import dataclass, field

PREFIX = re.compile(r"^\[\s*\d+\.\d+\](?:\[[^\]]*\])? ?")
REPORT = re.compile(
    r"^WARNING: "
    r"|BUG: |kernel BUG at |Oops: |general protection fault|double fault:|int3: |stack segment:|invalid opcode:"
    r"|Kernel panic - not syncing|UBSAN: |unchecked MSR|bad page|divide error:"
    r"|kmemleak: \d+ new suspected|INFO: trying to register non-static key|INFO: lockdep is turned off"
    r"|rcu: INFO: .*(?:stall|starved)|INFO: task .* blocked for more than|watchdog: .*lockup|nobody cared")
PANIC = re.compile(r"Kernel panic - not syncing")
# WARN and BUG print this first, then the text that their caller gave, then the line that REPORT knows.
CUT = re.compile(r"-+\[ cut here \]-+")
END = re.compile(r"---\[ end |Kernel Offset: ")
EXPECTED = re.compile(r"kpatchd-test: expect-oops (.*)$")
REPORT_LINES = 80


@dataclass
class Report:
    """One report of the kernel: the line that began it and those up to its end marker."""

    lines: list[str]

    @property
    def title(self) -> str:
        return next((line for line in self.lines if REPORT.search(line)), self.lines[0])

    @property
    def is_panic(self) -> bool:
        return any(PANIC.search(line) for line in self.lines)

    def matches(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(line) for line in self.lines)


@dataclass
class Console:
    """Collects the console's bytes; what they mean is asked for at the end."""

    raw: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> None:
        self.raw += data

    def lines(self) -> list[str]:
        text = self.raw.decode(errors="replace")
        return [line for line in (part.rstrip("\r") for part in text.split("\n")) if line]

    def tail(self, until: int | None = None, count: int = 40) -> str:
        """The last lines, and all that came after line `until` where that is given."""
        lines = self.lines()
        end = len(lines) if until is None else until
        return "\n".join(lines[max(0, end - count):])

    def reports(self) -> list[Report]:
        """A report goes from its first line to its end marker; a second first line inside it belongs to it."""
        found: list[Report] = []
        within = False
        for line in self.lines():
            text = PREFIX.sub("", line)
            if EXPECTED.search(text):
                continue
            if within:
                found[-1].lines.append(text)
                within = not END.search(text) and len(found[-1].lines) < REPORT_LINES
            elif CUT.search(text) or REPORT.search(text):
                found.append(Report([text]))
                within = not END.search(text)
        return found

    def expected(self) -> list[re.Pattern[str]]:
        """The patterns that the script declared while it ran, by vm-expect-oops."""
        matches = (EXPECTED.search(line) for line in self.lines())
        return [re.compile(match[1].strip()) for match in matches if match]
