#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# A panic of the machine at steps of import, replace and reapply, and what each leaves, as in test-crash.sh. A panic costs
# a boot, so it is tried where it finds something else on disk or in the kernel than at the step before:
#   import: nothing is stored before the step store, and all is after it;
#   replace: before the attempt is on record; with the attempt, before the switch; after the switch; with that confirmed;
#   with the generation on record. What is between them, and transition beside confirm, differs in memory alone;
#   reapply, which records no generation: the same but for that. The machine goes down in the middle of its boot, and the boot
#   after that one comes up.
# vm: copy lib.sh crash-lib.sh
# vm: then crash-step.sh import store
# vm: then crash-step.sh import end
# vm: then crash-step.sh replace attempt
# vm: then crash-step.sh replace load
# vm: then crash-step.sh replace confirm
# vm: then crash-step.sh replace record
# vm: then crash-step.sh replace settle
# vm: then crash-stage.sh attempt
# vm: then crash-boot.sh
# vm: then crash-stage.sh load
# vm: then crash-boot.sh
# vm: then crash-stage.sh confirm
# vm: then crash-boot.sh
# vm: then crash-stage.sh settle
# vm: then crash-boot.sh
# vm: then crash-end.sh 11
. "$(dirname "$0")/crash-lib.sh"

crash_begin fix new spare
