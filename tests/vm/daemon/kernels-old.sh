#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

[[ $(uname -r) == 6.1.* ]] || fail "this is $(uname -r)"
is_patched || fail "the old kernel's patch is not back"
expect_output '1 of 1 patches are in force again' journalctl -b -u kpatchd-reapply
[[ $(state_of old) == applied && $(state_of new) == stored ]] || fail "status says $(state_of old), $(state_of new)"
expect_exit 0 kpatchctl check
