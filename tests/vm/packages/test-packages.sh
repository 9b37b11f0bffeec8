#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: packages
# vm: timeout 1800
# The Debian packages on a machine that has none of the project: apt installs them, DKMS builds the core, a patch is applied and
# rolled back as in the README; they are upgraded with the patch in force; DKMS builds the core for a kernel whose headers come
# later; purging leaves nothing behind. The compiler's part of DKMS's builds comes from a cache (tests/vm/lib/debs.py).
# vm: copy ../../../debian/tests/apply-story
# shellcheck source=tests/vm/guest/lib.sh disable=SC1091
. /usr/lib/kpatchd-test/lib.sh
cd "$(dirname "$0")" || exit 1
# shellcheck source=/dev/null
. ./ccache.env
cp -r ccache /var/cache/
export DEBIAN_FRONTEND=noninteractive

traces() {
        find / /run -xdev \( -path /root -o -path /usr/lib/kpatchd-test -o -path /var/log -o -path /proc -o -path /sys \) -prune -o \
                -name '*kpatch*' ! -name 'kpatchd-guest*' ! -name 'kpatchd-test*' ! -name 'kpatchd.control' ! -name 'kpatchd.output' -print
        find /etc -newer started -type f
}
version_of() { dpkg-query --show --showformat '${Version}' "$1"; }
built_for() { [[ $(dkms status -m kpatchd -v "$1" -k "$2") == *installed* && -e /lib/modules/$2/updates/dkms/kpatch_core.ko ]]; }
listening() { systemctl is-active --quiet kpatchd-{fetch,health,stack}.socket kpatchd-refresh.timer; }
patched() { grep -q '(live patched)' /proc/version; }
took() { printf '   after %s s\n' "$SECONDS"; }

# The guest is without documentation, where the kit's examples are.
echo 'path-include=/usr/share/doc/kpatchd-dev/*' > /etc/dpkg/dpkg.cfg.d/zz-kpatchd-test
packages=(kpatchd kpatchd-core-dkms kpatch-feed kpatchd-dev kpatch-compat)
touch started
before=$(traces)

say "installed by apt"
step "apt" apt-get --quiet --yes install ./debs/*.deb
took
built_for 0.1.0 "$(uname -r)" || fail "no core for this kernel: $(dkms status)"
[[ $(systemctl show -p RandomizedDelayUSec,FixedRandomDelay,Persistent kpatchd-refresh.timer | sort | xargs) == \
        'FixedRandomDelay=yes Persistent=yes RandomizedDelayUSec=1h' ]] ||
        fail "the timer: $(systemctl cat kpatchd-refresh.timer)"
listening || fail "not started: $(systemctl list-units --all 'kpatchd*')"
journalctl --list-catalog | grep -qi patch || fail "no message catalog"
for profile in kpatchd kpatchd-parse kpatchd-fetch kpatchd-stack; do
        grep -qx "$profile (enforce)" /sys/kernel/security/apparmor/profiles || fail "AppArmor does not have $profile"
done
# The guest keeps no documentation.
installed=$(dpkg --verify "${packages[@]}" | grep -vE ' /usr/share/(doc|man)(/|$)')
[[ ! $installed ]] || fail "not as in the packages: $installed"

say "the README's story"
step "a patch is built, applied and rolled back" env AUTOPKGTEST_TMP=/root ./apply-story

took
[[ $(< "/proc/$(systemctl show -p MainPID --value kpatchd)/attr/current") == "kpatchd (enforce)" ]] || fail "the daemon is not confined"

say "upgraded with a patch in force"
cp /root/example.root.json /etc/kpatchd/feeds.d/
step "apply" kpatchctl apply fix-version
daemon=$(systemctl show -p MainPID --value kpatchd)
step "apt" apt-get --quiet --yes install ./debs-later/*.deb
took
[[ $(version_of kpatchd) == 9.0 ]] || fail "not upgraded"
patched || fail "the patch is not in force any more"
[[ $(systemctl show -p MainPID --value kpatchd) != "$daemon" ]] || fail "the old daemon still runs"
expect_output 'kpatchd +9\.0' kpatchctl status
expect_output '1 applied' kpatchctl status
listening || fail "not running any more: $(systemctl list-units --all 'kpatchd*')"
built_for 9.0 "$(uname -r)" || fail "no core of the new version: $(dkms status)"
[[ ! -e /usr/src/kpatchd-0.1.0 ]] || fail "the old source is still there"
step "rollback" kpatchctl rollback fix-version
patched && fail "it is still in force"
step "and once more" kpatchctl apply fix-version

say "the headers of another kernel"
step "apt" apt-get --quiet --yes install ./kernel/*.deb
took
other=$(dpkg-deb --field ./kernel/*.deb Package)
built_for 9.0 "${other#linux-headers-}" || fail "no core for ${other#linux-headers-}: $(dkms status)"

say "purged"
step "rollback" kpatchctl rollback fix-version
step "apt" apt-get --quiet --yes purge "${packages[@]}" "$other"
took
[[ -e /etc/kpatchd/feeds.d/example.root.json ]] || fail "the administrator's trust root went, too"
rm -r /etc/kpatchd
systemctl list-units --all --plain --no-legend 'kpatchd*' | grep -v kpatchd-test && fail "units are left"
after=$(traces)
[[ $before == "$after" ]] || fail "something is left: $(diff <(echo "$before") <(echo "$after"))"
say "done"
