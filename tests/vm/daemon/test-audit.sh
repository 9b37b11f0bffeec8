#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# What the kernel's audit is told: each change of what runs, those that were refused as well, and whether a signature vouched for it.
# vm: copy lib.sh
# vm: append audit=1
. "$(dirname "$0")/lib.sh"

# The guest's journald switches audit off as it starts, unless it is told to have it on.
mkdir -p /etc/systemd/journald.conf.d
printf '[Journal]\nAudit=yes\n' > /etc/systemd/journald.conf.d/audit.conf
step "audit is on" systemctl restart systemd-journald

# No auditd is there: journald hears of them, or the kernel has them in its log.
records() { { dmesg; journalctl --boot _AUDIT_TYPE=1138 --output cat; } | grep 'sw_type=livepatch'; }
has_record() { records | grep -q "op=$1 sw=\"$2\" sw_type=livepatch key_enforce=$3 gpg_res=$4 .*res=$5"; }
# recorded OPERATION SW KEY_ENFORCE GPG_RES RESULT
recorded() {
        eventually 20 has_record "$@"
        printf 'ok: %s of %s, signed %s, %s\n' "$1" "$2" "$4" "$5"
}

publisher_new main
publisher_new stranger
publisher_trust main
publish fix "$SAMPLES/kpatch_sample_version.ko"
sign fix stranger
refused KeyUnknown 24 key kpatchctl import fix.ko
recorded import '?' 1 0 failed
sign fix
kpatchctl import fix.ko > /dev/null || fail "import"
recorded import fix=1 1 1 success
kpatchctl apply fix > /dev/null || fail "apply"
recorded apply fix=1 1 1 success
kpatchctl rollback fix > /dev/null || fail "rollback"
recorded rollback fix=1 1 1 success
say "another module than was signed"
printf x >> "$(ls "$STATE"/modules/*.ko)"
kpatchctl apply fix > /dev/null 2>&1 && fail "applied another module than was signed"
recorded apply fix=1 1 0 failed

say "a patch that nobody has signed"
mkdir -p /var/lib/kpatch /etc/kpatchd
printf '[Import]\nUnsignedFrom=/var/lib/kpatch\n' > /etc/kpatchd/kpatchd.conf
mkdir -p "/var/lib/kpatch/$(uname -r)"
cp "$SAMPLES/kpatch_sample_hardening.ko" "/var/lib/kpatch/$(uname -r)"
kpatchctl import --from-kpatch > /dev/null || fail "import of an unsigned module"
recorded import-unsigned 'kpatch_sample_hardening=unsigned[^"]*' 0 0 success
kpatchctl apply kpatch_sample_hardening > /dev/null || fail "apply"
recorded apply 'kpatch_sample_hardening=unsigned[^"]*' 0 0 success
say "done"
