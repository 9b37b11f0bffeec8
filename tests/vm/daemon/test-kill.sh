#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: turns
# kill -9 of the daemon at each step of apply and rollback, on a real kernel: after it is started again, status says what
# the kernel says, and the operation can be repeated.
# vm: copy lib.sh steps.sh
# vm: timeout 900
# shellcheck source=tests/vm/daemon/steps.sh
. "$(dirname "$0")/steps.sh"
. "$(dirname "$0")/lib.sh"

publisher_new main
publisher_trust main
publish fix "$SAMPLES/kpatch_sample_version.ko"

# The tests' build of the daemon, which dies at the point that $KPATCHD_FAULT names, in the unit as it is. The file is read
# at each start: nothing has to be reloaded in between.
install -m 755 "$TESTED" /usr/libexec/kpatchd/kpatchd-test
mkdir -p /run/systemd/system/kpatchd.service.d
cat > /run/systemd/system/kpatchd.service.d/fault.conf <<END
[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=
ExecStart=/usr/libexec/kpatchd/kpatchd-test
EnvironmentFile=/run/kpatchd-fault
Restart=no
END
fault_at() { echo "KPATCHD_FAULT=$1" > /run/kpatchd-fault; }
fault_at none
systemctl daemon-reload

# dies KIND STEP COMMAND...
dies() {
        fault_at "$1.$2"
        systemctl stop kpatchd
        shift 2
        expect_exit 4 "$@" 2>/dev/null
        eventually 10 systemctl is-failed --quiet kpatchd
        [[ $(systemctl show -p ExecMainStatus --value kpatchd) == 9 ]] || fail "it did not die of SIGKILL"
        fault_at none
}

# look: what status says and what the kernel says
look() {
        read -r generation state < <(kpatchctl status --json |
                jq -r '"\(.generation) \([.patches[] | select(.id == "fix").state][0] // "unknown")"')
        if is_patched; then kernel=applied; else kernel=other; fi
}

# agree GENERATION...: both say the same, and it is one of these generations
agree() {
        look
        [[ ($state == applied && $kernel == applied) || ($state != applied && $kernel == other) ]] ||
                fail "status says $state, the kernel says $kernel"
        [[ " $* " == *" $generation "* ]] || fail "generation $generation, not $*"
}

# row KIND STEP: from where the other of the two has left it
row() {
        local kind=$1 at=$2 before=$generation found
        dies "$kind" "$at" kpatchctl "$kind" fix
        agree "$before" $((before + 1))
        found=$kernel
        if [[ $generation -eq $before ]]; then
                kpatchctl "$kind" fix > /dev/null || fail "it cannot be repeated"
        elif [[ $kind == apply ]]; then
                expect_exit 14 kpatchctl apply fix 2> /dev/null
        fi
        agree $((before + 1))
        printf '%-9s %-14s %-12s %s\n' "$kind" "$at" "$found" "$state"
}

step "import" kpatchctl import fix.ko
look

[[ ${#APPLY_STEPS[@]} -eq ${#ROLLBACK_STEPS[@]} ]] || fail "the steps of apply and rollback do not go in pairs any more"
printf '%-9s %-14s %-12s %s\n' killed at 'then' repeated
for i in "${!APPLY_STEPS[@]}"; do
        row apply "${APPLY_STEPS[i]}"
        [[ $state == applied ]] || fail "it is $state"
        row rollback "${ROLLBACK_STEPS[i]}"
        [[ $state == stored ]] || fail "it is $state"
done
for at in "${IMPORT_STEPS[@]}"; do
        systemctl stop kpatchd
        rm -rf "${STATE:?}"/manifests "$STATE"/modules
        dies import "$at" kpatchctl import fix.ko
        look
        if [[ $state == unknown ]]; then
                kpatchctl import fix.ko > /dev/null || fail "import cannot be repeated"
        fi
        look
        [[ $state == stored ]] || fail "it is $state"
        printf '%-9s %-14s %-12s %s\n' import "$at" "-" "$state"
done
step "what was stored last works" kpatchctl apply fix
step "and comes out" kpatchctl rollback fix
step "the core unloads when nothing uses it" rmmod kpatch_core
