#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

answers() { kpatchctl status > /dev/null 2>&1; }
eventually 30 answers
said() { kpatchctl status > page && grep -q "$1" page; }

say "no patch at all is applied"
[[ ! -e $SYSFS ]] || fail "even the core is loaded"
expect_output 'No patch is applied: The machine crashed 1 times in a row' journalctl -b -u kpatchd-reapply
eventually 30 said 'crashed 1 times in a row'
[[ ! $(kpatchctl quarantine -q) ]] || fail "quarantined: $(kpatchctl quarantine)"
expect_exit 4 kpatchctl check
step "somebody has looked at it" kpatchctl quarantine clear --all
touch /etc/kpatchd/disable
