#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# A panic of the machine at steps of apply and rollback: each time the next boot comes up, status says what the kernel
# says, nothing is half stored, and the operation can be repeated. What a kill -9 there leaves is test-kill.sh; panics at
# steps of import, replace and reapply are in test-crash-replace.sh.
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
# vm: then crash-end.sh 11
. "$(dirname "$0")/crash-lib.sh"

crash_begin fix
