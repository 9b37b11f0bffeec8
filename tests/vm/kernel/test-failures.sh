#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels debug
# vm: copy lib.sh failing
# vm: append kmemleak=on
# vm: timeout 600
# Each allocation of memory on the way fails once: what was begun is undone, and nothing is lost. Needs a kernel with
# fault injection and kmemleak.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

patch=kpatch_sample_pair
debugfs=/sys/kernel/debug
mountpoint -q $debugfs || mount -t debugfs debugfs $debugfs
# Also those that may wait for memory, and without a report of each.
for fault in failslab fail_page_alloc; do
        write $debugfs/$fault/ignore-gfp-wait N
        write $debugfs/$fault/verbose 0
done
pristine=$(fingerprint)

./failing $patch "$(patch_file $patch)"
[[ $(fingerprint) == "$pristine" ]] || fail "left behind: $(diff <(echo "$pristine") <(fingerprint))"

say "nothing is lost"
# What is found at first may be on its way; what is found by the second search is lost.
for _ in 1 2; do
        sleep 6
        write $debugfs/kmemleak scan
done
! grep -B 30 kpatch $debugfs/kmemleak || fail "there is memory that nobody knows of"
finish
