#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# What other D-Bus clients see: python3-dbus gets the signals, busctl calls and reads, and both know what the kernel knows.
# vm: copy lib.sh watch
. "$(dirname "$0")/lib.sh"
here=$(dirname "$(realpath "$0")")

publisher_new main
publisher_trust main
publish fix "$SAMPLES/kpatch_sample_version.ko"

"$here/watch" > seen &
watcher=$!
eventually 10 grep -q watching seen
step "import" kpatchctl import fix.ko
step "apply with busctl" busctl call org.kpatchd1 /org/kpatchd1 org.kpatchd1.Manager Apply 'sa{sv}' fix 0
# The kernel is ahead of the job, which has still to write down what it did.
eventually 20 grep -q 'JobRemoved.*applied' seen
is_patched || fail "not patched"
step "rollback on the patch's object" busctl call org.kpatchd1 /org/kpatchd1/patch/fix_3d1 org.kpatchd1.Patch Rollback 'a{sv}' 0
eventually 20 grep -q 'JobRemoved.*rolled back' seen
kill "$watcher"
cat seen
states=$(grep 'kpatchd1/patch/' seen | grep -o 'State=[a-z]*' | uniq | tr '\n' ' ')
[[ $states == "State=applying State=applied State=reverting State=stored " ]] || fail "states: $states"
expect_output 'InterfacesAdded /org/kpatchd1 /org/kpatchd1/patch/fix_3d1' cat seen
[[ $(grep -c 'JobRemoved' seen) -eq 3 ]] || fail "not three jobs"

say "the journal"
field() { journalctl -o json -u kpatchd | jq -r --arg id "$1" 'select(.MESSAGE_ID == $id) | .KPATCHD_PATCH'; }
applied=$(sed -n '/^-- /{s/-- //;h}; /is in force$/{x;p;q}' /usr/lib/systemd/catalog/kpatchd.catalog)
[[ $(field "$applied") == fix=1 ]] || fail "no line with the message id $applied"
journalctl --update-catalog
expect_output 'was switched|were switched' journalctl -x -u kpatchd

say "changed behind the daemon's back"
kpatchctl apply fix > /dev/null || fail "apply"
echo 0 > "$SYSFS/kpatch_sample_version/enabled"
[[ $(state_of fix) == failed ]] || fail "status says $(state_of fix) of what is wanted and not in force"
step "apply again" kpatchctl apply fix
is_patched || fail "not patched"
echo 0 > "$SYSFS/kpatch_sample_version/enabled"; rmmod kpatch_sample_version
step "and again, the module being gone" kpatchctl apply fix
is_patched || fail "not patched"
step "rollback" kpatchctl rollback fix
