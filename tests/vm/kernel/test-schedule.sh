#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels 6.1 6.12 7.2
# vm: copy lib.sh errno
# vm: timeout 400
# The function in which every task is that sleeps, and out of which none ever is for long: there is no instant for an
# atomic switch, and a gradual one comes to its end.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

patch=kpatch_test_schedule
calls=/sys/module/$patch/parameters/calls

becomes() {
        eventually 60 grep -qx "$1" "$SYSFS/$patch/state"
}

got=$("$HERE/errno" load "$(patch_file $patch)" policy=strict)
[[ $got == EBUSY ]] || fail "strict found an instant: $got"
step "apply" insmod "$(patch_file $patch)" policy=gradual
[[ $(<$calls) -gt 0 ]] || fail "nobody calls the new function at once"
becomes applied
before=$(<$calls)
sleep 1
[[ $(<$calls) -gt $before ]] || fail "nobody calls the new function"
step "take it back" write "$SYSFS/$patch/enabled" 0
becomes disabled
before=$(<$calls)
sleep 1
[[ $(<$calls) == "$before" ]] || fail "somebody still calls the new function"
step "remove it" rmmod $patch

finish
