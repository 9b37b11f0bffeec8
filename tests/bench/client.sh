#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: copy ../vm/daemon/lib.sh ../../build/bench/kpatch
# vm: timeout 900
#
# What a question costs, with one patch in force: kpatchctl, with a daemon that runs and with one that the bus has to start, beside
# kpatch's own script. The guest's clock counts instructions, those of all programs and of the kernel: 1 ns is one.
# shellcheck source=tests/vm/daemon/lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"
here=$(dirname "$(realpath "$0")")
readonly ROUNDS=5

kpatch_list() { LD_LIBRARY_PATH="$here/kpatch" PATH="$here/kpatch:$PATH" "$here/kpatch/kpatch" list; }
nothing() { /bin/true; }
stop() { systemctl stop kpatchd.service; }

# median WHAT [BEFORE]: millions of instructions; what comes before is not counted
median() {
        local begin
        for ((i = 0; i < ROUNDS; i++)); do
                ${2:-:}
                begin=${EPOCHREALTIME/./}
                $1 > output 2>&1 || fail "$1: $(cat output)"
                echo $((${EPOCHREALTIME/./} - begin))
        done | sort -n | awk '{ t[NR] = $1 } END { printf "%.2f", t[int((NR + 1) / 2)] / 1000 }'
}

# row WHAT MILLIONS
row() { awk -v what="$1" -v n="$2" -v beside="$listed" 'BEGIN { printf "  %-44s %10.1f M %8.2f\n", what, n, n / beside }'; }

publisher_new main
publisher_trust main
publish klp "$PATCHES/kpatch_test_klp.ko" --kernel-build-id "$(kpatch-feed build-id /sys/kernel/notes)" \
        --function vmlinux:version_proc_show
printf '[Boot]\nSettleSec=0\n' > /etc/kpatchd/kpatchd.conf
kpatchctl --quiet import --apply klp.ko || fail "import klp"
kpatch_list > output 2>&1 || fail "kpatch list: $(cat output)"
grep -q kpatch_test_klp output || fail "kpatch does not list it: $(cat output)"

listed=$(median kpatch_list)
printf 'Instructions, on %s; medians of %s, and how many of kpatch list that is:\n' "$(uname -r)" $ROUNDS
row "kpatch list, version $(LD_LIBRARY_PATH="$here/kpatch" "$here/kpatch/kpatch" version)" "$listed"
row "kpatchctl list --kpatch" "$(median "kpatchctl list --kpatch")"
row "kpatchctl status" "$(median "kpatchctl status")"
row "kpatchctl metrics" "$(median "kpatchctl metrics")"
row "kpatchctl status, the daemon to be started" "$(median "kpatchctl status" stop)"
row "a program that does nothing" "$(median nothing)"
