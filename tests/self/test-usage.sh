#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# What the runner refuses, it refuses with one sentence and without a guest.
set -euo pipefail
# shellcheck source=tests/self/lib.sh
. "$(dirname "$0")/lib.sh"

expect_run 2
expect_said "which script is to be run?"
expect_run 125 no-such-script.sh
expect_said "there is no script no-such-script.sh"
guest_script fine.sh <<<'true'
expect_run 125 --kernel 6.12 fine.sh
expect_said "kernel 6.12 is not supported yet"
expect_run 125 --kernel 7.2 fine.sh
expect_said "kernel 7.2 is not supported yet"
expect_run 2 --kernel 5.10 fine.sh

guest_script wrong-key.sh <<<'# vm: tiemout 3'
expect_run 125 wrong-key.sh
expect_said "wrong-key.sh, line 1: '# vm: tiemout 3' is wrong: there is no such key"
guest_script wrong-value.sh <<<'# vm: timeout soon'
expect_run 125 wrong-value.sh
expect_said "wrong-value.sh, line 1"
guest_script wrong-pattern.sh <<<'# vm: expect-warn ('
expect_run 125 wrong-pattern.sh
expect_said "wrong-pattern.sh, line 1"

expect_run 0 --print-release
grep -qE '^6\.1\.[0-9]+-[0-9]+-amd64$' "$scratch/out" || fail "no release"
release=$(cat "$scratch/out")
expect_run 0 --print-kdir
[[ -f $(cat "$scratch/out")/Module.symvers ]] || fail "no headers for $release"
