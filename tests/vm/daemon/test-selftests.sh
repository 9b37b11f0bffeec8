#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The modules of the kernel's own livepatch tests, and its samples, as they are in the archive's source of this kernel, each
# with a manifest and through kpatchd. After each step the kernel is asked whether it is as kpatchctl says.
# vm: modules linux:*/test_klp_*.c linux:samples/livepatch/*.c selftests
# vm: copy lib.sh
# vm: timeout 600
. "$(dirname "$0")/lib.sh"
KLP=/sys/kernel/livepatch
MODULES=/usr/lib/kpatchd-test/modules

build_id=$(kpatch-feed build-id /sys/kernel/notes)
declare -A module_of
# patch ID MODULE OPTION...: stores a module as a patch.
patch() {
        local id=$1 file=$2
        shift 2
        module_of[$id]=${file//-/_}
        publish "$id" "$MODULES/$file.ko" --kernel-build-id "$build_id" "$@" || fail "no manifest of $file"
        kpatchctl import "$id.ko" > /dev/null || fail "$file is not imported"
}
klp_says() {
        local enabled transition
        { enabled=$(< "$KLP/$1/enabled"); transition=$(< "$KLP/$1/transition"); } 2> /dev/null || { echo out; return; }
        case $enabled$transition in
        10) echo applied ;;
        11) echo applying ;;
        *) echo reverting ;;
        esac
}
# live ID...: exactly these are in force, and kpatchctl says of each patch what the kernel does.
live() {
        local id state says shown
        while read -r id state; do
                says=$(klp_says "${module_of[$id]}")
                [[ $state == applied || $state == applying || $state == reverting ]] || state=out
                [[ $says == "$state" ]] || fail "the kernel says $says of $id, kpatchctl $state"
        done < <(kpatchctl list --json | jq -r '.patches[] | "\(.id) \(.state)"')
        shown=$(find $KLP -mindepth 1 -maxdepth 1 -printf '%f\n' | sort)
        [[ $shown == "$(for id; do echo "${module_of[$id]}"; done | sort)" ]] || fail "in force are: $shown, not: $*"
}
# change VERB ID, then what is live is ID...
change_to() {
        local verb=$1 patch=$2
        shift 2
        step "$verb $patch" kpatchctl "$verb" "$patch"
        live "$@"
}
# denied ID NAME CODE WORD COMMAND...: refused by the kernel, as the history says as well.
denied() {
        local id=$1 before after
        shift
        before=$(find $KLP | sort)
        refused "$@"
        after=$(find $KLP | sort)
        [[ $before == "$after" ]] || fail "something changed: $(diff <(echo "$before") <(echo "$after"))"
        kpatchctl history --json | jq -e --arg patch "$id=1" --arg result "org.kpatchd1.Error.$1" \
                '.history[0] | .kind == "apply" and .patch == $patch and .result == $result' > /dev/null ||
                fail "the history says: $(kpatchctl history --json | jq -c '.history[0]')"
}
# What modules have said since the last clear.
said() { dmesg | grep -q "$1"; }
heard() { said "$1" || fail "nobody said '$1': $(dmesg | tail -n 20)"; }
unheard() { ! said "$1" || fail "somebody said '$1'"; }
target() { step "load ${1//-/_}" insmod "$MODULES/$1.ko" "${@:2}"; }
object_is() { [[ $(kpatchctl info "$1" --json | jq -r --arg name "$2" '.patches[0].objects[] | select(.name == $name) | .state') == "$3" ]]; }
patched_by() { [[ $(cat "$1") == "${2:+$2: }this has been live patched" ]]; }
untouched() { ! grep -q 'live patched' /proc/cmdline /proc/meminfo || fail "still patched"; }
job_of() { busctl --json=short call org.kpatchd1 /org/kpatchd1 org.kpatchd1.Manager "$@" | jq -r '.data[0]'; }

