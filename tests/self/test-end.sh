#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# Ways to end that are failures: a reboot with nobody to go on, a panic, and a reset out of nowhere.
set -euo pipefail
# shellcheck source=tests/self/lib.sh
. "$(dirname "$0")/lib.sh"

guest_script reboots.sh <<<'reboot; sleep 1000'
expect_run 1 reboots.sh
expect_said "FAILED: it rebooted, and there is no further script to go on with"

guest_script panics.sh <<<'echo c >/proc/sysrq-trigger; sleep 1000'
expect_run 1 panics.sh
expect_said "FAILED: the kernel panicked"
expect_said "Kernel panic - not syncing: sysrq triggered crash"

guest_script returns.sh <<'END'
# vm: expect-panic
true
END
expect_run 1 returns.sh
expect_said "FAILED: it returned, but a panic was expected"
