#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The unit as it is installed: apply, rollback and import work inside its sandbox, and little else does. Rollback is the hard
# part: it writes to a folder of sysfs that is not there yet when the unit starts.
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

publisher_new main
publisher_trust main
publish fix "$SAMPLES/kpatch_sample_version.ko"

[[ ! -e $SYSFS ]] || fail "kpatch_core is loaded before anybody needed it"
expect_output inactive sh -c 'systemctl is-active kpatchd || true'
step "the bus starts the daemon" kpatchctl import fix.ko
pid=$(systemctl show -p MainPID --value kpatchd)
step "apply, which loads the core" kpatchctl apply fix
is_patched || fail "not patched"
step "rollback by the same process" kpatchctl rollback fix
is_patched && fail "still patched"
[[ $(systemctl show -p MainPID --value kpatchd) == "$pid" ]] || fail "another process"

say "the core goes and comes back: the folder is another one then"
step "unload the core" rmmod kpatch_core
step "apply" kpatchctl apply fix
step "rollback" kpatchctl rollback fix

say "a full /tmp keeps nobody from taking a patch out"
step "apply" kpatchctl apply fix
mount -t tmpfs -o size=16k,nr_inodes=8 none /tmp
touch /tmp/{1..20} 2>/dev/null
step "a new daemon" systemctl restart kpatchd
step "rollback" kpatchctl rollback fix
is_patched && fail "still patched"
step "apply" kpatchctl apply fix
step "rollback" kpatchctl rollback fix
umount /tmp
pid=$(systemctl show -p MainPID --value kpatchd)

say "what it may not"
disk=$(findmnt --noheadings --output SOURCE /)
# In its cgroup, as it is that the kernel keeps from devices.
in_its_group() { bash -c 'echo $$ > "/sys/fs/cgroup$1/cgroup.procs" && shift && exec "$@"' sh "$(systemctl show -p ControlGroup --value kpatchd)" "$@"; }
in_its_group head -c 1 /dev/zero > /dev/null || fail "it cannot read /dev/zero"
in_its_group head -c 1 "$disk" > /dev/null 2>&1 && fail "it can read the disk"
head -c 1 "$disk" > /dev/null || fail "nobody can read the disk"
[[ $(awk '/^CapBnd/ { print $2 }' "/proc/$pid/status") == 0000000020010004 ]] ||
        fail "not just CAP_SYS_MODULE, CAP_DAC_READ_SEARCH and CAP_AUDIT_WRITE"
[[ $(awk '/^NoNewPrivs/ { print $2 }' "/proc/$pid/status") == 1 ]] || fail "no NoNewPrivs"
[[ $(awk '/^Seccomp:/ { print $2 }' "/proc/$pid/status") == 2 ]] || fail "no system call filter"
inside() { nsenter --target "$pid" --mount -- "$@"; }
for path in /etc/x /usr/x /root/x /proc/sys/kernel/printk /sys/class/x; do
        inside sh -c "echo 1 > $path" 2>/dev/null && fail "it can write to $path"
done
inside sh -c 'ls /sys/kernel/debug/* /home/*' >/dev/null 2>&1 && fail "it sees what it need not"
inside touch "$STATE/x" || fail "it cannot write to its state"
rm "$STATE/x"
threshold=25
output=$(systemd-analyze security --offline=true --threshold=$threshold /usr/lib/systemd/system/kpatchd.service) ||
        fail "systemd-analyze security is above $threshold: $(tail -1 <<< "$output")"
tail -1 <<< "$output"

say "the decoder of what nobody has verified"
# Each envelope after its size, as kpatchd says it: src/shared/parse-message.h.
framed() { python3 -c 'import struct, sys; data = sys.stdin.buffer.read(); sys.stdout.buffer.write(struct.pack("=I", len(data)) + data)'; }
printf '{' | framed | inside /usr/libexec/kpatchd/kpatchd-parse | grep -aq JSON || fail "it says nothing"
{ printf '{' | framed; framed < fix.manifest.json; } | strace -o trace /usr/libexec/kpatchd/kpatchd-parse > flat || fail "it fails"
grep -aq '"title"' flat || fail "it does not decode"
grep -q SECCOMP_SET_MODE_FILTER trace || fail "it installs no filter"
sed "1,/SECCOMP_SET_MODE_FILTER, 0/d" trace | grep -Ev '^(read|write|brk|mmap|munmap|mremap|exit_group|close|futex|madvise|getrandom)\(|^\+\+\+' &&
        fail "it makes other calls after its filter is in place"

say "a disk that went read-only keeps nobody from taking a patch out"
step "apply" kpatchctl apply fix
journalctl --sync
echo u > /proc/sysrq-trigger
is_read_only() { ! touch "$STATE/x" 2> /dev/null; }
eventually 10 is_read_only
cd /run || fail "no /run"
for how in running started; do
        [[ $how == running ]] || step "a new daemon" systemctl restart kpatchd
        refused ReadOnly 51 "rollback --runtime fix=1" kpatchctl rollback fix
        is_patched || fail "not patched any more"
done
step "rollback" kpatchctl rollback --runtime fix
is_patched && fail "still patched"
say "done"
