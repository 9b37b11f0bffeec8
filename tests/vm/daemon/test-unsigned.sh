#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# A host that comes from kpatch: modules that nobody has signed are refused, and believed of a folder that the administrator names,
# as long as he does.
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"
old=/var/lib/kpatch/$(uname -r)
is_livepatched() { grep -q '(livepatch' /proc/version; }
root_of() { kpatchctl list --json | jq -r --arg id "$1" '.patches[] | select(.id == $id) | .trust_root'; }

confine
mkdir -p "$old"
cp "$PATCHES/kpatch_test_klp.ko" "$SAMPLES/kpatch_sample_hardening.ko" "$old"
expect_exit 24 kpatchctl import --from-kpatch 2> refusal
expect_output 'that its publisher has signed' cat refusal
[[ ! $(kpatchctl list -q) ]] || fail "something was stored: $(kpatchctl list -q)"

say "believed"
mkdir -p /etc/kpatchd
printf '[Import]\nUnsignedFrom=/var/lib/kpatch\n' > /etc/kpatchd/kpatchd.conf
step "import" kpatchctl import --from-kpatch
for id in kpatch_test_klp kpatch_sample_hardening; do
        [[ $(root_of $id) == unsigned ]] || fail "$id is vouched for by $(root_of $id)"
        step "apply" kpatchctl apply $id
done
is_livepatched || fail "not patched"
in_kernel kpatch_sample_hardening || fail "the other one is not in force"
expect_output unsigned kpatchctl status
expect_output version_proc_show kpatchctl info kpatch_test_klp
step "rollback" kpatchctl rollback kpatch_test_klp
is_livepatched && fail "still patched"

say "no longer"
rm /etc/kpatchd/kpatchd.conf
in_kernel kpatch_sample_hardening || fail "what is in force went with the setting"
kpatchctl verify > said 2>&1 && fail "it still counts as verified"
expect_output 'UnsignedFrom=' cat said
step "rollback works without it" kpatchctl rollback kpatch_sample_hardening
in_kernel kpatch_sample_hardening && fail "still in force"

say "where others could have put it"
printf '[Import]\nUnsignedFrom=/var/lib/kpatch\n' > /etc/kpatchd/kpatchd.conf
cp "$SAMPLES/kpatch_sample_version.ko" "$old"
chmod g+w "$old"
expect_exit 24 kpatchctl import --from-kpatch 2> refusal
expect_output "written to by others than root" cat refusal
no_denials
say "done"
