#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels 6.1 6.12 7.2
# vm: copy lib.sh errno fentry
# vm: timeout 600
# Others who use ftrace on the same function, before the patch and after it, on both routes: they go on to work, or one of
# the two is refused by name.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

patch=kpatch_sample_version
function=version_proc_show
events=$TRACING/kprobe_events
sysctl=/proc/sys/kernel/ftrace_enabled

patched() {
        grep -q 'live patched' /proc/version
}

# seen REGEX: how many lines of the trace match
seen() {
        grep -c "$1" "$TRACING/trace" || true
}

route_is() {
        expect_output "^$1$" cat "$SYSFS/$patch/vmlinux/$function,0/route"
}

start_function() {
        write "$TRACING/set_ftrace_filter" $function
        write "$TRACING/current_tracer" function
}

start_graph() {
        write "$TRACING/set_ftrace_filter" ""
        write "$TRACING/set_graph_function" seq_read_iter
        write "$TRACING/current_tracer" function_graph
}

stop_tracer() {
        write "$TRACING/current_tracer" nop
        write "$TRACING/set_graph_function" ""
        write "$TRACING/set_ftrace_filter" ""
}

# start_probe DEFINITION: a kprobe event, as perf and others make it
start_probe() {
        write "$events" "$1"
        write "$TRACING/events/kprobes/enable" 1
}

start_entry() {
        start_probe "p:at $function"
}

start_return() {
        start_probe "r:back $function"
}

# The first instruction behind the call to ftrace, wherever that is.
start_inside() {
        local offset
        for offset in 5 9; do
                ! start_probe "p:inside $function+$offset" 2>/dev/null || return 0
        done
        fail "there is no room for a probe in $function"
}

stop_probe() {
        write "$TRACING/events/kprobes/enable" 0
        write "$events" ""
}

# shares WHAT START STOP REGEX [none]: it must see each call, but where the old function is not executed: none
shares() {
        local what=$1 start=$2 stop=$3 regex=$4 while_patched=${5:-each}

        # calls NEW: reads once, patched or not, and the tracer must have seen it or not
        calls() {
                write "$TRACING/trace" ""
                # Off while it is read: that would fill it with itself.
                write "$TRACING/tracing_on" 1
                if [[ $1 == new ]]; then
                        patched || fail "$what: the patch has no effect"
                        write "$TRACING/tracing_on" 0
                        [[ $while_patched == none || $(seen "$regex") -ge 1 ]] || fail "$what: does not see a call of the new function"
                else
                        ! patched || fail "$what: the patch still has effect"
                        write "$TRACING/tracing_on" 0
                        [[ $(seen "$regex") -ge 1 ]] || fail "$what: does not see a call of the old function"
                fi
        }

        $start
        load $patch
        calls new
        unload $patch
        calls old
        $stop

        load $patch
        $start
        calls new
        $stop
        patched || fail "$what: as it went, the patch lost its effect"
        $start
        unload $patch
        calls old
        $stop
        printf 'ok: %s, before the patch and after it\n' "$what"
}

say "sysctl kernel.ftrace_enabled"
load $patch
[[ $("$HERE/errno" write $sysctl 0) == EBUSY ]] || fail "function tracing can be switched off under an applied patch"
patched || fail "the patch has no effect"
unload $patch
step "switch function tracing off" write $sysctl 0
refused ESHUTDOWN "function tracing is off \(sysctl kernel.ftrace_enabled\)" $patch
step "and on" write $sysctl 1

# A core that has no other route has no such parameter.
routes=(0 1)
[[ -e $CLASSIC ]] || routes=(1)

# choose_route 0|1: 1 the classic one for whatever is applied next
choose_route() {
        [[ ! -e $CLASSIC ]] || write $CLASSIC "$1"
}

bpf_first() {
        local program answer count
        say "a BPF program at the entry, and then the patch"
        coproc fentry { exec ./fentry $function; }
        # shellcheck disable=SC2154 # coproc sets it
        program=$fentry_PID
        read -r answer <&"${fentry[0]}"
        [[ $answer == attached ]] || fail "BPF gets $answer"
        load $patch
        route_is classic
        patched || fail "the patch has no effect"
        echo >&"${fentry[1]}"
        read -r count <&"${fentry[0]}"
        [[ $count -ge 1 ]] || fail "the BPF program sees no call"
        kill "$program"
        wait "$program" || true
        patched || fail "the patch went with the BPF program"
        unload $patch
}

# bpf_later ROUTE: of the patch
bpf_later() {
        local route=$1 answer
        say "the patch, and then a BPF program"
        load $patch
        route_is "$route"
        case $route in
        direct)
                # Kernels differ in how they say it.
                answer=$(./fentry $function </dev/null || true)
                [[ $answer == EBUSY || $answer == EINVAL ]] || fail "BPF was not refused: $answer"
                ;;
        classic) expect_output '^attached$' ./fentry $function </dev/null ;;
        esac
        patched || fail "the patch has no effect"
        unload $patch
        expect_output '^attached$' ./fentry $function </dev/null
}

for classic in "${routes[@]}"; do
        route=direct
        [[ $classic == 0 ]] || route=classic
        say "tracers, route $route"
        choose_route "$classic"
        load $patch
        route_is $route
        unload $patch
        shares "the function tracer" start_function stop_tracer $function
        shares "the graph tracer" start_graph stop_tracer "version_show\\|$function"
        shares "a kprobe at the entry" start_entry stop_probe "at: ($function"
        shares "a kretprobe" start_return stop_probe "back: (.*$function"
        shares "a kprobe after the entry" start_inside stop_probe "inside: ($function" none

        if [[ -e /sys/kernel/btf/vmlinux ]]; then
                bpf_first
                bpf_later $route
        else
                say "this kernel lets no BPF program be attached"
        fi
done
choose_route 0

say "a kernel livepatch, and then the patch"
klp=kpatch_test_klp
owned="$function is already redirected by something else, such as a kernel livepatch"
load $klp
eventually 20 grep -q '^0$' /sys/kernel/livepatch/$klp/transition
refused EADDRINUSE "$owned" $patch
grep -q '(livepatch)' /proc/version || fail "the livepatch lost its function"
load kpatch_sample_pair
unload kpatch_sample_pair
write /sys/kernel/livepatch/$klp/enabled 0
eventually 20 rmmod $klp

for classic in "${routes[@]}"; do
        say "the patch (classic $classic), and then a kernel livepatch"
        choose_route "$classic"
        load $patch
        [[ $("$HERE/errno" load "$(patch_file $klp)") == EBUSY ]] || fail "a livepatch takes our function"
        patched || fail "the patch lost its function"
        unload $patch
done
finish
