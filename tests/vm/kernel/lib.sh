# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of the core module:  . ./lib.sh
# shellcheck disable=SC2034 # used by the tests

# shellcheck source=tests/vm/guest/lib.sh disable=SC1091
. /usr/lib/kpatchd-test/lib.sh

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SYSFS=/sys/kernel/kpatch
TRACING=/sys/kernel/tracing
CLASSIC=/sys/module/kpatch_core/parameters/classic

mountpoint -q "$TRACING" || mount -t tracefs tracefs "$TRACING"

# patch_file NAME: the module file of a sample or a test patch
patch_file() {
        local file
        for file in "/usr/share/kpatchd/samples/$1.ko" "/usr/lib/kpatchd-test/patches/$1.ko"; do
                if [[ -e $file ]]; then
                        printf '%s\n' "$file"
                        return
                fi
        done
        fail "there is no module $1"
}

# load NAME [PARAMETER...]: applies a patch by loading its module
load() {
        local name=$1
        shift
        step "load $name" insmod "$(patch_file "$name")" "$@"
}

# unload NAME: takes an applied patch back and removes its module
unload() {
        step "take back $1" write "$SYSFS/$1/enabled" 0
        step "remove $1" rmmod "$1"
}

# write FILE VALUE
write() {
        printf '%s\n' "$2" >"$1"
}

# refused ERRNO REGEX NAME [PARAMETERS]: loading must fail with that errno, sysfs and the log must say why, nothing may change
refused() {
        local errno=$1 why=$2 name=$3 before got
        before=$(fingerprint)
        got=$("$HERE/errno" load "$(patch_file "$name")" "${4:-}")
        [[ $got == "$errno" ]] || fail "loading $name gave $got, not $errno"
        [[ $(<"$SYSFS/last_error") =~ ^$name:\ $why$ ]] || fail "last_error is: $(<"$SYSFS/last_error")"
        grep -F "kpatch_core: $(<"$SYSFS/last_error")" <(dmesg) >/dev/null || fail "the log does not say why"
        [[ $(fingerprint) == "$before" ]] || fail "something changed: $(diff <(echo "$before") <(fingerprint))"
        printf 'ok: %s is refused with %s: %s\n' "$name" "$got" "$(<"$SYSFS/last_error")"
}

# not_written ERRNO REGEX NAME VALUE: writing enabled must fail with that errno and say why
not_written() {
        local errno=$1 why=$2 name=$3 value=$4 got
        got=$("$HERE/errno" write "$SYSFS/$name/enabled" "$value")
        [[ $got == "$errno" ]] || fail "writing $value to enabled of $name gave $got, not $errno"
        [[ $(<"$SYSFS/last_error") =~ ^$name:\ $why$ ]] || fail "last_error is: $(<"$SYSFS/last_error")"
        printf 'ok: writing %s is refused with %s: %s\n' "$value" "$got" "$(<"$SYSFS/last_error")"
}

# What a patch changes in a kernel: who is hooked by ftrace, what is loaded, what sysfs shows, what is read.
fingerprint() {
        cat "$TRACING/enabled_functions"
        grep '^kpatch_' /proc/modules | cut -d ' ' -f 1,3,4
        find "$SYSFS" | sort
        cat /proc/version /proc/execdomains /proc/dma
}

# clean: nothing of ours is left, and the core can be removed
finish() {
        [[ -z $(find "$SYSFS" -mindepth 1 -type d) ]] || fail "patches are left: $(ls "$SYSFS")"
        step "remove the core" rmmod kpatch_core
        [[ ! -e "$SYSFS" ]] || fail "$SYSFS is still there"
        ! grep -q kpatch_ /proc/modules || fail "modules are left: $(grep kpatch_ /proc/modules)"
        ! grep -q kpatch "$TRACING/enabled_functions" || fail "hooks are left: $(<"$TRACING/enabled_functions")"
}

step "load the core" modprobe kpatch_core
