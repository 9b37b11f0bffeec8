#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# Livepatches of the kernel's own, by the same verbs: loaded, unloaded, loaded anew; a task that is in the way named, the
# transition turned back or forced; and no function in the hands of two engines.
# vm: copy lib.sh ../kernel/sleeper
. "$(dirname "$0")/lib.sh"
here=$(dirname "$(realpath "$0")")
KLP=/sys/kernel/livepatch

confine
build_id=$(kpatch-feed build-id /sys/kernel/notes)
publish_klp() {
        local id=$1 module=$2
        shift 2
        publish "$id" "$PATCHES/$module.ko" --kernel-build-id "$build_id" "$@"
}
publisher_new main
publisher_trust main
publish_klp klp kpatch_test_klp --function vmlinux:version_proc_show
publish_klp busy kpatch_test_klpbusy --function vmlinux:version_proc_show --function vmlinux:__do_sys_pause --replace
publish fix "$SAMPLES/kpatch_sample_version.ko"
is_livepatched() { grep -q '(livepatch' /proc/version; }
job_of() { busctl --json=short call org.kpatchd1 /org/kpatchd1 org.kpatchd1.Manager "$@" | jq -r '.data[0]'; }
sentence() { busctl --json=short get-property org.kpatchd1 "$1" org.kpatchd1.Job Progress | jq -r '.data[2]'; }

for patch in klp busy fix; do
        step "import $patch" kpatchctl import $patch.ko
done

say "apply and rollback, twice"
for _ in 1 2; do
        step "apply" kpatchctl apply klp
        is_livepatched || fail "not patched"
        [[ $(cat $KLP/kpatch_test_klp/transition) == 0 ]] || fail "its transition goes on"
        [[ $(state_of klp) == applied ]] || fail "it is $(state_of klp)"
        step "rollback" kpatchctl rollback klp
        is_livepatched && fail "still patched"
        grep -q '^kpatch_test_klp ' /proc/modules && fail "its module is still loaded"
done

say "one function, two engines"
step "apply with the one" kpatchctl apply klp
refused Conflict 19 version_proc_show kpatchctl apply fix
step "rollback" kpatchctl rollback klp
step "apply with the other" kpatchctl apply fix
refused Conflict 19 'fix=1' kpatchctl apply klp
step "rollback" kpatchctl rollback fix

say "a manifest that does not say what the module does"
publish_klp klp kpatch_test_klp --function vmlinux:cmdline_proc_show
sed -i 's/"version": "1"/"version": "2"/' klp.json; sign klp
step "import" kpatchctl import klp.ko
refused ModuleMismatch 35 cmdline_proc_show kpatchctl apply klp=2
is_livepatched && fail "it stays"

say "behind the daemon's back"
insmod "$PATCHES/kpatch_test_klp.ko"
eventually 10 sh -c 'kpatchctl list | grep -q "klp.*applied"'
echo 0 > $KLP/kpatch_test_klp/enabled
eventually 10 sh -c '! [ -e /sys/kernel/livepatch/kpatch_test_klp ]'
eventually 10 rmmod kpatch_test_klp

# Some 15 s after its begin the kernel wakes whom a transition waits for, and this one leaves the function then: what is looked at
# meanwhile comes in several transitions.
sleep_in_pause() {
        "$here/sleeper" klp-sleeper &
        sleeper=$!
        eventually 10 grep -q 'klp-sleeper' "/proc/$sleeper/comm"
        eventually 10 grep -q 'S (sleeping)' "/proc/$sleeper/status"
}
progress() { sentence "$job" | grep -q "klp-sleeper ($sleeper)"; }
is_applied() { [[ $(state_of busy) == applied ]]; }
begin() {
        job=$(job_of Apply 'sa{sv}' busy 1 deadline u 0)
        eventually 10 progress
}
turn_back() {
        step "cancel" busctl call org.kpatchd1 "$job" org.kpatchd1.Job Cancel 'a{sv}' 0
        eventually 30 sh -c '! grep -q "^kpatch_test_klpbusy " /proc/modules'
        [[ $(state_of busy) == stored ]] || fail "it is $(state_of busy)"
        kill -0 $sleeper || fail "the sleeper is gone"
}

say "a task is in the way"
sleep_in_pause
begin
grep -q 1 $KLP/kpatch_test_klpbusy/transition || fail "there is no transition"
[[ $(state_of busy) == applying ]] || fail "it is $(state_of busy)"
busctl get-property org.kpatchd1 /org/kpatchd1/patch/busy_3d1 org.kpatchd1.Patch Stragglers | tee /dev/stderr |
        grep -q 'klp-sleeper' || fail "not among the stragglers"
turn_back

say "and its kernel stack, for who may see it"
# Of the sleeper, as it is shown to this user; null where it is not.
stack_for() { as_user "$1" kpatchctl info busy --json | jq -c --argjson pid "$sleeper" '.patches[].stragglers[] | select(.pid == $pid).stack'; }
is_in_pause() { stack_for root | grep -q '"__do_sys_pause+0x'; }
begin
eventually 10 is_in_pause
# As in /proc, which shows it to root alone.
expect_output '^null$' stack_for alice
expect_output 'Stacks +Not authorized' as_user alice kpatchctl info busy
turn_back
begin
# Where what reads them is not there, all else is.
systemctl stop kpatchd-stack.socket
expect_output "klp-sleeper \($sleeper\).*kpatchd-stack.socket" kpatchctl info busy
systemctl start kpatchd-stack.socket
turn_back
output=$(systemd-analyze security --offline=true --threshold=25 /usr/lib/systemd/system/kpatchd-stack@.service) ||
        fail "kpatchd-stack@.service is exposed: $output"

say "the kernel nudges it"
begin
eventually 60 is_applied
grep -q cumulative /proc/version || fail "not patched"
kill -0 $sleeper || fail "the sleeper is gone"
kill $sleeper
step "rollback" kpatchctl rollback busy

say "force"
sleep_in_pause
begin
step "alice may not" expect_exit 1 as_user alice busctl call org.kpatchd1 /org/kpatchd1/patch/busy_3d1 org.kpatchd1.Patch Force 'a{sv}' 0
step "root may" busctl call org.kpatchd1 /org/kpatchd1/patch/busy_3d1 org.kpatchd1.Patch Force 'a{sv}' 0
eventually 10 is_applied
grep -q cumulative /proc/version || fail "not patched"
kill $sleeper
no_denials
