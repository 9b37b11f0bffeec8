#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels 6.1 6.12 7.2
# vm: copy lib.sh errno
# Others who use ftrace on the same functions: they go on to work, or one of the two is refused by name.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

patch=kpatch_sample_version
events=$TRACING/kprobe_events
sysctl=/proc/sys/kernel/ftrace_enabled

trace_count() {
        grep -c "$1" "$TRACING/trace" || true
}

say "sysctl kernel.ftrace_enabled"
load $patch
[[ $("$HERE/errno" write $sysctl 0) == EBUSY ]] || fail "function tracing can be switched off under an applied patch"
unload $patch
step "switch function tracing off" write $sysctl 0
refused ESHUTDOWN "function tracing is off \(sysctl kernel.ftrace_enabled\)" $patch
step "and on" write $sysctl 1

say "the function tracer, on the same functions"
write "$TRACING/set_ftrace_filter" version_proc_show
write "$TRACING/current_tracer" function
load $patch
grep -q 'live patched' /proc/version || fail "the patch has no effect"
[[ $(trace_count version_proc_show) -ge 1 ]] || fail "the tracer sees no call"
unload $patch
! grep -q 'live patched' /proc/version || fail "the patch still has effect"
[[ $(trace_count version_proc_show) -ge 2 ]] || fail "the tracer sees no call any more"

say "the graph tracer, which changes return addresses"
write "$TRACING/set_ftrace_filter" ""
write "$TRACING/current_tracer" function_graph
load $patch
grep -q 'live patched' /proc/version || fail "the patch has no effect"
unload $patch
write "$TRACING/current_tracer" nop

say "a kprobe at the entry and one at the return"
write "$events" "p:at version_proc_show"
echo "r:back version_proc_show" >>"$events"
write "$TRACING/events/kprobes/enable" 1
load $patch
write "$TRACING/trace" ""
grep -q 'live patched' /proc/version || fail "the patch has no effect"
[[ $(trace_count 'at: (version_proc_show') -ge 1 ]] || fail "the probe at the entry sees no call"
[[ $(trace_count 'back: (.*version_proc_show') -ge 1 ]] || fail "the probe at the return sees no call"
unload $patch
write "$TRACING/events/kprobes/enable" 0
write "$events" ""

say "a kernel livepatch"
klp=kpatch_test_klp
owned="version_proc_show is already redirected by something else, such as a kernel livepatch"
load $klp
eventually 20 grep -q '^0$' /sys/kernel/livepatch/$klp/transition
refused EADDRINUSE "$owned" $patch
grep -q '(livepatch)' /proc/version || fail "the livepatch lost its function"
load kpatch_sample_pair
unload kpatch_sample_pair
write /sys/kernel/livepatch/$klp/enabled 0
eventually 20 rmmod $klp
load $patch
[[ $("$HERE/errno" load "$(patch_file $klp)") == EBUSY ]] || fail "a livepatch takes our function"
grep -q 'live patched' /proc/version || fail "the patch lost its function"
unload $patch
finish
