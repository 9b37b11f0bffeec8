#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: copy lib.sh errno
# What the kit offers besides functions: symbols that are not exported, callbacks, states, shadow variables.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

answer=$(mktemp)

# state WANT: of the patch with callbacks
state() {
        [[ $(<"$SYSFS/kpatch_test_callbacks/state") == "$1" ]]
}

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
# Newer kernels take EEXIST for themselves, and make EBUSY of a module's.
[[ $got == EEXIST || $got == EBUSY ]] || fail "registering again gave $got"
grep -F "kpatch_core: kpatch_test_again: registered already" <(dmesg) >/dev/null || fail "the log does not say why"
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
write /sys/module/$patch/parameters/refuse ""

say "a switch that is refused because of a task"
write /sys/module/kpatch_test_target/parameters/nap 1
cat /proc/kpatch_test_target >"$answer" &
reader=$!
eventually 20 grep -q target_nap "/proc/$reader/stack"
write "$SYSFS/$patch/policy" strict
not_written EBUSY "task cat\[$reader\] is in target_nap, .*" $patch 1
calls pre_patch:vmlinux pre_patch:kpatch_test_target post_unpatch:vmlinux post_unpatch:kpatch_test_target

say "a transition that is turned back before it is complete: no post-patch, and so no pre-unpatch"
write "$SYSFS/$patch/policy" gradual
step "apply it gradually" write "$SYSFS/$patch/enabled" 1
expect_output '^applying$' cat "$SYSFS/$patch/state"
expect_output "^$reader target_nap cat$" cat "$SYSFS/$patch/stragglers"
step "turn it back" write "$SYSFS/$patch/enabled" 0
eventually 20 state disabled
calls pre_patch:vmlinux pre_patch:kpatch_test_target post_unpatch:vmlinux post_unpatch:kpatch_test_target

say "one that becomes complete"
step "apply it gradually" write "$SYSFS/$patch/enabled" 1
expect_output '^applying$' cat "$SYSFS/$patch/state"
calls pre_patch:vmlinux pre_patch:kpatch_test_target
write /sys/module/kpatch_test_target/parameters/nap 0
eventually 20 state applied
calls post_patch:vmlinux post_patch:kpatch_test_target
step "the reader ends" wait $reader
# Its target_show() was called before the switch, and its call of target_answer() came after target_nap().
expect_output 'answer 4' cat /proc/kpatch_test_target
step "take it back" write "$SYSFS/$patch/enabled" 0
eventually 20 state disabled
calls pre_unpatch:vmlinux pre_unpatch:kpatch_test_target post_unpatch:vmlinux post_unpatch:kpatch_test_target
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

say "a patch that takes the place of all others takes over what they left, and they clean nothing up"
refused EINVAL "does not know state 0x6b7001 of kpatch_test_state2, which it would replace" kpatch_test_stateless
load kpatch_test_state3
expect_output '^superseded$' cat "$SYSFS/kpatch_test_state2/state"
step "remove the one before" rmmod kpatch_test_state2
expect_output '^replaced version 2, made by state1, shadow 11$' cat /proc/dma
unload kpatch_test_state3

say "and what the last one left is gone"
load kpatch_test_state1
unload kpatch_test_state1
finish
