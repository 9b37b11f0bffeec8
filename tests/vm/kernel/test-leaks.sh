#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels 6.1 debug
# vm: copy lib.sh
# vm: timeout 900
# Some hundred and thirty times applied and removed: nothing is left in memory.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

CYCLES=${1:-40}

# Objects in each of the kernel's caches, after the ones that are only kept for speed were given back.
count_objects() {
        local cache
        sync
        echo 3 >/proc/sys/vm/drop_caches
        sleep 1
        for cache in /sys/kernel/slab/kmalloc-*[0-9kM]; do
                # What user space has the kernel keep for it.
                [[ $cache != */kmalloc-cg-* ]] || continue
                echo 1 >"$cache/shrink"
                printf '%s %s\n' "${cache##*/}" "$(cut -d ' ' -f 1 "$cache/objects")"
        done
        printf 'vmalloc-areas %s\n' "$(wc -l </proc/vmallocinfo)"
}

# One patch and then the other, and a refusal, which takes back what was made by then.
cycle() {
        local patches=(kpatch_sample_version kpatch_sample_pair)
        local patch=${patches[$1 % 2]}
        insmod "$(patch_file "$patch")"
        echo 0 >"$SYSFS/$patch/enabled"
        rmmod "$patch"
        ! insmod "$(patch_file kpatch_test_half)" 2>/dev/null
}

# What grows at first and then no more is no leak: what grows with each of three times CYCLES is. A processor may keep a
# whole slab, which counts as used: that is 32 objects of the size that the module's structures have. What leaks in every
# second cycle, which is the least that can leak here, is more.
for i in 0 1 2 3; do
        for ((n = 0; n < (i ? CYCLES : 10); n++)); do cycle "$n"; done
        count_objects >"/tmp/objects-$i"
done

paste -d ' ' /tmp/objects-? | awk '{ print $1, $4 - $2, $6 - $4, $8 - $6 }' >/tmp/growth
say "3 times $CYCLES cycles; what grew most: $(sort -k4nr /tmp/growth | head -n 3 | paste -sd,)"
awk -v limit=$((CYCLES * 9 / 20)) '$2 >= limit && $3 >= limit && $4 >= limit { print "FAIL:", $0; bad = 1 } END { exit bad }' /tmp/growth
finish
