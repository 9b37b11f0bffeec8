#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: timeout 900
#
# What a call of a replaced function costs. Run it in a guest that counts instructions, whose figures are
# exact and the same each time:  tests/vm/run --icount tests/bench/kernel.sh
set -euo pipefail

FOLDER=/usr/lib/kpatchd-test/bench
METER=/sys/module/kpatch_bench_meter/parameters/ticks

# row WHAT TICKS: thousandths of an instruction for a call, printed beside the unpatched one
row() {
        awk -v what="$1" -v ticks="$2" -v base="$unpatched" 'BEGIN {
                printf "%-34s %10.1f %10.1f %10.1f\n", what, ticks / 1000, (ticks - base) / 1000, ticks / base
        }'
}

modprobe kpatch_core
insmod $FOLDER/kpatch_bench_meter.ko
unpatched=$(<$METER)

insmod $FOLDER/kpatch_bench_core.ko
patch=/sys/kernel/kpatch/kpatch_bench_core
route=$(<$patch/vmlinux/noop_llseek,0/route)
ours=$(<$METER)
echo 0 >$patch/enabled
after=$(<$METER)
rmmod kpatch_bench_core

insmod $FOLDER/kpatch_bench_klp.ko
patch=/sys/kernel/livepatch/kpatch_bench_klp
until [[ $(<$patch/transition) == 0 ]]; do
        sleep 0.5
done
livepatch=$(<$METER)
echo 0 >$patch/enabled
until rmmod kpatch_bench_klp 2>/dev/null; do
        sleep 0.5
done
rmmod kpatch_bench_meter kpatch_core

echo "Instructions for a call of noop_llseek() on $(uname -r); exact with --icount:"
printf '%-34s %10s %10s %10s\n' "" "a call" "above" "times"
row "unpatched" "$unpatched"
row "kpatch_core, route $route" "$ours"
row "kpatch_core, taken back" "$after"
row "livepatch of the kernel" "$livepatch"

[[ $after -eq $unpatched ]] || { echo "a call costs more after the patch was taken back" >&2; exit 1; }
