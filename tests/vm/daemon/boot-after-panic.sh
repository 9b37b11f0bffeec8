#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: turns
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

is_patched || fail "the patch is not back after a panic"
in_kernel kpatch_sample_hardening || fail "the other patch is not back"
in_kernel kpatch_sample_pair && fail "a patch without a manifest was applied"
[[ $(systemctl show -p Result --value kpatchd-reapply) == exit-code ]] || fail "the unit does not say that one failed"
expect_output 'broken=1' journalctl -b -u kpatchd-reapply
[[ $(state_of broken) == failed ]] || fail "status says $(state_of broken)"
[[ $(state_of fix) == applied ]] || fail "status says $(state_of fix)"

say "early: before the network is up and before anything of a user runs"
order() { systemctl show -p ActiveEnterTimestampMonotonic -p InactiveExitTimestampMonotonic --value "$1" | tail -1; }
for unit in sysinit.target dbus.service systemd-logind.service; do
        (($(systemctl show -p InactiveEnterTimestampMonotonic,ExecMainExitTimestampMonotonic --value kpatchd-reapply |
                sort -n | tail -1) <= $(systemctl show -p ActiveEnterTimestampMonotonic --value "$unit"))) ||
                fail "kpatchd-reapply was not done before $unit"
done
expect_output 'network-pre.target' systemctl show -p Before kpatchd-reapply
step "take the broken one out" kpatchctl rollback broken
