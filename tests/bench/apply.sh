#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: copy ../vm/daemon/lib.sh ../../build/bench/kpatch
# vm: timeout 900
#
# From the command to the patch in force: with kpatchctl, with insmod alone, and with kpatch's own script, each as a user types
# it. An emulated processor makes all of it many times longer than it is: only the ratios of one run say something.
# shellcheck source=tests/vm/daemon/lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"
here=$(dirname "$(realpath "$0")")
readonly ROUNDS=9 KLP=/sys/kernel/livepatch

until_is() { until [[ $(cat "$1" 2>/dev/null) == "$2" ]]; do sleep 0.002; done; }

# Each of these leaves the patch in force, and the one beside it takes it out again; that is not timed.
core_insmod() { insmod fix.ko && until_is "$SYSFS/kpatch_sample_version/state" applied; }
core_rmmod() {
        echo 0 > "$SYSFS/kpatch_sample_version/enabled"
        until_is "$SYSFS/kpatch_sample_version/state" disabled
        rmmod kpatch_sample_version
}
klp_insmod() { insmod klp.ko && until_is $KLP/kpatch_test_klp/transition 0; }
klp_rmmod() {
        echo 0 > $KLP/kpatch_test_klp/enabled
        until rmmod kpatch_test_klp 2>/dev/null; do sleep 0.1; done
}
kpatch() { LD_LIBRARY_PATH="$here/kpatch" PATH="$here/kpatch:$PATH" "$here/kpatch/kpatch" "$@"; }
kpatch_load() { kpatch load "$PWD/klp.ko"; }
kpatch_unload() { kpatch unload kpatch_test_klp; }
apply() { kpatchctl --quiet apply "$1"; }
rollback() { kpatchctl --quiet rollback "$1"; }

# median FORTH BACK: milliseconds
median() {
        local begin
        for ((i = 0; i < ROUNDS; i++)); do
                begin=${EPOCHREALTIME/./}
                $1 > output 2>&1 || fail "$1: $(cat output)"
                echo $((${EPOCHREALTIME/./} - begin))
                $2 > output 2>&1 || fail "$2: $(cat output)"
        done | sort -n | awk '{ t[NR] = $1 } END { printf "%.1f", t[int((NR + 1) / 2)] / 1000 }'
}

# row WHAT MS BESIDE
row() { awk -v what="$1" -v ms="$2" -v beside="$3" 'BEGIN { printf "  %-44s %10.1f ms %8.2f\n", what, ms, ms / beside }'; }

publisher_new main
publisher_trust main
publish fix "$SAMPLES/kpatch_sample_version.ko"
publish klp "$PATCHES/kpatch_test_klp.ko" --kernel-build-id "$(kpatch-feed build-id /sys/kernel/notes)" \
        --function vmlinux:version_proc_show
# What is settling would be looked at every second, beside what is measured.
printf '[Boot]\nSettleSec=0\n' > /etc/kpatchd/kpatchd.conf
kpatchctl --quiet import fix.ko || fail "import fix"
kpatchctl --quiet import klp.ko || fail "import klp"
modprobe kpatch_core

printf 'From the command to the patch in force, on %s; medians of %s, and how many insmods that is:\n' "$(uname -r)" $ROUNDS
insmods=$(median core_insmod core_rmmod)
applies=$(median "apply fix" "rollback fix")
row "insmod of a patch for kpatch_core" "$insmods" "$insmods"
row "kpatchctl apply of it" "$applies" "$insmods"
insmods=$(median klp_insmod klp_rmmod)
applies=$(median "apply klp" "rollback klp")
loads=$(median kpatch_load kpatch_unload)
row "insmod of a livepatch" "$insmods" "$insmods"
row "kpatchctl apply of it" "$applies" "$insmods"
row "kpatch load of it, version $(kpatch version)" "$loads" "$insmods"
