#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels 6.1 7.2
# vm: copy lib.sh pair-reader test-pair.sh
# vm: append preempt=full
# vm: timeout 600
# With full preemption tasks lose the processor at any instruction, those of ftrace's trampolines included.
set -euo pipefail
cd "$(dirname "$0")"

debugfs=/sys/kernel/debug
mountpoint -q $debugfs || mount -t debugfs debugfs $debugfs
grep -Fq '(full)' $debugfs/sched/preempt || { echo "FAIL: the kernel is not preemptible: $(<$debugfs/sched/preempt)"; exit 1; }
exec ./test-pair.sh 60
