# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of the VM runner: they run it on scripts of their own, without the project in the guest, and look at
# what it said and how it ended.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
        echo "FAIL: $*"
        echo "--- its output:"
        cat "$scratch/out"
        echo "--- what it said:"
        cat "$scratch/err"
        exit 1
}

# guest_script NAME: makes a script of standard input.
guest_script() {
        cat >"$scratch/$1"
}

# expect_run STATUS ARGUMENT...: runs tests/vm/run in the folder of the scripts; it must end with STATUS.
expect_run() {
        local want=$1 got=0
        shift
        (cd "$scratch" && "$here/../vm/run" --build "$scratch" --no-modules "$@") \
                >"$scratch/out" 2>"$scratch/err" </dev/null || got=$?
        [[ $got -eq $want ]] || fail "exit status $got, not $want, of: run $*"
}

# The script's output, all of it.
expect_output() {
        [[ $(cat "$scratch/out") == "$1" ]] || fail "the output is not: $1"
}

# A part of what the runner said.
expect_said() {
        grep -qF -- "$1" "$scratch/err" || fail "it did not say: $1"
}

expect_not_said() {
        ! grep -qF -- "$1" "$scratch/err" || fail "it said: $1"
}
