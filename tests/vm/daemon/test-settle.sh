#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# That the daemon is stopped, or started anew, says nothing of what it has just put in force: that goes on settling, with nobody
# but kpatchd-settle.service there. A shutdown in order counts it as good, whoever runs.
# vm: copy lib.sh
# vm: then settle-without-daemon.sh
# vm: then settle-with-daemon.sh
. "$(dirname "$0")/lib.sh"

publisher_new main
publisher_trust main
publish hard "$SAMPLES/kpatch_sample_hardening.ko"
printf '[Boot]\nSettleSec=3600\n' > /etc/kpatchd/kpatchd.conf
step "import" kpatchctl import hard.ko
step "apply" kpatchctl apply hard
[[ -e $STATE/attempts/hard=1.json ]] || fail "nothing settles"

say "a new daemon, as by an upgrade"
step "restart" systemctl restart kpatchd
[[ -e $STATE/attempts/hard=1.json ]] || fail "it counts as good"
systemctl is-active --quiet kpatchd-settle || fail "nobody waits: $(systemctl status kpatchd-settle)"

say "none"
step "stop" systemctl stop kpatchd
[[ -e $STATE/attempts/hard=1.json ]] || fail "it counts as good"
systemctl is-active --quiet kpatchd-settle || fail "nobody waits: $(systemctl status kpatchd-settle)"
expect_output 'kpatchd-settle.service waits for that' journalctl -b -u kpatchd
reboot
