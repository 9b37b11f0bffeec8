#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# Several scripts: the disk lasts, memory does not, whichever way a script ends.
set -euo pipefail
# shellcheck source=tests/self/lib.sh
. "$(dirname "$0")/lib.sh"

guest_script panics.sh <<'END'
# vm: expect-panic sysrq triggered crash
# vm: then "a name with blanks.sh"
# vm: then returns.sh 5
# vm: then returns.sh 0
echo one >/var/tmp/state
touch /run/memory
# Else this boot's journal is lost with the memory.
journalctl --sync
sync
echo c >/proc/sysrq-trigger
sleep 1000
END
guest_script "a name with blanks.sh" <<'END'
cat /var/tmp/state
[[ ! -e /run/memory ]] || echo "memory lasted"
echo two >/var/tmp/state
reboot
sleep 1000
END
guest_script returns.sh <<'END'
cat /var/tmp/state
echo "$1" >/var/tmp/state
# A service is stopped in order between scripts.
systemd-run --quiet --unit=stopped --property=ExecStop='sh -c "echo stopped $1 >>/var/tmp/stopped"' sleep 1000
cat /var/tmp/stopped 2>/dev/null
exit "$1"
END
# The status is that of the last that failed.
expect_run 5 --keep "$scratch/kept" panics.sh
expect_output "one
two
5
stopped"
expect_said "returns.sh: FAILED: exit status 5"
expect_not_said "panics.sh: FAILED"
for number in 1 2 3 4; do
        compgen -G "$scratch/kept/console-$number-*.log" >/dev/null || fail "console $number was not kept"
done
[[ -s $scratch/kept/disk.qcow2 ]] || fail "the disk was not kept"
journalctl --directory "$scratch"/kept/guest/var/log/journal/* --list-boots --no-pager >"$scratch/out"
[[ $(grep -cE '^ *-?[0-9]+ ' "$scratch/out") -eq 4 ]] || fail "the kept journal does not tell of 4 boots"
