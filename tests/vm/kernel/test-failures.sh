#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels debug
# vm: copy lib.sh failing
# vm: append kmemleak=on
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

# every WHAT COMMAND...: with the 1st, 2nd, 3rd... allocation failing, until there are no more; what failed changed nothing
every() {
        local what=$1 n=0 said failed=0 before
        shift
        before=$(fingerprint)
        while :; do
                n=$((n + 1))
                said=$(./failing "$n" "$@")
                case $said in
                'OK beyond') break ;;
                'ENOMEM reached')
                        failed=$((failed + 1))
                        [[ $(fingerprint) == "$before" ]] || fail "$what: failure $n left: $(diff <(echo "$before") <(fingerprint))"
                        ;;
                # Something that could be done without.
                'OK reached') return_to "$before" ;;
                *) fail "$what: with allocation $n failing: $said; last_error is $(<"$SYSFS/last_error")" ;;
                esac
        done
        [[ $failed -gt 3 ]] || fail "$what: only $failed allocations could fail: this tries nothing"
        say "$what: $((n - 1)) allocations, $failed of which it cannot do without"
}

return_to() {
        [[ ! -e $SYSFS/$patch ]] || write "$SYSFS/$patch/enabled" "${was_enabled:-0}"
        [[ $1 != "$pristine" ]] || rmmod $patch
        [[ $(fingerprint) == "$1" ]] || fail "cannot get back: $(diff <(echo "$1") <(fingerprint))"
}

every "loading it" load "$(patch_file $patch)"
step "take it back" write "$SYSFS/$patch/enabled" 0
every "applying it" write "$SYSFS/$patch/enabled" 1
was_enabled=1 every "taking it back" write "$SYSFS/$patch/enabled" 0 || true
step "remove it" rmmod $patch
[[ $(fingerprint) == "$pristine" ]] || fail "left behind: $(diff <(echo "$pristine") <(fingerprint))"

say "nothing is lost"
# What is found at first may be on its way; what is found by the second search is lost.
for _ in 1 2; do
        sleep 6
        write $debugfs/kmemleak scan
done
! grep -B 30 kpatch $debugfs/kmemleak || fail "there is memory that nobody knows of"
finish
