# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a boot went as its script wanted: the rules of failure, in one place."""

import re
from dataclasses import dataclass, field

from .console import Report
from .guest import Boot, End
from .script import Script

# Bits of /proc/sys/kernel/tainted that a report leaves behind: bad page, oops, warning.
TAINT_REPORT = {5: "a bad page", 7: "an oops", 9: "a warning"}
HUNG_STATUS = 124


@dataclass
class Verdict:
    """What was wrong, each a sentence, and the exit status that a boot gives to the run (0: nothing)."""

    status: int
    problems: list[str] = field(default_factory=list)
    # The reports that nobody expected, to be shown.
    reports: list[Report] = field(default_factory=list)
    # Whether the console's last lines help.
    show_console: bool = False
    # Nothing happened that a further script in the same boot could suffer from, or hide.
    clean: bool = False


def judge(script: Script, boot: Boot, last: bool) -> Verdict:
    """Weigh one boot. `last`: no script follows, so going down is not a way to hand over."""
    verdict = Verdict(boot.status or 0)
    _judge_end(script, boot, last, verdict)
    _judge_reports(script, boot, verdict)
    if verdict.problems and verdict.status == 0:
        verdict.status = 1
    verdict.clean = verdict.status == 0 and boot.end is End.RETURNED and not boot.console.reports()
    return verdict


def _judge_end(script: Script, boot: Boot, last: bool, verdict: Verdict) -> None:
    if boot.ready_seconds is None and boot.end is End.PANICKED and script.expect_panic is not None:
        return
    if boot.ready_seconds is None and boot.end is not End.HUNG:
        verdict.problems.append(f"the guest {boot.end.value} before the script began")
        verdict.show_console = True
        return
    match boot.end:
        case End.RETURNED:
            if boot.status:
                verdict.problems.append(f"exit status {boot.status}")
            if script.expect_panic:
                verdict.problems.append("it returned, but a panic was expected")
            if boot.stuck_going_down:
                verdict.problems.append("the guest did not shut down in time after the script")
                verdict.show_console = True
        case End.REBOOTED:
            if script.expect_panic:
                verdict.problems.append("it rebooted, but a panic was expected")
            elif last:
                verdict.problems.append("it rebooted, and there is no further script to go on with")
        case End.PANICKED:
            if not script.expect_panic:
                verdict.problems.append("the kernel panicked")
                verdict.show_console = True
        case End.RESET:
            verdict.problems.append(f"the guest {End.RESET.value}")
            verdict.show_console = True
        case End.HUNG:
            where = "the script" if boot.ready_seconds else "the boot"
            verdict.problems.append(f"{where} did not end within the time limit")
            verdict.status = HUNG_STATUS
            verdict.show_console = True


def _judge_reports(script: Script, boot: Boot, verdict: Verdict) -> None:
    try:
        wanted = [*script.expect_reports, *boot.console.expected()]
    except re.error as error:
        verdict.problems.append(f"the pattern given to vm-expect-oops is wrong: {error}")
        return
    reports = boot.console.reports()
    remaining = _without_expected_panic(script, boot, reports, verdict)
    for pattern in wanted:
        matching = [report for report in reports if report.matches(pattern)]
        if not matching:
            verdict.problems.append(f"the kernel report /{pattern.pattern}/ was expected and did not come")
        remaining = [report for report in remaining if report not in matching]
    for report in remaining:
        verdict.problems.append(f"the kernel reported: {report.title}")
    verdict.reports = remaining
    if not reports:
        verdict.problems += [f"the kernel is tainted by {what}, of which the console shows nothing"
                             for bit, what in TAINT_REPORT.items() if boot.taint & 1 << bit]


def _without_expected_panic(script: Script, boot: Boot, reports: list[Report], verdict: Verdict) -> list[Report]:
    """Where a panic is expected, it and the oops that led to it are not a failure."""
    if not script.expect_panic or boot.end is not End.PANICKED:
        return list(reports)
    number = next(number for number, report in enumerate(reports) if report.is_panic)
    if not reports[number].matches(script.expect_panic):
        verdict.problems.append(f"a panic was expected, but /{script.expect_panic.pattern}/ is not in it")
        return list(reports)
    begin = number - 1 if number > 0 else number
    return reports[:begin] + reports[number + 1:]