publisher_new main
publisher_trust main
patch basic test_klp_livepatch --function vmlinux:cmdline_proc_show
patch sample livepatch-sample --function vmlinux:cmdline_proc_show
patch meminfo test_klp_atomic_replace --function vmlinux:meminfo_proc_show
patch replace test_klp_atomic_replace_on --function vmlinux:meminfo_proc_show --replace
patch demo test_klp_callbacks_demo --function test_klp_callbacks_busy:busymod_work_func
patch failing test_klp_callbacks_demo_failing --function test_klp_callbacks_busy:busymod_work_func
patch demo2 test_klp_callbacks_demo2 --no-function
patch replace2 test_klp_callbacks_demo2_replace --no-function --replace
patch state test_klp_state --no-function --replace
patch state2 test_klp_state2 --no-function --replace
patch state3 test_klp_state3 --no-function --replace
patch callbacks livepatch-callbacks-demo --function livepatch_callbacks_busymod:busymod_work_func
patch fix1 livepatch-shadow-fix1 --function livepatch_shadow_mod:dummy_alloc --function livepatch_shadow_mod:dummy_free
patch fix2 livepatch-shadow-fix2 --function livepatch_shadow_mod:dummy_check --function livepatch_shadow_mod:dummy_free
live

say "one function"
change_to apply basic basic
patched_by /proc/cmdline test_klp_livepatch || fail "not patched"
change_to apply sample basic sample
patched_by /proc/cmdline '' || fail "not patched by the second"
change_to rollback basic sample
patched_by /proc/cmdline '' || fail "not patched by the second any more"
change_to rollback sample
untouched

say "function tracing is switched off"
echo 0 > /proc/sys/kernel/ftrace_enabled
denied basic KernelRefused 43 ftrace_enabled kpatchctl apply basic
echo 1 > /proc/sys/kernel/ftrace_enabled
live

say "in place of all others"
change_to apply basic basic
change_to apply meminfo basic meminfo
patched_by /proc/meminfo test_klp_atomic_replace || fail "not patched"
change_to rollback meminfo basic
change_to apply replace replace
patched_by /proc/meminfo test_klp_atomic_replace_on || fail "not patched"
[[ $(state_of basic) == superseded ]] || fail "it is $(state_of basic)"
change_to rollback replace basic
patched_by /proc/cmdline test_klp_livepatch || fail "not put back"
change_to rollback basic
untouched

say "callbacks, and modules that come and go"
target test_klp_callbacks_mod
dmesg -C
change_to apply demo demo
heard 'demo: pre_patch_callback: vmlinux'
heard 'demo: post_patch_callback: test_klp_callbacks_mod'
step "unload it" rmmod test_klp_callbacks_mod
heard 'demo: post_unpatch_callback: test_klp_callbacks_mod'
target test_klp_callbacks_mod
live demo
dmesg -C
change_to rollback demo
heard 'demo: post_unpatch_callback: test_klp_callbacks_mod'
step "unload it" rmmod test_klp_callbacks_mod

say "the sample of callbacks, and a function of a module that comes later"
change_to apply callbacks callbacks
object_is callbacks livepatch_callbacks_busymod waiting || fail "it does not wait: $(kpatchctl info callbacks)"
dmesg -C
target livepatch-callbacks-busymod
heard 'livepatch_callbacks_demo: post_patch_callback: livepatch_callbacks_busymod'
eventually 60 said patched_work_func
object_is callbacks livepatch_callbacks_busymod patched || fail "not patched: $(kpatchctl info callbacks)"
step "unload it" rmmod livepatch_callbacks_busymod
object_is callbacks livepatch_callbacks_busymod waiting || fail "it does not wait: $(kpatchctl info callbacks)"
change_to rollback callbacks

say "a callback that fails"
denied failing KernelRefused 43 'No such device' kpatchctl apply failing
live
change_to apply demo demo
echo -19 > /sys/module/test_klp_callbacks_demo/parameters/pre_patch_ret
expect_exit 1 insmod $MODULES/test_klp_callbacks_mod.ko
live demo
change_to rollback demo

