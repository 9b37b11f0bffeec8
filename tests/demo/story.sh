#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The story of ./demo, told inside a stock Debian guest. Each step is checked; the exit status is the truth.
# vm: copy lib.sh steal
# vm: then after-reboot.sh
set -u
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/demo/lib.sh
. ./lib.sh
install -D -m 755 steal /usr/share/kpatchd/demo/steal
samples=/usr/share/kpatchd/samples

tell "A machine with a hole. Its kernel is Debian's own, and alice runs a program that keeps a password in memory."
type_in uname -r
victim_starts
type_in steal "$victim"
check "any other program of alice's reads that password" shows hunter2

tell "The publisher makes a key, and a root that says whose patches are to be trusted."
mkdir -p /root/publisher && cd /root/publisher || exit 1
type_in kpatch-feed keygen patches.key
check "the key is there" succeeded
type_in "kpatch-feed root --key root=patches.key.pub --key patch=patches.key.pub --key feed=patches.key.pub --key timestamp=patches.key.pub --expires 2031-01-01 --out root.json"
check "the root is written" succeeded
type_in kpatch-feed sign --key patches.key --type root root.json --out example.root.json
check "the root is signed" succeeded

tell "The publisher describes the patch module and signs that."
type_in cp $samples/kpatch_sample_hardening.ko fix-ptrace.ko
type_in "kpatch-feed manifest fix-ptrace.ko --id fix-ptrace --version 1 --severity important --level 6.1.180-1 --cve CVE-2026-99999 --title 'Programs cannot read the memory of others' --out fix-ptrace.json"
check "the manifest is written" succeeded
type_in kpatch-feed sign --key patches.key --type manifest fix-ptrace.json --out fix-ptrace.manifest.json
check "the manifest is signed" succeeded

tell "The operator trusts that publisher, once, and gets the two files."
type_in install -D -m 644 example.root.json /etc/kpatchd/feeds.d/example.root.json
type_in kpatchctl import fix-ptrace.ko
check "the patch is imported" succeeded
type_in kpatchctl list
check "it is stored, and not in force" shows stored

type_in kpatchctl cve CVE-2026-99999
check "and the hole is open" failed

tell "One byte of the module is changed on the way: nothing happens to it, or to the kernel."
type_in "cp fix-ptrace.ko evil.ko; printf X | dd of=evil.ko bs=1 seek=5000 conv=notrunc status=none"
type_in kpatchctl import evil.ko fix-ptrace.manifest.json
check "it is refused" failed
check "and the sentence says why" shows SHA-256

tell "The operator applies the patch. The kernel goes on running, and so does alice's program."
type_in kpatchctl apply fix-ptrace
check "it is applied" succeeded
type_in steal "$victim"
check "the password is safe" shows "no luck"
type_in kpatchctl cve CVE-2026-99999
check "the hole is closed, whatever the kernel's version says" succeeded
type_in kpatchctl uname
check "which is what the kernel has come to" shows 6.1.180-1
type_in kpatchctl status
check "status says so" shows "1 applied"
type_in cat /sys/kernel/kpatch/kpatch_sample_hardening/enabled
check "and the kernel itself" shows 1

tell "Second thoughts: the operator rolls it back."
type_in kpatchctl rollback fix-ptrace
check "it is rolled back" succeeded
type_in steal "$victim"
check "the old behaviour is back" shows hunter2
type_in "lsmod | grep sample"
check "and the module is gone" failed

tell "The next patch comes by a feed: files that any web server can hold, here a folder. The publisher publishes."
type_in cp $samples/kpatch_sample_version.ko fix-version.ko
type_in "kpatch-feed manifest fix-version.ko --id fix-version --version 1 --severity low --title '/proc/version says more' --out fix-version.json"
type_in kpatch-feed sign --key patches.key --type manifest fix-version.json --out fix-version.manifest.json
type_in kpatch-feed init --root example.root.json feed
type_in kpatch-feed add --dir feed fix-version.manifest.json fix-version.ko
check "the patch is in the publisher's folder" succeeded
type_in "kpatch-feed stage --dir feed && kpatch-feed sign --dir feed --type feed --key patches.key && kpatch-feed timestamp --dir feed --key patches.key"
check "the list of patches is signed, and so is when it was made" succeeded
type_in kpatch-feed publish --dir feed /srv/patches
check "the feed is published" succeeded

tell "The operator says where the feed is, and that its patches are to be applied. From here on it is the timer that asks."
type_in "printf '[Feed]\nURL=file:///srv/patches\nPolicy=apply\n' > /etc/kpatchd/feeds.d/example.conf"
type_in kpatchctl refresh
check "it finds the patch" succeeded
follows_feed() { for _ in {1..60}; do ! grep -q 'live patched' /proc/version || return 0; sleep 0.5; done; return 1; }
check "which is applied of itself" follows_feed
type_in cat /proc/version
check "as the kernel says" shows "live patched"
type_in kpatchctl feeds
check "the feed is fresh" shows example

tell "Who did what, and whether the host is fit for it, can be asked at any time; scanners read the answer about the hole."
type_in kpatchctl history
check "the refused module is in it, too" shows "SHA-256 differs"
type_in kpatchctl generations
check "and each set of patches that this kernel had" succeeded
type_in kpatchctl doctor
check "nothing hinders patches here" succeeded

tell "Applied again, and the machine is started again. Nobody logs in."
type_in kpatchctl apply fix-ptrace
check "it is applied" succeeded
type_in "kpatchctl cve --vex CVE-2026-99999"
check "a scanner reads that it is fixed" shows '"fixed"'
type_in systemctl reboot
sleep 60
