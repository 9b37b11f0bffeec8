#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: append module.sig_enforce=1
# From now on the kernel takes signed modules only, which ours are not: the machine comes up without them, and all who are asked
# say why.
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

reason="signed modules only"
is_patched && fail "patched, by a module that is not signed"
[[ ! -e $SYSFS ]] || fail "the core is loaded"
[[ $(systemctl show --property Result --value kpatchd-reapply) == exit-code ]] || fail "the reapply did not fail"
expect_output "$reason" journalctl -b -u kpatchd-reapply
[[ $(state_of fix) == failed ]] || fail "status says $(state_of fix)"
expect_exit 4 kpatchctl check
refused EngineUnavailable 40 "$reason" kpatchctl apply fix
kpatchctl doctor --json | jq -e '.diagnoses[] | select(.check == "signatures").result != "ok"' > /dev/null ||
        fail "doctor does not say so: $(kpatchctl doctor --json)"
