#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The second half of the story: after a reboot that nobody attended.
# vm: copy lib.sh
set -u
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/demo/lib.sh
. ./lib.sh

tell "The machine is up again."
victim_starts
type_in steal "$victim"
check "the password is safe" shows "no luck"
type_in systemctl show -p ActiveState,Result kpatchd-reapply.service
check "the patch was put back early in boot" shows "Result=success"
# kpatchctl status waits fifteen seconds, in which an emulated machine may not get the daemon started.
systemctl start kpatchd
type_in kpatchctl status
check "status says so" shows "2 applied"
type_in kpatchctl check
check "and so does the word for monitoring" succeeded
tell "The end: one hole, closed without a reboot, and still closed after one."
