#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# Another kernel is booted, gets patches of its own, and is booted again; then the old one, which has kept what it had.
# vm: copy lib.sh
# vm: then kernels-new.sh
# vm: then kernels-new-again.sh
# vm: then kernels-old.sh
. "$(dirname "$0")/lib.sh"

publisher_new main
publisher_trust main
publish old "$SAMPLES/kpatch_sample_version.ko"
step "import" kpatchctl import old.ko
step "apply" kpatchctl apply old
is_patched || fail "not patched"
