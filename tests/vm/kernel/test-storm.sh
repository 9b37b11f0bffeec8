#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels 6.1 6.12 7.2
# vm: copy lib.sh
# vm: timeout 400
# Loaders, removers, switchers and readers of sysfs at once, all in each other's way.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

LASTS=${1:-40}
patches=(kpatch_sample_version kpatch_sample_pair kpatch_sample_hardening kpatch_test_rival kpatch_test_busy)
end=$((SECONDS + LASTS))

# Whether one of these succeeds depends on the others; what matters is that the kernel stays in order.
storm() {
        local patch
        while ((SECONDS < end)); do
                patch=${patches[RANDOM % ${#patches[@]}]}
                case $((RANDOM % 4)) in
                0) insmod "$(patch_file "$patch")" && echo "loaded $patch" ;;
                1) echo 0 >"$SYSFS/$patch/enabled" && echo "taken back $patch" ;;
                2) echo 1 >"$SYSFS/$patch/enabled" && echo "applied $patch" ;;
                3) rmmod "$patch" && echo "removed $patch" ;;
                esac
        done 2>/dev/null
}

reader() {
        while ((SECONDS < end)); do
                grep -r . "$SYSFS" || true
                cat /proc/version /proc/dma /proc/execdomains
        done >/dev/null 2>&1
}

forker() {
        while ((SECONDS < end)); do
                (true) &
                wait $!
        done
}

for i in 1 2 3 4; do storm >"/tmp/storm-$i" & done
reader &
reader &
forker &
wait

say "all of them at one patch"
[[ -e "$SYSFS/kpatch_sample_pair" ]] || load kpatch_sample_pair
end=$((SECONDS + LASTS / 4))
for i in 1 2 3 4; do
        while ((SECONDS < end)); do
                echo $((RANDOM % 2)) >"$SYSFS/kpatch_sample_pair/enabled" || echo "refused: $(<"$SYSFS/last_error")"
        done >"/tmp/one-$i" 2>&1 &
done
wait
# One at a time, whoever comes second finds it done.
[[ ! -s /tmp/one-1 && ! -s /tmp/one-2 && ! -s /tmp/one-3 && ! -s /tmp/one-4 ]] || fail "$(cat /tmp/one-*)"
unload kpatch_sample_pair
! grep -E '(execdomains_proc_show|proc_dma_show)' "$TRACING/enabled_functions" || fail "its functions are still hooked"

for what in loaded "taken back" applied removed; do
        n=$(cat /tmp/storm-* | grep -c "^$what")
        say "$what: $n times"
        [[ $n -gt 0 ]] || fail "never $what: this was no storm"
done

# Every stack of a task that is new, about to end, or asleep anywhere in this storm can be read to its end.
! dmesg | grep 'kpatch_core: .*cannot be read' || fail "there were stacks that could not be read"

for patch in "${patches[@]}"; do
        [[ ! -e "$SYSFS/$patch" ]] || unload "$patch"
done
finish
