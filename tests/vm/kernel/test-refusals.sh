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
refused EXDEV "made for the module ext4 with build-id 0123456789abcdef0123456789abcdef01234567, this one is [0-9a-f]{40}" \
        kpatch_test_module
refused EXDEV "made for the kernel with build-id 0123456789abcdef0123456789abcdef01234567, this one is [0-9a-f]{40}" \
        kpatch_test_otherbuild
refused EINVAL "built for version 9999 of the interface, this is [0-9]+" kpatch_test_abi
refused EINVAL "version_proc_show is in the table twice" kpatch_test_twice
refused EINVAL "the replacement of version_proc_show is not in the patch module" kpatch_test_foreign

say "two patches for one function"
load kpatch_sample_version
refused EALREADY "version_proc_show is already replaced by patch kpatch_sample_version" kpatch_test_rival
grep -q 'live patched' /proc/version || fail "/proc/version is: $(</proc/version)"

say "of two patches that are loaded, one can be applied"
step "take back the first" write "$SYSFS/kpatch_sample_version"/enabled 0
load kpatch_test_rival
grep -q rival /proc/version || fail "/proc/version is: $(</proc/version)"
not_written EALREADY "version_proc_show is already replaced by patch kpatch_test_rival" kpatch_sample_version 1
grep -q rival /proc/version || fail "/proc/version is: $(</proc/version)"

say "the reason is forgotten when the patch succeeds"
unload kpatch_test_rival
expect_output '^kpatch_sample_version: ' cat "$SYSFS/last_error"
step "apply the first again" write "$SYSFS/kpatch_sample_version"/enabled 1
expect_output '^$' cat "$SYSFS/last_error"
unload kpatch_sample_version

say "two patches for different functions"
load kpatch_sample_version
load kpatch_sample_pair
grep -q 'live patched' /proc/version /proc/dma || fail "one of them is not applied"
unload kpatch_sample_version
grep -q 'live patched' /proc/dma || fail "the second went with the first"
unload kpatch_sample_pair
finish
