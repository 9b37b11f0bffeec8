#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels 6.1 6.12 7.2
# vm: copy lib.sh
# What an ordinary user may do before the hardening sample, and may not after.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

patch=kpatch_sample_hardening

# The victim is alice's, as the one who attacks, and not its descendant.
as_user alice sleep 1000 &
eventually 10 pgrep -u alice -x sleep >/dev/null
victim=$(pgrep -u alice -x sleep)

attack() {
        as_user alice bash -c "exec 3</proc/$victim/mem"
}

debug() {
        as_user alice strace -o /dev/null true
}

read_status() {
        as_user alice readlink "/proc/$victim/exe"
}

expect_output '^0$' cat /proc/sys/kernel/yama/ptrace_scope
step "before: alice reads the memory of another process of hers" attack
load $patch
! attack 2>/dev/null || fail "after: she still can"
step "she still debugs what she starts" debug
step "she still reads what is not the memory" read_status
step "root still may" bash -c "exec 3</proc/$victim/mem"
unload $patch
step "taken back: she can again" attack
kill "$victim"
wait || true
finish
