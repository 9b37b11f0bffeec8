#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: turns
# What is in force when the machine is started again: after a reboot in order, after a panic, with kpatchd.apply=0.
# vm: copy lib.sh
# vm: expect-panic sysrq
# vm: then boot-after-panic.sh
# vm: then boot-kept-out.sh
# vm: then boot-without-bus.sh
. "$(dirname "$0")/lib.sh"

publisher_new main
publisher_trust main
# A machine that dies sooner after an apply holds that against the patch: tests/vm/daemon/test-guard.sh.
printf '[Boot]\nSettleSec=1\n' > /etc/kpatchd/kpatchd.conf
publish fix "$SAMPLES/kpatch_sample_version.ko"
publish broken "$SAMPLES/kpatch_sample_pair.ko"
publish hard "$SAMPLES/kpatch_sample_hardening.ko"
for id in broken fix hard; do
        step "import $id" kpatchctl import "$id.ko"
        step "apply $id" kpatchctl apply "$id"
done
settled() { [[ -z $(ls "$STATE/attempts") ]]; }
eventually 30 settled
# One that cannot be applied again must not keep the others out.
rm "$STATE/manifests/broken=1.json"
sync -f "$STATE"
echo c > /proc/sysrq-trigger
