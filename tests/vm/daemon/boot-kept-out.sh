#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: turns
# vm: append kpatchd.apply=0
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

is_patched && fail "applied in spite of kpatchd.apply=0"
[[ ! -e $SYSFS ]] || fail "even the core is loaded"
expect_output 'kpatchd.apply=0' kpatchctl status
[[ $(state_of fix) == stored ]] || fail "status says $(state_of fix)"
step "by hand it is applied" kpatchctl apply fix
is_patched || fail "not patched"
step "and kpatchd --reapply leaves all alone" /usr/libexec/kpatchd/kpatchd --reapply
in_kernel kpatch_sample_hardening && fail "kpatchd --reapply applied something"
systemctl mask dbus.socket dbus.service
