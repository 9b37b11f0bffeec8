#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

answers() { kpatchctl status > /dev/null 2>&1; }
eventually 30 answers

say "it was in order"
in_kernel kpatch_sample_hardening || fail "it is not back"
[[ $(kpatchctl quarantine --json | jq '.quarantine | length') -eq 0 ]] || fail "it is quarantined"

say "and with the daemon alone"
step "rollback" kpatchctl rollback hard
step "stop what waits for the boot's" systemctl stop kpatchd-settle
step "apply" kpatchctl apply hard
[[ -e $STATE/attempts/hard=1.json ]] || fail "nothing settles"
systemctl is-active --quiet kpatchd-settle && fail "another waits"
reboot
