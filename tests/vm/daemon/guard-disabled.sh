#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

answers() { kpatchctl status > /dev/null 2>&1; }
eventually 30 answers
said() { kpatchctl status > page && grep -q "$1" page; }

say "none as long as the administrator says so"
[[ ! -e $SYSFS ]] || fail "even the core is loaded"
expect_output 'No patch is applied: /etc/kpatchd/disable exists' journalctl -b -u kpatchd-reapply
eventually 30 said '/etc/kpatchd/disable'
rm /etc/kpatchd/disable
step "reapply" /usr/libexec/kpatchd/kpatchd --reapply
in_kernel kpatch_sample_hardening || fail "it is not back"
