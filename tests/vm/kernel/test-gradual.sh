#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels 6.1 6.12 7.2
# vm: copy lib.sh errno sleeper watch-state
# vm: timeout 400
# Tasks that are in a replaced function when it is switched keep all of what they had, everyone else has the new at once,
# and whatever is asked for meanwhile happens.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

one=kpatch_test_level1
two=kpatch_test_level2
three=kpatch_test_level3
chain=srcu_notifier_call_chain
torture=/sys/module/kpatch_test_torture/parameters
held=0

# hold: starts a task that sleeps in srcu_notifier_call_chain() until it is released; its number is $held, its id $pid
hold() {
        held=$((held + 1))
        cat /proc/kpatch_test_hold >"/tmp/level-$held" &
        pid=$!
        eventually 10 grep -q torture_called_back "/proc/$pid/stack"
}

# release NUMBER LEVEL: those up to that number; that one must have had this level from its first call to its last
release() {
        write $torture/release "$1"
        eventually 20 test -s "/tmp/level-$1"
        expect_output "^$2$" cat "/tmp/level-$1"
}

# level N: what a task has that is in none of the functions
level() {
        expect_output "^$1$" cat /proc/kpatch_test_call
}

state_is() {
        expect_output "^$2$" cat "$SYSFS/$1/state"
}

becomes() {
        eventually 30 grep -qx "$2" "$SYSFS/$1/state"
}

# stragglers NAME LINE...: they are these
stragglers() {
        local name=$1
        shift
        expect_output "^$(printf '%s\n' "$@" | sort)$" sort "$SYSFS/$name/stragglers"
}

# apply NAME: by loading it, gradually
apply() {
        step "apply $1" insmod "$(patch_file "$1")" policy=gradual
}

# switch NAME 0|1
switch() {
        step "write $2 to enabled of $1" write "$SYSFS/$1/enabled" "$2"
}

remove() {
        eventually 20 rmmod "$1" 2>/dev/null
}

step "load the torture module" insmod "$(patch_file kpatch_test_torture)" tasks=0 sleepers=0 irq=0

say "strict: a task that sleeps for ever in a function is in the way"
hold
got=$("$HERE/errno" load "$(patch_file $one)" policy=strict)
[[ $got == EBUSY ]] || fail "loading gave $got"
expect_output "^$one: task cat\[$pid\] is in $chain, " cat "$SYSFS/last_error"
level 0

say "gradual: everyone else has the new functions at once, that task when it wakes"
apply $one
state_is $one applying
expect_output '^1$' cat "$SYSFS/$one/enabled"
stragglers $one "$pid $chain cat"
level 1
./watch-state "$SYSFS/$one/state" >/tmp/states &
watcher=$!
udevadm monitor --kernel --property --subsystem-match=kpatch >/tmp/uevents &
monitor=$!
eventually 10 grep -q . /tmp/uevents
eventually 10 grep -qx applying /tmp/states
release $held 0
becomes $one applied
stragglers $one
eventually 10 grep -qx applied /tmp/states
eventually 10 grep -qx PATCH_STATE=applied /tmp/uevents
grep -qx "PATCH_NAME=$one" /tmp/uevents || fail "the uevent does not name the patch: $(</tmp/uevents)"
kill $watcher $monitor

say "taken back while a task sleeps in a new function"
hold
switch $one 0
state_is $one reverting
stragglers $one "$pid $chain cat"
level 0
expect_exit 1 rmmod $one
say "and applied again while that is under way"
switch $one 1
becomes $one applied
level 1
switch $one 0
state_is $one reverting
release $held 1
becomes $one disabled

say "taken back while it is being applied: the task never had anything else"
hold
switch $one 1
state_is $one applying
switch $one 0
becomes $one disabled
level 0
remove $one
apply $one
switch $one 0
becomes $one disabled
remove $one
release $held 0

say "strict, while a task is still behind the switch before"
hold
apply $one
got=$("$HERE/errno" load "$(patch_file $two)" policy=strict)
[[ $got == EBUSY ]] || fail "loading gave $got"
expect_output "^$two: .*cat\[$pid\]" cat "$SYSFS/last_error"
level 1
release $held 0
becomes $one applied

say "several switches under way at once: each task keeps its own level"
hold
first=$held
apply $two
level 2
hold
second=$held
state_is $two applying
switch $one 0
level 2
hold
third=$held
switch $two 0
level 0
expect_output "^reverting$" cat "$SYSFS/$two/state"
release $first 1
release $second 2
release $third 2
becomes $one disabled
becomes $two disabled

say "one patch takes the place of all others, with tasks in the way"
switch $one 1
switch $two 1
becomes $one applied
becomes $two applied
level 2
hold
apply $three
level 3
state_is $three applying
release $held 2
becomes $three applied
becomes $one superseded
becomes $two superseded
remove $one
remove $two
switch $three 0
becomes $three disabled
level 0
remove $three

say "a task that is behind may end"
apply kpatch_test_busy
becomes kpatch_test_busy applied
./sleeper newsleeper &
pid=$!
eventually 10 grep -q pause "/proc/$pid/stack"
switch kpatch_test_busy 0
kill -KILL $pid
wait $pid || true
becomes kpatch_test_busy disabled

say "one that sleeps in a call that can be interrupted is nudged out of it, and sleeps on"
./sleeper oldsleeper &
pid=$!
eventually 10 grep -q pause "/proc/$pid/stack"
switch kpatch_test_busy 1
becomes kpatch_test_busy applied
eventually 10 grep -q busy_pause "/proc/$pid/stack"
kill $pid
wait $pid || true
switch kpatch_test_busy 0
becomes kpatch_test_busy disabled
remove kpatch_test_busy

say "a processor goes and comes back meanwhile"
hold
apply $one
step "take it away" write /sys/devices/system/cpu/cpu1/online 0
level 1
step "and back" write /sys/devices/system/cpu/cpu1/online 1
level 1
switch $one 0
becomes $one disabled
switch $one 1
release $held 0
becomes $one applied
switch $one 0
becomes $one disabled
remove $one

! grep -v ' 0$' $torture/results || fail "calls were mixed"
step "remove the torture module" rmmod kpatch_test_torture

say "functions that are always busy: there is never an instant without a task in one"
step "load the torture module" insmod "$(patch_file kpatch_test_torture)" sleepers=4 gap_us=0 tasks=1
eventually 20 grep -q '^sleeper [0-9]\{3\}' $torture/results
got=$("$HERE/errno" load "$(patch_file $one)" policy=strict)
[[ $got == EBUSY ]] || fail "strict found an instant: $got"
apply $one
becomes $one applied
switch $one 0
becomes $one disabled
remove $one
! grep -v ' 0$' $torture/results || fail "calls were mixed"
step "remove the torture module" rmmod kpatch_test_torture

finish
