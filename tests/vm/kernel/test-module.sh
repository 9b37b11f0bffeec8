#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels 6.1 6.12 7.2
# vm: copy lib.sh errno other-build
# Functions of modules are replaced now or as the module is loaded, and only of the build that the patch was made for.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/vm/kernel/lib.sh disable=SC1091
. ./lib.sh

target=kpatch_test_target
second=kpatch_test_second
files=/usr/lib/kpatchd-test/targets

# target WANT: what /proc/kpatch_test_target is to show, its lines joined
target() {
        [[ $(paste -sd ' ' "/proc/$target") == "$1" ]] || fail "the target shows: $(<"/proc/$target"), not: $1"
        printf 'ok: the target shows: %s\n' "$1"
}

# state PATCH OBJECT REGEX
state() {
        expect_output "^$3$" cat "$SYSFS/$1/$2/state"
        printf 'ok: %s of %s is %s\n' "$2" "$1" "$(<"$SYSFS/$1/$2/state")"
}

# module_refused ERRNO PATCH REGEX FILE: loading a module must fail, with the reason said for the patch; nothing may change
module_refused() {
        local before got
        before=$(fingerprint)
        got=$("$HERE/errno" load "$4")
        [[ $got == "$1" ]] || fail "loading $4 gave $got, not $1"
        [[ $(<"$SYSFS/last_error") =~ ^$2:\ $3$ ]] || fail "last_error is: $(<"$SYSFS/last_error")"
        [[ $(fingerprint) == "$before" ]] || fail "something changed: $(diff <(echo "$before") <(fingerprint))"
        printf 'ok: the module is refused with %s: %s\n' "$got" "$(<"$SYSFS/last_error")"
}

other=$(mktemp -d)
step "a target of another build" ./other-build "$files/$target.ko" "$other/$target.ko"
step "a second of another build" ./other-build "$files/$second.ko" "$other/$second.ko"
differs="made for the module $target with build-id [0-9a-f]{40}, this one is [0-9a-f]{40}"
pristine=$(fingerprint)

say "the patch comes first, the module later: before its init, and again when it is reloaded"
load kpatch_test_object
state kpatch_test_object $target waiting
state kpatch_test_object vmlinux patched
for round in 1 2; do
        step "load the target, round $round" insmod "$files/$target.ko"
        target "init 2 answer 2 secret 41 twins 1 20"
        state kpatch_test_object $target patched
        [[ $round == 2 ]] || step "remove the target" rmmod $target
        [[ $round == 2 ]] || state kpatch_test_object $target waiting
done
step "take the patch back" write "$SYSFS/kpatch_test_object/enabled" 0
target "init 2 answer 1 secret 41 twins 1 2"
state kpatch_test_object $target disabled

say "the module comes first"
step "reload the target" rmmod $target
step "load the target" insmod "$files/$target.ko"
target "init 1 answer 1 secret 41 twins 1 2"
step "apply the patch" write "$SYSFS/kpatch_test_object/enabled" 1
target "init 1 answer 2 secret 41 twins 1 20"
unload kpatch_test_object
target "init 1 answer 1 secret 41 twins 1 2"

say "a patch uses what the module does not export"
load kpatch_test_extern
target "init 1 answer 82 secret 41 twins 1 22"
expect_output '^Linux externs agree$' cat /proc/version
step "remove the target" rmmod $target
step "load the target again" insmod "$files/$target.ko"
target "init 82 answer 82 secret 41 twins 1 22"
unload kpatch_test_extern
target "init 82 answer 1 secret 41 twins 1 22"

say "what the module lacks is named, whichever comes first"
lacks="needs what cannot be had: no target_no_such_variable in $target; 2 of twin_count in $target"
refused ENOENT "$lacks; no target_init in $target" kpatch_test_lacking
step "remove the target" rmmod $target
load kpatch_test_lacking
module_refused ENOENT kpatch_test_lacking "$lacks; target_init in $target, which is gone after init" "$files/$target.ko"
expect_output '^Linux version lacking$' cat /proc/version
unload kpatch_test_lacking

say "another build of the module, whichever comes first"
step "load the target of another build" insmod "$other/$target.ko"
refused EXDEV "$differs" kpatch_test_object
step "remove it" rmmod $target
load kpatch_test_object
module_refused EXDEV kpatch_test_object "$differs" "$other/$target.ko"
step "load the right one" insmod "$files/$target.ko"
target "init 2 answer 2 secret 41 twins 1 20"
unload kpatch_test_object

say "an optional module of another build is passed over"
step "load the second of another build" insmod "$other/$second.ko"
load kpatch_test_optional
target "init 2 answer 3 secret 41 twins 1 2"
expect_output '^answer 1$' cat /proc/$second
state kpatch_test_optional $second "skipped: ${differs/$target/$second}"
[[ ! -s "$SYSFS/last_error" || $(<"$SYSFS/last_error") == "" ]] || fail "last_error is: $(<"$SYSFS/last_error")"
step "remove it" rmmod $second
state kpatch_test_optional $second waiting
step "load the right second" insmod "$files/$second.ko"
expect_output '^answer 3$' cat /proc/$second
state kpatch_test_optional $second patched
step "remove it" rmmod $second
step "load the other one while the patch is applied" insmod "$other/$second.ko"
expect_output '^answer 1$' cat /proc/$second
state kpatch_test_optional $second 'skipped: .*'
unload kpatch_test_optional
step "remove the second" rmmod $second
step "remove the target" rmmod $target

say "nothing is left"
[[ $(fingerprint) == "$pristine" ]] || fail "something is left: $(diff <(echo "$pristine") <(fingerprint))"
finish
