#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# What others do to the kernel is told by signals, with values, while nobody asks the daemon anything: by insmod, by an echo
# into sysfs, by rmmod. Seen by python3-dbus and by busctl.
# vm: copy lib.sh watch
. "$(dirname "$0")/lib.sh"
here=$(dirname "$(realpath "$0")")
TARGETS=/usr/lib/kpatchd-test/targets

publisher_new main
publisher_trust main
publish fix "$SAMPLES/kpatch_sample_version.ko"
kpatchctl -q import fix.ko || fail "import"
modprobe kpatch_core

"$here/watch" > seen &
busctl monitor --json=short org.kpatchd1 > monitored 2>/dev/null &
trap 'kill $(jobs -p) 2>/dev/null' EXIT
eventually 10 grep -q watching seen
sleep 1 # busctl does not say when it is ready

say "insmod of a patch that is known"
insmod fix.ko || fail "insmod"
eventually 10 grep -q 'fix_3d1 State=applied' seen
say "echo"
echo 0 > "$SYSFS/kpatch_sample_version/enabled"
eventually 10 grep -q 'fix_3d1 State=stored' seen
echo 1 > "$SYSFS/kpatch_sample_version/enabled"
eventually 10 sh -c 'grep State= seen | tail -1 | grep -q "fix_3d1 State=applied"'
say "rmmod"
echo 0 > "$SYSFS/kpatch_sample_version/enabled"
eventually 10 sh -c 'grep State= seen | tail -1 | grep -q "fix_3d1 State=stored"'
rmmod kpatch_sample_version

say "a module that a patch is for comes and goes, and somebody writes the policy"
publish waits "$PATCHES/kpatch_test_object.ko"
kpatchctl -q import waits.ko || fail "import"
kpatchctl -q apply waits || fail "apply"
told() { grep waits_3d1 seen | tail -1; }
eventually 10 sh -c 'grep waits_3d1 seen | tail -1 | grep -q kpatch_test_target:waiting'
insmod "$TARGETS/kpatch_test_target.ko" || fail "insmod of the target"
eventually 10 sh -c 'grep waits_3d1 seen | tail -1 | grep -q kpatch_test_target:patched'
[[ $(told) != *State=* ]] || fail "the state is told although it is the same: $(told)"
rmmod kpatch_test_target
eventually 10 sh -c 'grep waits_3d1 seen | tail -1 | grep -q kpatch_test_target:waiting'
echo strict > "$SYSFS/kpatch_test_object/policy"
eventually 10 sh -c 'grep waits_3d1 seen | tail -1 | grep -q Policy=strict'
kpatchctl -q rollback waits || fail "rollback"

say "insmod and rmmod of one that is not"
insmod "$SAMPLES/kpatch_sample_hardening.ko" || fail "insmod"
eventually 10 grep -q 'InterfacesAdded /org/kpatchd1 /org/kpatchd1/patch/kpatch_5fsample_5fhardening' seen
echo 0 > "$SYSFS/kpatch_sample_hardening/enabled"
eventually 10 grep -q 'InterfacesRemoved /org/kpatchd1 /org/kpatchd1/patch/kpatch_5fsample_5fhardening' seen
rmmod kpatch_sample_hardening

eventually 10 grep -q InterfacesRemoved monitored
# A task may have been in the function: then the patch is on its way for a moment.
states=$(jq -r 'select(.member == "PropertiesChanged" and .path == "/org/kpatchd1/patch/fix_3d1") |
        .payload.data[1].State.data // empty' monitored | grep -v ing | uniq | tr '\n' ' ')
[[ $states == "applied stored applied stored " ]] || fail "busctl saw: $states"
journalctl -u kpatchd -o cat | grep -q 'went from stored to applied, not by kpatchd' || fail "the journal does not tell"

say "nobody is woken for nothing"
pid=$(systemctl show -p MainPID --value kpatchd)
switches() { awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$pid/status"; }
before=$(switches)
sleep 5
[[ $(switches) -eq $before ]] || fail "it woke up $(($(switches) - before)) times in 5 s of nothing"
