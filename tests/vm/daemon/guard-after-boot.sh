#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: copy lib.sh
# vm: expect-panic sysrq
. "$(dirname "$0")/lib.sh"

# The first call starts the daemon, on a machine that has just been started.
answers() { kpatchctl status > /dev/null 2>&1; }
eventually 30 answers

say "one boot after the panic: up, and it says so"
cat /proc/version > /dev/null
in_kernel kpatch_test_fatal && fail "the fatal patch is in force"
expect_output '^fatal=1 ' kpatchctl quarantine
expect_output 'fatal=1.*quarantine' kpatchctl status
[[ $(state_of fatal) == failed ]] || fail "it is wanted and not in force, and status says $(state_of fatal)"
expect_output 'Quarantined' kpatchctl info fatal
[[ $(systemctl show -p Result --value kpatchd-reapply) == exit-code ]] || fail "the unit does not say so"
expect_output 'patches are in force again, after [0-9]+ ms' journalctl -b -u kpatchd-reapply

# The panic came while the fatal patch was settling, or while the next one was on its way in: one of them at least is
# held back, and by hand all of it can be had again.
step "rollback of the fatal one" kpatchctl rollback fatal
step "clear what is left" kpatchctl quarantine clear --all
step "reapply" /usr/libexec/kpatchd/kpatchd --reapply
in_kernel kpatch_sample_hardening || fail "the other patch is not in force"
[[ $(kpatchctl quarantine --json | jq '.quarantine | length') -eq 0 ]] || fail "something is still quarantined"

say "a crash for which no patch is quarantined, and that is one too many in a row"
printf '[Boot]\nSettleSec=3600\nCrashLimit=9\nBootCrashLimit=1\n' > /etc/kpatchd/kpatchd.conf
systemctl reload kpatchd
step "rollback" kpatchctl rollback hard
step "apply" kpatchctl apply hard
journalctl --sync
sync
echo c > /proc/sysrq-trigger
