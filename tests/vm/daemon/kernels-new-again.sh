#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: boots 6.12
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

is_patched || fail "its own patch is not back"
expect_output '1 of 1 patches are in force again' journalctl -b -u kpatchd-reapply
[[ $(state_of new) == applied && $(state_of old) == stored ]] || fail "status says $(state_of new), $(state_of old)"
