#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# A time limit ends the guest, shows the console, and leaves nothing behind; so does a signal to the runner.
set -euo pipefail
# shellcheck source=tests/self/lib.sh
. "$(dirname "$0")/lib.sh"

guests_of() {
        pgrep --full "qemu-system-x86_64.* kpatchd.self=$1( |\$)" || true
}

guest_script hangs.sh <<'END'
# vm: then never.sh
echo "<2>the last words" >/dev/kmsg
echo begun
sleep 1000
END
guest_script never.sh <<<'echo never'
expect_run 124 --timeout 90 --append "kpatchd.self=$$" hangs.sh
expect_output begun
expect_said "FAILED: the script did not end within the time limit"
expect_said "the last words"
expect_said "Show Blocked State"
[[ -z $(guests_of $$) ]] || fail "its guest still runs"

# Else what the first run printed would be taken for the second's.
: >"$scratch/out"

# In the background, in a group of its own, as from a terminal.
(cd "$scratch" && exec "$here/../vm/run" --build "$scratch" --no-modules --append "kpatchd.self=$$" hangs.sh) \
        >"$scratch/out" 2>"$scratch/err" </dev/null &
runner=$!
for ((i = 0; i < 3000; i++)); do
        ! grep -q begun "$scratch/out" || break
        sleep 0.2
done
[[ -n $(guests_of $$) ]] || fail "there is no guest to end"
kill -TERM "$runner"
status=0
wait "$runner" || status=$?
[[ $status -eq 143 ]] || fail "exit status $status after SIGTERM"
[[ -z $(guests_of $$) ]] || fail "its guest outlived the runner"
