#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels 6.1 6.12 7.2
# vm: copy lib.sh pair-reader
# vm: timeout 600
# Two functions flip together: whoever reads both never sees one old and one new.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

patch=kpatch_sample_pair
SWITCHES=${1:-60}
cpus=$(nproc)
[[ $cpus -ge 2 ]] || fail "one processor proves nothing"

load $patch
for ((i = 0; i < cpus; i++)); do
        ./pair-reader >"/tmp/reader-$i" &
done

say "$SWITCHES switches under load"
done=0
for ((i = 0; i < SWITCHES; i++)); do
        # A reader may be in one of the functions at that instant, and at each try after it.
        if echo $((i % 2)) >"$SYSFS/$patch/enabled"; then
                done=$((done + 1))
        fi
        # Schedulers that favour who sleeps would run this loop alone, and the readers would see every second state.
        sleep 0.01
done
pkill -f pair-reader
wait

passes=0 changed=0 mixed=0
for ((i = 0; i < cpus; i++)); do
        read -r p c m <"/tmp/reader-$i"
        passes=$((passes + p)) changed=$((changed + c)) mixed=$((mixed + m))
done
say "$passes passes of the readers, $changed saw a switch, $mixed were mixed"
[[ $done -gt $((SWITCHES * 9 / 10)) ]] || fail "only $done switches succeeded"
[[ $passes -gt 3000 ]] || fail "the readers read too little to see anything"
[[ $changed -gt 20 ]] || fail "the readers saw too few of the switches to tell"
[[ $mixed -eq 0 ]] || fail "$mixed passes were mixed"
unload $patch
finish
