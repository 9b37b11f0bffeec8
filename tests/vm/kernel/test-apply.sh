#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels 6.1 6.12 7.2
# vm: copy lib.sh errno
# A patch is applied by loading it and taken back through sysfs, and sysfs says what is.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

patch=kpatch_sample_version
dir="$SYSFS/$patch"
pristine=$(fingerprint)

say "applied by loading"
load $patch
grep -q 'live patched' /proc/version || fail "/proc/version is: $(</proc/version)"
expect_output '^1$' cat "$dir/enabled"
expect_output '^applied$' cat "$dir/state"
expect_output '^gradual$' cat "$dir/policy"
expect_output '^direct$' cat "$dir/route"
expect_output '^direct$' cat "$dir/vmlinux/version_proc_show,0/route"
expect_output '^0$' cat "$dir/replace"
expect_output '^0$' cat "$dir/forced"
expect_output '^$' cat "$dir/stragglers"
expect_output "^$(modinfo -F version "$(patch_file $patch)")$" cat "$dir/version"
expect_output "^$(modinfo -F kpatch_build_id "$(patch_file $patch)")$" cat "$dir/build_id"
expect_output '^[0-9a-f]{64}$' cat "$dir/checksum"
expect_output '^$' cat "$SYSFS/last_error"
[[ $(<"$SYSFS/pause_last_us") -gt 0 && $(<"$SYSFS/pause_max_us") -ge $(<"$SYSFS/pause_last_us") ]] || fail "no pause was measured"
# Some end while they are counted.
tasks=$({ find /proc -maxdepth 3 -path '/proc/[0-9]*/task/[0-9]*' 2>/dev/null || true; } | wc -l)
[[ $(<"$SYSFS/pause_tasks") -gt 0 && $(<"$SYSFS/pause_tasks") -lt $((tasks / 2)) ]] || fail "$(<"$SYSFS/pause_tasks") stacks were read while the machine stood still, of $tasks tasks"
(($(</proc/sys/kernel/tainted) & 1 << 15)) || fail "the kernel is not tainted as live patched"
say "everything is as it should be; $(<"$SYSFS/pause_tasks") stacks of $tasks read in $(<"$SYSFS/pause_last_us") us"

say "pinned while applied"
expect_exit 1 rmmod $patch
expect_exit 1 rmmod kpatch_core
step "writing what is so already is no error" write "$dir/enabled" 1

say "taken back"
step "write 0" write "$dir/enabled" 0
! grep -q 'live patched' /proc/version || fail "/proc/version is: $(</proc/version)"
expect_output '^0$' cat "$dir/enabled"
expect_output '^disabled$' cat "$dir/state"
! grep -q version_proc_show "$TRACING/enabled_functions" || fail "the function is still hooked"
step "writing 0 again is no error" write "$dir/enabled" 0
[[ $("$HERE/errno" write "$dir/enabled" nonsense) == EINVAL ]] || fail "nonsense was accepted"

say "the policy of the next switch"
step "strict" write "$dir/policy" strict
expect_output '^strict$' cat "$dir/policy"
[[ $("$HERE/errno" write "$dir/policy" lazy) == EINVAL ]] || fail "a policy that does not exist was accepted"

say "and applied again"
step "write 1" write "$dir/enabled" 1
grep -q 'live patched' /proc/version || fail "/proc/version is: $(</proc/version)"
unload $patch
[[ $(fingerprint) == "$pristine" ]] || fail "left behind: $(diff <(echo "$pristine") <(fingerprint))"

say "without a look beforehand the same is done, and longer"
write /sys/module/kpatch_core/parameters/precheck 0
load $patch
[[ $(<"$SYSFS/pause_tasks") -gt $((tasks / 2)) ]] || fail "$(<"$SYSFS/pause_tasks") stacks were read, there are $tasks tasks"
write /sys/module/kpatch_core/parameters/precheck 1
unload $patch

say "a pause longer than allowed is none"
write /sys/module/kpatch_core/parameters/pause_budget_us 0
refused EBUSY "the machine would have stood still for more than pause_budget_us, 0; nothing was changed" $patch
write /sys/module/kpatch_core/parameters/pause_budget_us 1000

say "a handler instead of a direct call, asked for"
write /sys/module/kpatch_core/parameters/classic 1
load $patch
expect_output '^classic$' cat "$dir/route"
grep -q 'live patched' /proc/version || fail "/proc/version is: $(</proc/version)"
write /sys/module/kpatch_core/parameters/classic 0
unload $patch

say "only root may write"
load $patch
as_user alice cat "$dir/enabled" "$dir/state" "$SYSFS/last_error" >/dev/null || fail "a user may not read"
! as_user alice bash -c "echo 0 >'$dir/enabled'" 2>/dev/null || fail "a user may write"

say "removed by force: the functions are taken back first"
step "rmmod --force" rmmod --force $patch
! grep -q 'live patched' /proc/version || fail "/proc/version is: $(</proc/version)"
[[ $(fingerprint) == "$pristine" ]] || fail "left behind: $(diff <(echo "$pristine") <(fingerprint))"
finish
