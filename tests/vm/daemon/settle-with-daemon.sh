#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

answers() { kpatchctl status > /dev/null 2>&1; }
eventually 30 answers
in_kernel kpatch_sample_hardening || fail "it is not back"
[[ $(kpatchctl quarantine --json | jq '.quarantine | length') -eq 0 ]] || fail "it is quarantined"
