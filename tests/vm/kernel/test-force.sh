#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: copy lib.sh
# A transition that is forced ends with a task in the way, says so, and pins the module for ever: a guest of its own.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

patch=kpatch_test_level1
torture=/sys/module/kpatch_test_torture/parameters

step "load the torture module" insmod "$(patch_file kpatch_test_torture)" tasks=0 sleepers=0 irq=0
cat /proc/kpatch_test_hold >/dev/null &
holder=$!
eventually 10 grep -q torture_called_back "/proc/$holder/stack"
step "apply the patch" insmod "$(patch_file $patch)" policy=gradual
expect_output '^applying$' cat "$SYSFS/$patch/state"
step "force" write "$SYSFS/$patch/force" 1
eventually 20 grep -qx applied "$SYSFS/$patch/state"
expect_output '^1$' cat "$SYSFS/$patch/forced"
expect_output "kpatch_core: $patch: forced over cat\\[$holder\\], which is in srcu_notifier_call_chain" dmesg
write $torture/release 1
wait $holder
step "take it back" write "$SYSFS/$patch/enabled" 0
eventually 20 grep -qx disabled "$SYSFS/$patch/state"
expect_output '^0$' cat /proc/kpatch_test_call
expect_exit 1 rmmod $patch
