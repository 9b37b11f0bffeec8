#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels 6.1 6.12 7.2
# vm: copy lib.sh errno sleeper
# With the policy strict a task that sleeps in a function, old or new, is in the way, and is named.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

patch=kpatch_test_busy

# sleeper NAME: starts one, sets $pid, waits until it is asleep
sleeper() {
        ./sleeper "$1" &
        pid=$!
        eventually 10 grep -q "^State:.*sleeping" "/proc/$pid/status"
        eventually 10 grep -q pause "/proc/$pid/stack"
}

wake() {
        kill "$pid"
        wait "$pid" || true
}

say "in the old function"
sleeper oldsleeper
refused EBUSY "task oldsleeper\[$pid\] is in __do_sys_pause, which is being switched; nothing was changed" $patch policy=strict
grep "kpatch_core: $patch:.*__do_sys_pause+0x" <(dmesg) >/dev/null || fail "its stack is not in the log"
[[ $(<"$SYSFS/pause_tries") -gt 1 ]] || fail "there was no second try"

say "a thread of a process is a task like any other"
wake
python3 -c '
import ctypes, threading
threading.Thread(target=ctypes.CDLL(None).syscall, args=(34,), daemon=True).start()
threading.Event().wait()' &
pid=$!
eventually 10 bash -c "cat /proc/$pid/task/*/stack | grep -q pause"
thread=$(grep -l pause /proc/$pid/task/*/stack | cut -d / -f 5)
[[ $thread != "$pid" ]] || fail "it is the main thread that sleeps"
refused EBUSY "task python3\[$thread\] is in __do_sys_pause, which is being switched; nothing was changed" $patch policy=strict

say "a task that leaves in time is not in the way"
wake
sleeper shortsleeper
(sleep 0.1; kill "$pid") &
load $patch policy=strict
wait "$pid" || true

say "in the new function"
sleeper newsleeper
not_written EBUSY "task newsleeper\[$pid\] is in __do_sys_pause, which is being switched; nothing was changed" $patch 0
expect_output '^1$' cat "$SYSFS/$patch"/enabled
expect_output '^applied$' cat "$SYSFS/$patch"/state
expect_exit 1 rmmod $patch
wake
unload $patch

say "a task whose stack cannot be read may be anywhere"
load kpatch_test_blind
eventually 10 grep -q '^State:.*sleeping' "/proc/$(pgrep -x kpatch_blind)/status"
refused EBUSY "the stack of task kpatch_blind\[$(pgrep -x kpatch_blind)\] cannot be read; nothing was changed" \
        kpatch_sample_version policy=strict
step "remove it" rmmod kpatch_test_blind

say "a forced removal waits for it"
load $patch policy=strict
sleeper lastsleeper
rmmod --force $patch &
remover=$!
sleep 2
kill -0 $remover 2>/dev/null || fail "the module was removed under a task that executes it"
wake
wait $remover || fail "the forced removal failed"
finish
