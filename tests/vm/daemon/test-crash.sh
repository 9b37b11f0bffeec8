#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: turns
# A panic of the machine at steps of apply and rollback: each time the next boot comes up, status says what the kernel
# says, nothing is half stored, and the operation can be repeated. What a kill -9 there leaves is test-kill.sh.
# vm: copy lib.sh crash-lib.sh
# vm: then crash-step.sh apply verify
# vm: then crash-step.sh apply attempt
# vm: then crash-step.sh apply load
# vm: then crash-step.sh apply confirm
# vm: then crash-step.sh apply record
# vm: then crash-step.sh apply settle
# vm: then crash-step.sh rollback attempt
# vm: then crash-step.sh rollback switch
# vm: then crash-step.sh rollback confirm
# vm: then crash-step.sh rollback record
# vm: then crash-step.sh rollback settle
# vm: then crash-end.sh
. "$(dirname "$0")/crash-lib.sh"

publisher_new main
publisher_trust main
publish fix "$SAMPLES/kpatch_sample_version.ko"
# Each crash is to count against the patch, and none against the boot.
printf '[Boot]\nSettleSec=60\nBootCrashLimit=0\n' > /etc/kpatchd/kpatchd.conf
install -m 755 "$TESTED" /usr/libexec/kpatchd/kpatchd-test
step "import" kpatchctl import fix.ko
sync
