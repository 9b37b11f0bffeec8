#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# What is in force when the machine is started again: after a panic, with kpatchd.apply=0, without the bus, where the early unit
# cannot be started, where modules must be signed.
# vm: copy lib.sh
# vm: expect-panic sysrq
# vm: then boot-after-panic.sh
# vm: then boot-kept-out.sh
# vm: then boot-without-bus.sh
# vm: then boot-not-early.sh
# vm: then boot-enforced.sh
. "$(dirname "$0")/lib.sh"

publisher_new main
publisher_trust main
# A machine that dies sooner after an apply holds that against the patch: tests/vm/daemon/test-guard.sh.
printf '[Boot]\nSettleSec=1\n' > /etc/kpatchd/kpatchd.conf
publish fix "$SAMPLES/kpatch_sample_version.ko"
publish broken "$SAMPLES/kpatch_sample_pair.ko"
publish hard "$SAMPLES/kpatch_sample_hardening.ko"
for id in broken fix hard; do
        step "import $id" kpatchctl import "$id.ko"
        step "apply $id" kpatchctl apply "$id"
done
# A feed whose timestamp expires while the machine boots: this boot's clock is two days behind, the next one's is right. What
# this host has of it by then is known to be for it, and not stored.
for role in root patch feed time; do kpatch-feed keygen "$role.key" > /dev/null; done
kpatch-feed root --key root=root.key.pub --key patch=patch.key.pub --key feed=feed.key.pub --key timestamp=time.key.pub \
        --expires 2040-01-01 --out shop.payload
kpatch-feed sign --key root.key --type root shop.payload --out shop.root.json
date -s "@$(($(date +%s) - 2 * 86400))" > /dev/null
kpatch-feed init --root shop.root.json work
step "a feed has a patch" add late 1 "$PATCHES/kpatch_test_level1.ko"
kpatch-feed stage --dir work > /dev/null
kpatch-feed sign --dir work --type feed --key feed.key > /dev/null
kpatch-feed timestamp --dir work --key time.key --days 1 > /dev/null
kpatch-feed publish --dir work /srv/feed > /dev/null
publisher_trust shop
printf '[Feed]\nURL=file:///srv/feed\nPolicy=notify\n' > /etc/kpatchd/feeds.d/shop.conf
step "refresh" kpatchctl refresh
expect_output false busctl get-property org.kpatchd1 /org/kpatchd1/feed/shop org.kpatchd1.Feed FeedStale
sync -f /srv/feed
settled() { [[ -z $(ls "$STATE/attempts") ]]; }
eventually 30 settled
# Debian clears /tmp at boot, while the early unit is being started. This does so all the while.
cat > /usr/local/bin/clear-tmp << 'END'
#!/usr/bin/python3
import os, shutil, time
if os.fork():
    os._exit(0)
end = time.monotonic() + 60
while time.monotonic() < end and not os.path.exists("/run/kpatchd/reapplied"):
    for name in os.listdir("/tmp"):
        shutil.rmtree("/tmp/" + name, ignore_errors=True)
END
chmod 755 /usr/local/bin/clear-tmp
cat > /etc/systemd/system/clear-tmp.service << 'END'
[Unit]
DefaultDependencies=no
After=local-fs.target
Before=kpatchd-reapply.service
[Service]
Type=forking
ExecStart=/usr/local/bin/clear-tmp
[Install]
WantedBy=sysinit.target
END
systemctl --quiet enable clear-tmp.service
# The next boots are confined by AppArmor from the start. Nothing has the unit wait for that elsewhere.
systemctl unmask apparmor.service
mkdir -p /etc/apparmor.d/local
echo 'audit /proc/cmdline r,' > /etc/apparmor.d/local/kpatchd
mkdir /etc/systemd/system/kpatchd-reapply.service.d
printf '[Unit]\nAfter=apparmor.service\n' > /etc/systemd/system/kpatchd-reapply.service.d/test.conf
# One that cannot be applied again must not keep the others out.
rm "$STATE/manifests/broken=1.json"
sync -f "$STATE"
echo c > /proc/sysrq-trigger
