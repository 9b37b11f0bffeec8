#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# One host's story on the system bus that Debian has by default, or on another. Usage: broker-story.sh UNIT
# vm: copy lib.sh watch
. "$(dirname "$0")/lib.sh"
here=$(dirname "$(realpath "$0")")

runs=$(systemctl show -p Id --value dbus.service)
[[ $runs == "$1" ]] || fail "the system bus is $runs"
say "on $runs"
[[ -e main.key ]] || { publisher_new main; publisher_trust main; publish fix "$SAMPLES/kpatch_sample_version.ko"; }
chmod 755 /root "$WORK"; chmod 644 fix.*

expect_output inactive sh -c 'systemctl is-active kpatchd || true'
"$here/watch" > seen &
watcher=$!
eventually 10 grep -q watching seen
step "a reader starts it" as_user alice busctl call org.kpatchd1 /org/kpatchd1 org.kpatchd1.Manager ListPatches 'a{sv}' 0
expect_output active systemctl is-active kpatchd
[[ -e /var/lib/kpatchd/manifests/fix=1.json ]] || step "import, with descriptors" kpatchctl import fix.ko
refused NotAuthorized 5 org.kpatchd1.apply as_user alice kpatchctl --no-ask-password apply fix
step "apply" kpatchctl apply fix
is_patched || fail "not patched"
step "rollback on the patch's object" busctl call org.kpatchd1 /org/kpatchd1/patch/fix_3d1 org.kpatchd1.Patch Rollback 'a{sv}' 0
eventually 20 grep -q 'JobRemoved.*rolled back' seen
kill "$watcher"
states=$(grep 'kpatchd1/patch/' seen | grep -o 'State=[a-z]*' | uniq | tr '\n' ' ')
[[ $states == "State=applying State=applied State=reverting State=stored " ]] || fail "states: $states"
expect_output 'method.*Diagnose|Diagnose *method' busctl introspect org.kpatchd1 /org/kpatchd1
as_user alice busctl call org.kpatchd1 /org/kpatchd1 org.freedesktop.DBus.Introspectable Introspect > /dev/null || fail "introspect"
runuser -u alice -- python3 -c 'import dbus; dbus.SystemBus().request_name("org.kpatchd1")' 2>/dev/null && fail "alice owns the name"
say "when nobody calls"
mkdir -p /etc/kpatchd/conf.d
printf '[Daemon]\nIdleSec=1\n' > /etc/kpatchd/conf.d/idle.conf
step "reload" systemctl reload kpatchd
step "one call more" kpatchctl list
is_gone() { [[ $(systemctl is-active kpatchd) == inactive ]]; }
eventually 30 is_gone
step "the next call starts it again" kpatchctl list
rm /etc/kpatchd/conf.d/idle.conf

systemctl enable dbus-broker > /dev/null 2>&1
say "done"