say "a busy target"
target test_klp_callbacks_busy block_transition=Y
job=$(job_of Apply 'sa{sv}' demo 1 deadline u 0)
held_up() { [[ $(klp_says test_klp_callbacks_demo) == applying && $(state_of demo) == applying ]]; }
eventually 60 held_up
kworker() { busctl get-property org.kpatchd1 "$job" org.kpatchd1.Job Progress | grep -q 'kworker'; }
eventually 60 kworker
target test_klp_callbacks_mod
live demo
step "cancel" busctl call org.kpatchd1 "$job" org.kpatchd1.Job Cancel 'a{sv}' 0
eventually 60 at_rest
live
step "unload what came meanwhile" rmmod test_klp_callbacks_mod
denied demo TaskInTheWay 42 kworker kpatchctl apply demo --deadline 2
live
job=$(job_of Apply 'sa{sv}' demo 1 deadline u 0)
eventually 60 held_up
echo N > /sys/module/test_klp_callbacks_busy/parameters/block_transition
eventually 60 at_rest
live demo
change_to rollback demo
step "unload the target" rmmod test_klp_callbacks_busy

say "two with callbacks"
change_to apply demo demo
change_to apply demo2 demo demo2
change_to rollback demo demo2
change_to apply demo demo demo2
dmesg -C
change_to apply replace2 replace2
unheard 'unpatch_callback'
change_to rollback replace2 demo demo2
change_to rollback demo2 demo
change_to rollback demo

say "states"
loglevel=$(cut -f 1 /proc/sys/kernel/printk)
loglevel_is() { [[ $(cut -f 1 /proc/sys/kernel/printk) == "$1" ]] || fail "the log level is $(cut -f 1 /proc/sys/kernel/printk)"; }
change_to apply state state
loglevel_is 15
change_to rollback state
loglevel_is "$loglevel"
change_to apply state2 state2
change_to apply state3 state3
heard 'taking over the console_loglevel change'
change_to rollback state3 state2
loglevel_is 15
denied state KernelRefused 43 'not compatible' kpatchctl apply state
live state2
change_to rollback state2
loglevel_is "$loglevel"
change_to apply state state
change_to apply state2 state2
loglevel_is 15
change_to rollback state2 state
loglevel_is 15
change_to rollback state
loglevel_is "$loglevel"

say "shadow variables"
target livepatch-shadow-mod
change_to apply fix1 fix1
eventually 60 said livepatch_fix1_dummy_alloc
target test_klp_shadow_vars
change_to apply fix2 fix1 fix2
eventually 60 said livepatch_fix2_dummy_free
change_to rollback fix1 fix2
change_to rollback fix2
step "unload the target" rmmod livepatch_shadow_mod
expect_exit 34 kpatch-feed manifest $MODULES/test_klp_shadow_vars.ko --id shadow --version 1 --title Shadow --out shadow.json

# Newer kernels have more.
if [[ -e $MODULES/test_klp_mod_patch.ko ]]; then
        say "what a module shows"
        patch module test_klp_mod_patch --function test_klp_mod_target:test_klp_mod_target_show
        change_to apply module module
        target test_klp_mod_target
        patched_by /proc/test_klp_mod_target test_klp_mod_patch || fail "not patched as it came"
        change_to rollback module
        grep -q original /proc/test_klp_mod_target || fail "still patched"
        change_to apply module module
        patched_by /proc/test_klp_mod_target test_klp_mod_patch || fail "not patched"
        step "unload the target" rmmod test_klp_mod_target
        change_to rollback module
fi
if [[ -e $MODULES/test_klp_syscall.ko ]]; then
        say "a system call that tasks are in all the time"
        patch syscall test_klp_syscall --function vmlinux:__x64_sys_getpid
        nice -n 19 python3 -c $'import os\nwhile True: os.getpid()' &
        change_to apply syscall syscall
        change_to rollback syscall
        kill %1
fi
