#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# kill -9 of the daemon at each step of apply and rollback, on a real kernel: after it is started again, status says what
# the kernel says, and the operation can be repeated.
# vm: copy lib.sh
# vm: timeout 900
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

kernel_says() { if is_patched; then echo applied; else echo other; fi; }
status_says() { if [[ $(state_of fix) == applied ]]; then echo applied; else echo other; fi; }

agree() {
        [[ $(kernel_says) == "$(status_says)" ]] || fail "status says $(state_of fix), the kernel says $(kernel_says)"
        [[ $(kernel_says) == "$1" ]] || fail "$(kernel_says), not $1"
}

generation() { kpatchctl status --json | jq .generation; }

step "import" kpatchctl import fix.ko

printf '%-9s %-14s %-12s %s\n' killed at 'then' repeated
for at in lock verify verify-module check load-engine attempt load confirm record settle end; do
        before=$(generation)
        dies apply "$at" kpatchctl apply fix
        then=$(kernel_says)
        agree "$then"
        if [[ $(generation) -eq $before ]]; then
                kpatchctl apply fix > /dev/null || fail "apply cannot be repeated"
        else
                expect_exit 14 kpatchctl apply fix 2>/dev/null
        fi
        agree applied
        [[ $(generation) -eq $((before + 1)) ]] || fail "generation $(generation) after $before"
        printf '%-9s %-14s %-12s %s\n' apply "$at" "$then" "$(state_of fix)"
        kpatchctl rollback fix > /dev/null || fail "rollback after it"
        agree other
done
for at in lock verify check attempt switch confirm record unload settle end; do
        kpatchctl apply fix > /dev/null || fail "apply before it"
        before=$(generation)
        dies rollback "$at" kpatchctl rollback fix
        then=$(kernel_says)
        agree "$then"
        if [[ $(generation) -eq $before ]]; then
                kpatchctl rollback fix > /dev/null || fail "rollback cannot be repeated"
        fi
        agree other
        [[ $(generation) -eq $((before + 1)) ]] || fail "generation $(generation) after $before"
        printf '%-9s %-14s %-12s %s\n' rollback "$at" "$then" "$(state_of fix)"
done
for at in lock verify verify-module check store end; do
        systemctl stop kpatchd
        rm -rf "${STATE:?}"/manifests "$STATE"/modules
        dies import "$at" kpatchctl import fix.ko
        if [[ -z $(state_of fix) ]]; then
                kpatchctl import fix.ko > /dev/null || fail "import cannot be repeated"
        fi
        printf '%-9s %-14s %-12s %s\n' import "$at" "-" "$(state_of fix)"
done
step "what was stored last works" kpatchctl apply fix
step "and comes out" kpatchctl rollback fix
step "the core unloads when nothing uses it" rmmod kpatch_core
