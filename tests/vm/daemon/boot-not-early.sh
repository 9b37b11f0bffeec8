#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# systemd could not start the early unit: the late one is the second chance.
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

[[ $(systemctl show -p Result --value kpatchd-reapply) != success ]] || fail "the early unit ran"
[[ $(systemctl show -p Result --value kpatchd-reapply-late) == success ]] || fail "the late unit failed"
is_patched || fail "the patch is not back"
in_kernel kpatch_sample_hardening || fail "the other patch is not back"
expect_output '2 of 2 patches are in force again' journalctl -b -u kpatchd-reapply-late
rm -r /etc/systemd/system/kpatchd-reapply.service.d
