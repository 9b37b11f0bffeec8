#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels 6.1 6.12 7.2
# vm: copy lib.sh
# vm: timeout 400
# A function of the idle tasks: in schedule_idle() is each of them while another task runs on its processor, as one does
# in the instant of the switch.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

idle=kpatch_test_idle
idle_calls=/sys/module/$idle/parameters/calls
step "apply" insmod "$(patch_file $idle)" policy=gradual
eventually 20 grep -qx applied "$SYSFS/$idle/state"
before=$(<$idle_calls)
sleep 1
[[ $(<$idle_calls) -gt $before ]] || fail "no idle task calls the new function"
step "take it back" write "$SYSFS/$idle/enabled" 0
eventually 20 grep -qx disabled "$SYSFS/$idle/state"
before=$(<$idle_calls)
sleep 1
[[ $(<$idle_calls) == "$before" ]] || fail "an idle task still calls the new function"
step "remove it" rmmod $idle

finish
