#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The bus is masked: reapplying does not need it. What the kernel refuses at first, in its own good time, is tried again.
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

systemctl is-active dbus && fail "the bus runs"
is_patched || fail "the patch is not back without a bus"
in_kernel kpatch_sample_hardening || fail "the other patch is not back"
expect_output 'tried again.*pause_budget_us' journalctl -b -u kpatchd-reapply
systemctl --quiet disable let-it.service
rm /etc/modprobe.d/kpatchd-test.conf
expect_exit 4 kpatchctl status 2> sentence
expect_output 'bus' cat sentence
systemctl unmask dbus.socket dbus.service
# The next boot's early unit cannot be started, as where systemd cannot make its sandbox.
mkdir /etc/systemd/system/kpatchd-reapply.service.d
printf '[Service]\nRootDirectory=/nonexistent\n' > /etc/systemd/system/kpatchd-reapply.service.d/test.conf
