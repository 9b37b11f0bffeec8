#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels 6.1 6.12 7.2
# vm: copy lib.sh errno
# What the kit offers besides functions: symbols that are not exported, callbacks, states, shadow variables.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

# calls WANT...: which callbacks of the test patch were called since it was last asked
calls() {
        local file=/sys/module/kpatch_test_callbacks/parameters/calls
        [[ $(<"$file") == "${*:+ $*}" ]] || fail "called were:$(<"$file"), not: ${*:-none}"
        printf '\0' >"$file"
        printf 'ok: callbacks: %s\n' "${*:-none}"
}

say "a module that the kit did not make"
refused EINVAL "the note of the patch kit is missing" kpatch_test_nonote

say "a patch that is registered already"
before=$(fingerprint)
got=$("$HERE/errno" load "$(patch_file kpatch_test_again)")
[[ $got == EEXIST ]] || fail "registering again gave $got"
dmesg | grep -Fq "kpatch_core: kpatch_test_again: registered already" || fail "the log does not say why"
[[ $(fingerprint) == "$before" ]] || fail "something changed: $(diff <(echo "$before") <(fingerprint))"

say "symbols that cannot be had are all named at once"
refused ENOENT "needs what cannot be had: no kpatch_test_no_such_function in vmlinux; [0-9]+ of m_show in vmlinux; \
no number 99 of m_show in vmlinux, which has [0-9]+; kernel_init_freeable in vmlinux, which is gone after init; \
linux_banner in vmlinux, which is not a function; kallsyms_lookup_name in vmlinux, which is not data" kpatch_test_noexterns

say "callbacks"
patch=kpatch_test_callbacks
target=/usr/lib/kpatchd-test/targets/kpatch_test_target.ko
step "load $patch" insmod "$(patch_file $patch)"
calls pre_patch:vmlinux post_patch:vmlinux
step "take it back" write "$SYSFS/$patch/enabled" 0
calls pre_unpatch:vmlinux post_unpatch:vmlinux
write /sys/module/$patch/parameters/refuse vmlinux
before=$(fingerprint)
not_written EPERM "its pre-patch callback for vmlinux refuses \(error -1\)" $patch 1
[[ $(fingerprint) == "$before" ]] || fail "something changed: $(diff <(echo "$before") <(fingerprint))"
calls pre_patch:vmlinux

say "callbacks of a module that comes and goes while the patch is applied"
write /sys/module/$patch/parameters/refuse ""
step "apply it" write "$SYSFS/$patch/enabled" 1
calls pre_patch:vmlinux post_patch:vmlinux
step "load the target" insmod "$target"
calls pre_patch:kpatch_test_target post_patch:kpatch_test_target
expect_output '^init 4' cat /proc/kpatch_test_target
step "remove the target" rmmod kpatch_test_target
calls pre_unpatch:kpatch_test_target post_unpatch:kpatch_test_target
write /sys/module/$patch/parameters/refuse kpatch_test_target
got=$("$HERE/errno" load "$target")
[[ $got == EPERM ]] || fail "loading the target gave $got"
expect_output "^$patch: its pre-patch callback for kpatch_test_target refuses" cat "$SYSFS/last_error"
calls pre_patch:kpatch_test_target
[[ ! -e /proc/kpatch_test_target ]] || fail "the target was loaded"

say "where one object refuses, the other is undone"
step "take it back" write "$SYSFS/$patch/enabled" 0
calls pre_unpatch:vmlinux post_unpatch:vmlinux
step "load the target" insmod "$target"
not_written EPERM "its pre-patch callback for kpatch_test_target refuses \(error -1\)" $patch 1
calls pre_patch:vmlinux pre_patch:kpatch_test_target post_unpatch:vmlinux
expect_output 'answer 1' cat /proc/kpatch_test_target
step "remove the target" rmmod kpatch_test_target
step "remove the patch" rmmod $patch

say "a state and a shadow variable pass from one patch to the next"
load kpatch_test_state1
expect_output '^Linux version with shadow 11$' cat /proc/version
load kpatch_test_state2
expect_output '^version 1, made by state1, shadow 11$' cat /proc/dma
unload kpatch_test_state1
expect_output '^version 1, made by state1, shadow 11$' cat /proc/dma
refused EINVAL "knows state 0x6b7001 up to version 1, and kpatch_test_state2 made it 2" kpatch_test_state1
unload kpatch_test_state2
load kpatch_test_state1
unload kpatch_test_state1
finish
