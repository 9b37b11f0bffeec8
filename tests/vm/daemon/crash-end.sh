#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: turns
# vm: copy lib.sh crash-lib.sh
. "$(dirname "$0")/crash-lib.sh"

judge
printf '%-9s %-10s %-12s %-12s %s\n' panic at 'at boot' quarantined repeated
cat "$TABLE"
[[ $(wc -l < "$TABLE") -eq 11 ]] || fail "not all of them"
