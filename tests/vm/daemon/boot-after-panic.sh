#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

is_patched || fail "the patch is not back after a panic"
in_kernel kpatch_sample_hardening || fail "the other patch is not back"
in_kernel kpatch_sample_pair && fail "a patch without a manifest was applied"
[[ -n $(systemctl show -p ExecMainStartTimestamp --value clear-tmp) ]] || fail "nobody cleared /tmp"
systemctl --quiet disable clear-tmp.service
[[ $(systemctl show -p ExecMainStatus --value kpatchd-reapply) == 1 ]] || fail "the unit does not say that one failed"
expect_output 'broken=1' journalctl -b -u kpatchd-reapply
[[ $(systemctl show -p ConditionResult --value kpatchd-reapply-late) == no ]] || fail "the late unit did it once more"
[[ $(state_of broken) == failed ]] || fail "status says $(state_of broken)"
told() { kpatchctl status > page && grep -q '2 patches came back' page && grep -q 'broken=1 did not come back: ' page; }
eventually 60 told
expect_exit 4 kpatchctl check
[[ $(state_of fix) == applied ]] || fail "status says $(state_of fix)"

say "a feed that has expired while the machine booted"
expect_output true busctl get-property org.kpatchd1 /org/kpatchd1/feed/shop org.kpatchd1.Feed FeedStale
shows_it() { kpatchctl status | grep -q EXPIRED; }
eventually 30 shows_it
expect_exit 83 kpatchctl refresh --download
[[ -z $(state_of late) ]] || fail "it is $(state_of late)"
kpatch-feed timestamp --dir work --key time.key > /dev/null
step "a new timestamp" kpatch-feed publish --dir work /srv/feed
step "refresh" kpatchctl refresh
[[ -z $(state_of late) ]] || fail "stored in spite of Policy=notify"
step "refresh that downloads" kpatchctl refresh --download
expect_output stored state_of late

say "early: before the network is up and before anything of a user runs"
order() { systemctl show -p ActiveEnterTimestampMonotonic -p InactiveExitTimestampMonotonic --value "$1" | tail -1; }
for unit in sysinit.target dbus.service systemd-logind.service; do
        (($(systemctl show -p InactiveEnterTimestampMonotonic,ExecMainExitTimestampMonotonic --value kpatchd-reapply |
                sort -n | tail -1) <= $(systemctl show -p ActiveEnterTimestampMonotonic --value "$unit"))) ||
                fail "kpatchd-reapply was not done before $unit"
done
expect_output 'network-pre.target' systemctl show -p Before kpatchd-reapply
step "take the broken one out" kpatchctl rollback broken

say "confined by AppArmor, the reapply too"
expect_output "pid=$(systemctl show -p ExecMainPID --value kpatchd-reapply) " apparmor AUDIT
no_denials
