#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: boots 6.12
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

[[ $(uname -r) == 6.12.* ]] || fail "this is $(uname -r)"
is_patched && fail "patched, by what was made for another kernel"
expect_output 'No patch is wanted for this kernel' journalctl -b -u kpatchd-reapply
expect_output 'Generation +0' kpatchctl status
[[ $(state_of old) == stored ]] || fail "it is $(state_of old)"
refused BuildIdMismatch 30 "6.1.0" kpatchctl apply old
publish new /usr/lib/kpatchd-test/6.12/kpatch_sample_version.ko
step "import" kpatchctl import new.ko
step "apply" kpatchctl apply new
is_patched || fail "not patched"
