#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: turns
# The bus is masked: reapplying does not need it.
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

systemctl is-active dbus && fail "the bus runs"
is_patched || fail "the patch is not back without a bus"
in_kernel kpatch_sample_hardening || fail "the other patch is not back"
expect_exit 4 kpatchctl status 2> sentence
expect_output 'bus' cat sentence
