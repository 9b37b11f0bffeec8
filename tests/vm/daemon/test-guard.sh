#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The boot guard against a patch that panics for real: when it is applied, and then at boot. After each panic there is
# one boot, and it comes up. Where there were too many, or the administrator has said so, it comes up without any patch.
# vm: copy lib.sh
# vm: expect-panic kpatch_test_fatal
# vm: then guard-after-apply.sh
# vm: then guard-panic-at-boot.sh
# vm: then guard-after-boot.sh
# vm: then guard-closed.sh
# vm: then guard-disabled.sh
. "$(dirname "$0")/lib.sh"

publisher_new main
publisher_trust main
publish fatal "$PATCHES/kpatch_test_fatal.ko"
publish hard "$SAMPLES/kpatch_sample_hardening.ko"
printf '[Boot]\nSettleSec=3\n' > /etc/kpatchd/kpatchd.conf
step "import" kpatchctl import fatal.ko
step "import another" kpatchctl import hard.ko
step "apply the other" kpatchctl apply hard
settled() { [[ -z $(ls "$STATE/attempts") ]]; }
eventually 30 settled

journalctl --sync
sync
echo "now /proc/version is read all the time"
while :; do read -r _ < /proc/version; done &
kpatchctl apply fatal
sleep 60
fail "the machine lives"
