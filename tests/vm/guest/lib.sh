# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# For test scripts in the guest:  . /usr/lib/kpatchd-test/lib.sh
# Each check prints one line; the first that fails ends the script with status 1.

# Says what comes next.
say() {
        printf '== %s\n' "$*"
}

# Ends the script as failed.
fail() {
        printf 'FAIL: %s\n' "$*"
        exit 1
}

# step WHAT COMMAND...: the command must succeed; its output is shown where it does not.
step() {
        local what=$1 output status=0
        shift
        output=$("$@" 2>&1) || status=$?
        if [[ $status -ne 0 ]]; then
                printf '%s\n' "$output"
                fail "$what (exit status $status of: $*)"
        fi
        printf 'ok: %s\n' "$what"
}

# expect_exit STATUS COMMAND...: the command must end with exactly this status; its output is passed on.
expect_exit() {
        local want=$1 got=0
        shift
        "$@" || got=$?
        [[ $got -eq $want ]] || fail "exit status $got, not $want, of: $*"
}

# expect_output REGEX COMMAND...: the command must succeed and print something that the pattern matches.
expect_output() {
        local pattern=$1 output status=0
        shift
        output=$("$@" 2>&1) || status=$?
        [[ $status -eq 0 ]] || fail "exit status $status of: $* (it printed: $output)"
        [[ $output =~ $pattern ]] || fail "no /$pattern/ in the output of: $* (it printed: $output)"
}

# as_user NAME COMMAND...: as an ordinary user, in that user's home.
as_user() {
        local name=$1
        shift
        runuser --user "$name" -- env --chdir="$(getent passwd "$name" | cut -d: -f6)" "$@"
}

# eventually SECONDS COMMAND...: the command must succeed within the time; the debug kernel has five times as much.
eventually() {
        local deadline=$((SECONDS + $1))
        [[ $(uname -r) != *-debug ]] || deadline=$((SECONDS + $1 * 5))
        shift
        until "$@"; do
                ((SECONDS < deadline)) || fail "not within the time: $*"
                sleep 0.2
        done
}
