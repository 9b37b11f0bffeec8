#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: timeout 1800
#
# What patches cost. Run it in a guest that counts instructions, where each instruction is a nanosecond of the guest's
# clock, and figures are the same each time:  tests/vm/run --icount tests/bench/kernel.sh
# What is measured in time there can be compared with each other, and with nothing else.
set -euo pipefail

readonly FOLDER=/usr/lib/kpatchd-test/bench
readonly PARAMETERS=/sys/module/kpatch_core/parameters
readonly SYSFS=/sys/kernel/kpatch
readonly PATCH=$SYSFS/kpatch_bench_core
readonly METER=/sys/module/kpatch_bench_meter/parameters/ticks
readonly CROWD=/sys/module/kpatch_bench_crowd/parameters/count
readonly WORK=/proc/kpatch_bench_work

# parameter NAME VALUE: of a core that has it
parameter() {
        [[ ! -e $PARAMETERS/$1 ]] || echo "$2" >"$PARAMETERS/$1"
}

until_is() {
        until [[ $(<"$1") == "$2" ]]; do
                sleep 0.001
        done
}

# core_load NAME [PARAMETER...]
core_load() {
        insmod "$FOLDER/$1.ko" "${@:2}"
        until_is "$SYSFS/$1/state" applied
}

core_unload() {
        echo 0 >"$SYSFS/$1/enabled"
        until_is "$SYSFS/$1/state" disabled
        rmmod "$1"
}

klp_load() {
        insmod "$FOLDER/$1.ko"
        until_is "/sys/kernel/livepatch/$1/transition" 0
}

klp_unload() {
        echo 0 >"/sys/kernel/livepatch/$1/enabled"
        until rmmod "$1" 2>/dev/null; do
                sleep 0.1
        done
}

# cost WHAT TICKS: thousandths of an instruction for a call, printed beside the unpatched one
cost() {
        awk -v what="$1" -v ticks="$2" -v base="$unpatched" 'BEGIN {
                printf "  %-32s %10.1f %10.1f %10.1f\n", what, ticks / 1000, (ticks - base) / 1000, ticks / base
        }'
}

calls() {
        local after
        insmod $FOLDER/kpatch_bench_meter.ko
        unpatched=$(<$METER)
        printf '\nInstructions for a call of noop_llseek()\n  %-32s %10s %10s %10s\n' "" "a call" "above" "times"
        cost unpatched "$unpatched"
        for classic in 0 1; do
                parameter classic $classic
                core_load kpatch_bench_core
                cost "kpatch_core, route $(<$PATCH/vmlinux/noop_llseek,0/route)" "$(<$METER)"
                core_unload kpatch_bench_core
        done
        parameter classic 0
        after=$(<$METER)
        cost "kpatch_core, taken back" "$after"
        klp_load kpatch_bench_klp
        cost "livepatch of the kernel" "$(<$METER)"
        klp_unload kpatch_bench_klp
        rmmod kpatch_bench_meter
        [[ $after -eq $unpatched ]] || { echo "a call costs more after the patch was taken back" >&2; exit 1; }
}

# pause PRECHECK: the middle of five pauses, in us, with the tasks that were looked at while the machine stood
pause() {
        local i
        parameter precheck "$1"
        for ((i = 0; i < 5; i++)); do
                echo 0 >$PATCH/enabled
                until_is $PATCH/state disabled
                echo 1 >$PATCH/enabled
                until_is $PATCH/state applied
                echo "$(<$SYSFS/pause_last_us) $(<$SYSFS/pause_tasks)"
        done | sort -n | sed -n 3p
}

pauses() {
        local tasks ours naive
        insmod $FOLDER/kpatch_bench_crowd.ko
        echo 100000 >/proc/sys/kernel/threads-max
        core_load kpatch_bench_core
        # The naive check is to be measured and not to be given up.
        parameter pause_budget_us 1000000
        printf '\nPause of the machine (us of a machine with an instruction a ns, and stacks read meanwhile)\n'
        printf '  %-12s %18s %18s %10s\n' tasks "checked before" "every stack" times
        for tasks in 100 1000 10000; do
                echo $tasks >$CROWD
                read -ra ours < <(pause 1)
                read -ra naive < <(pause 0)
                awk -v tasks=$tasks -v ours="${ours[0]}" -v n="${ours[1]}" -v naive="${naive[0]}" -v m="${naive[1]}" 'BEGIN {
                        printf "  %-12d %8d (%6d) %9d (%6d) %10.1f\n", tasks, ours, n, naive, m, naive / (ours ? ours : 1)
                }'
        done
        parameter precheck 1
        core_unload kpatch_bench_core
        rmmod kpatch_bench_crowd
}

# took COMMAND...: the milliseconds that it took
took() {
        local start=${EPOCHREALTIME/./}
        "$@"
        echo $(((${EPOCHREALTIME/./} - start) / 1000))
}

busy() {
        while :; do
                read -r <$WORK || true
        done
}

# transition WHAT: beside each other, what a patch and a livepatch take
transition() {
        local ours theirs
        ours=$(took core_load kpatch_bench_core)
        core_unload kpatch_bench_core
        theirs=$(took klp_load kpatch_bench_klp)
        klp_unload kpatch_bench_klp
        printf '  %-32s %12d %12d\n' "$1" "$ours" "$theirs"
}

transitions() {
        local pids=() i
        insmod $FOLDER/kpatch_bench_work.ko us=5000
        printf '\nFrom apply to the last task switched (ms)\n  %-32s %12s %12s\n' "" kpatch_core livepatch
        transition idle
        for ((i = 0; i < 2 * $(nproc); i++)); do
                busy &
                pids+=($!)
        done
        transition "all busy in the function"
        kill "${pids[@]}"
        wait
        rmmod kpatch_bench_work
}

# Bytes in the kernel's caches that modules, ftrace and sysfs use. Of the others, files and tasks that come and go would
# drown what is looked for.
slabs() {
        local cache
        sync
        echo 3 >/proc/sys/vm/drop_caches
        sleep 0.5
        for cache in /sys/kernel/slab/{kmalloc-*,kernfs_node_cache}; do
                echo 1 >"$cache/shrink"
                echo "$(cut -d ' ' -f 1 "$cache/objects") $(<"$cache/slab_size")"
        done | awk '{ sum += $1 * $2 } END { printf "%d\n", sum }'
}

# memory LOAD UNLOAD NAME: bytes of a patch: its module, and what the caches have more while it is applied
memory() {
        local without
        without=$(slabs)
        "$1" "$3"
        echo $(($(slabs) - without + $(<"/sys/module/$3/coresize")))
        "$2" "$3"
}

# memory_each LOAD UNLOAD FEW MANY: bytes for each function more, from two patches of 2 and 50 functions, the middle of five
memory_each() {
        local i
        for ((i = 0; i < 5; i++)); do
                echo $((($(memory "$1" "$2" "$4") - $(memory "$1" "$2" "$3")) / 48))
        done | sort -n | sed -n 3p
}

memories() {
        slabs >/dev/null
        printf '\nMemory for each patched function (bytes)\n'
        printf '  %-32s %12d\n' kpatch_core "$(memory_each core_load core_unload kpatch_bench_core kpatch_bench_many)" \
                livepatch "$(memory_each klp_load klp_unload kpatch_bench_klp kpatch_bench_manyklp)"
}

modprobe kpatch_core
echo "kpatch_core on $(uname -r)"
calls
pauses
transitions
memories
rmmod kpatch_core
