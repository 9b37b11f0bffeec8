#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# A script's exit status, output, arguments and surroundings.
set -euo pipefail
# shellcheck source=tests/self/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir "$scratch/folder"
echo carried >"$scratch/folder/file"
guest_script status.sh <<'END'
# vm: copy folder
# vm: append kpatchd.test=1
# vm: smp 1
. /usr/lib/kpatchd-test/lib.sh
[[ $(id -u) == 0 ]] || fail "not root"
printf '<%s>' "$@"
cat "$(dirname "$0")/folder/file"
grep -o kpatchd.test=. /proc/cmdline
nproc
systemctl is-system-running
busctl get-property org.freedesktop.PolicyKit1 /org/freedesktop/PolicyKit1/Authority \
        org.freedesktop.PolicyKit1.Authority BackendName
python3 -c 'import dbus, gi'
as_user alice id -un
echo through the link >/dev/stderr
sleep 1000 &
exit 7
END
expect_run 7 "status.sh one 'two three' \"it's\""
expect_output "<one><two three><it's>carried
kpatchd.test=1
1
running
s \"js\"
alice
through the link"
expect_said "status.sh: FAILED: exit status 7"

# A program of any kind will do, and one that fails at once too.
guest_script not-shell.py <<'END'
#!/usr/bin/python3
import os, signal
print("python", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
END
expect_run 137 --quiet not-shell.py
expect_output python
