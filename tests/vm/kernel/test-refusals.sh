#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels 6.1 6.12 7.2
# vm: copy lib.sh errno
# What does not fit is refused with an errno and a sentence of its own, and changes nothing.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

none=kpatch_test_no_such_function
refused ENOENT "this kernel has no function $none" kpatch_test_noexist
refused ENOENT "this kernel has no function $none" kpatch_test_half
refused ENOENT "this kernel has [0-9]+ of m_show, the patch is for number 99" kpatch_test_beyond
refused ENOTUNIQ "there is more than one m_show and the patch does not say which" kpatch_test_ambiguous
refused EOPNOTSUPP "ftrace cannot reach do_syscall_64" kpatch_test_unreachable
refused EOPNOTSUPP "multi_cpu_stop cannot be replaced: switching a patch depends on it" kpatch_test_stopper
# A kernel may have it built in.
[[ ! -e /sys/module/ext4/initstate ]] ||
        refused EXDEV "made for the module ext4 with build-id 0123456789abcdef0123456789abcdef01234567, this one is [0-9a-f]{40}" \
                kpatch_test_module
refused EXDEV "made for the kernel with build-id 0123456789abcdef0123456789abcdef01234567, this one is [0-9a-f]{40}" \
        kpatch_test_otherbuild
refused EINVAL "built for version 9999 of the interface, this is [0-9]+" kpatch_test_abi
refused EINVAL "version_proc_show is in the table twice" kpatch_test_twice
refused EINVAL "the replacement of version_proc_show is not in the patch module" kpatch_test_foreign

refused EOPNOTSUPP "unwind_next_frame cannot be replaced: switching a patch depends on it" kpatch_test_unwinder
refused EINVAL "lazy is no policy; there are strict and gradual" kpatch_sample_version policy=lazy

say "two patches for one function: the newest wins, and they come off in any order"
load kpatch_sample_version
load kpatch_test_rival
grep -q rival /proc/version || fail "/proc/version is: $(</proc/version)"
unload kpatch_sample_version
grep -q rival /proc/version || fail "/proc/version is: $(</proc/version)"
load kpatch_sample_version
grep -q 'live patched' /proc/version || fail "/proc/version is: $(</proc/version)"
unload kpatch_sample_version
grep -q rival /proc/version || fail "/proc/version is: $(</proc/version)"
step "take back the other" write "$SYSFS/kpatch_test_rival/enabled" 0
! grep -q rival /proc/version || fail "/proc/version is: $(</proc/version)"

say "the reason is forgotten when the patch succeeds"
refused ENOENT "this kernel has no function $none" kpatch_test_noexist
write "$SYSFS/kpatch_test_rival/policy" strict
write /sys/module/kpatch_core/parameters/pause_budget_us 0
not_written EBUSY "the machine would have .*" kpatch_test_rival 1
write /sys/module/kpatch_core/parameters/pause_budget_us 1000
step "apply it" write "$SYSFS/kpatch_test_rival/enabled" 1
expect_output '^$' cat "$SYSFS/last_error"
unload kpatch_test_rival

say "two patches for different functions"
load kpatch_sample_version
load kpatch_sample_pair
grep -q 'live patched' /proc/version /proc/dma || fail "one of them is not applied"
unload kpatch_sample_version
grep -q 'live patched' /proc/dma || fail "the second went with the first"
unload kpatch_sample_pair
finish
