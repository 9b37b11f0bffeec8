#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The whole way of a feed: kpatch-feed publishes, nginx serves it over TLS, the timer fires, and the patch is live; a successor
# takes its place, and what is withdrawn comes out. All with the units as they are installed, and confined by AppArmor.
# vm: copy lib.sh
# vm: timeout 600
. "$(dirname "$0")/lib.sh"

release() {
        kpatch-feed stage --dir work && kpatch-feed sign --dir work --type feed --key feed.key &&
                kpatch-feed timestamp --dir work --key time.key && kpatch-feed publish --dir work /srv/feed
} > /dev/null

feed() { busctl get-property org.kpatchd1 /org/kpatchd1/feed/shop org.kpatchd1.Feed "$1"; }

say "the AppArmor profiles"
mkdir -p /etc/apparmor.d/local
# It is too quick to be seen running.
echo 'audit /etc/ld.so.cache r,' > /etc/apparmor.d/local/kpatchd-parse
echo '/{usr/,}bin/cat mr,' | tee /etc/apparmor.d/local/kpatchd{,-fetch} > /etc/apparmor.d/local/kpatchd-stack
confine

say "a publisher"
for role in root patch feed time; do kpatch-feed keygen "$role.key" > /dev/null; done
kpatch-feed root --key root=root.key.pub --key patch=patch.key.pub --key feed=feed.key.pub --key timestamp=time.key.pub \
        --expires 2040-01-01 --out shop.payload
kpatch-feed sign --key root.key --type root shop.payload --out shop.root.json
kpatch-feed init --root shop.root.json work
mkdir -p /srv/feed
step "adds a patch" add fix 1 "$SAMPLES/kpatch_sample_version.ko" --level 6.1.999-1 --cve CVE-2026-1234
step "publishes it" release

say "its server"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost -keyout server.key -out server.pem 2> /dev/null
cat > nginx.conf << END
events { }
http {
        access_log /var/log/nginx/access.log;
        server {
                listen 127.0.0.1:443 ssl;
                ssl_certificate $WORK/server.pem;
                ssl_certificate_key $WORK/server.key;
                root /srv/feed;
        }
}
END
# It goes on in the background, and would keep a pipe open.
nginx -c "$WORK/nginx.conf" < /dev/null > nginx.log 2>&1 || fail "nginx: $(< nginx.log)"

say "the host subscribes, and the timer fires"
publisher_trust shop
install -D -m 644 server.pem /etc/kpatchd/server.pem
cat > /etc/kpatchd/feeds.d/shop.conf << END
[Feed]
URL=https://localhost
CaFile=/etc/kpatchd/server.pem
Policy=apply
END
mkdir -p /etc/systemd/system/kpatchd-refresh.timer.d
printf '[Timer]\nOnCalendar=\nOnActiveSec=1\nRandomizedDelaySec=0\nAccuracySec=1s\n' \
        > /etc/systemd/system/kpatchd-refresh.timer.d/soon.conf
systemctl daemon-reload
step "the timer" systemctl restart kpatchd-refresh.timer
protected() { is_patched && at_rest; }
eventually 120 protected
expect_output applied state_of fix
expect_output '"" ""' feed Error
grep -q ' 200 .*kpatchd/' /var/log/nginx/access.log || fail "nginx was not asked"

say "the unit of the boot finds it in force"
step "kpatchd --reapply" systemctl start kpatchd-reapply.service
[[ -e /run/kpatchd/reapplied ]] || fail "it was not run"

say "a file that a caller hands over"
cp fix-1.ko module.of-any-name
expect_exit 13 kpatchctl import module.of-any-name fix-1.dsse

say "what the host is told that it is now"
# A check may run out of its two seconds here, which is 4.
checks() { local status=0; kpatchctl check > checked || status=$?; [[ $status == "$1" ]]; }
eventually 60 checks 0
expect_output '^current: 1 patch is in force, level 6.1.999-1$' cat checked
expect_output '^6.1.999-1$' kpatchctl uname -q
expect_exit 0 kpatchctl cve CVE-2026-1234
expect_exit 71 kpatchctl cve CVE-2026-1235
kpatchctl cve --vex CVE-2026-1234 CVE-2026-1235 |
        jq -e '[.statements[].status] == ["fixed", "under_investigation"]' > /dev/null || fail "OpenVEX says something else"
expect_output 'kpatch_sample_version \[enabled\]' kpatchctl list --kpatch

say "a server that the system trusts"
cp /etc/kpatchd/feeds.d/shop.conf with-ca-file.conf
sed -i /CaFile/d /etc/kpatchd/feeds.d/shop.conf
expect_exit 85 kpatchctl refresh
install -D -m 644 server.pem /usr/local/share/ca-certificates/shop.crt
sed -i 's/^[^#!]/!&/' /etc/ca-certificates.conf # the others would take a minute here
step "its certificate is the system's" update-ca-certificates
step "refresh" kpatchctl refresh
cp with-ca-file.conf /etc/kpatchd/feeds.d/shop.conf

say "nothing new"
: > /var/log/nginx/access.log
step "refresh" kpatchctl refresh
[[ $(wc -l < /var/log/nginx/access.log) == 1 ]] || fail "not one request: $(cat /var/log/nginx/access.log)"
grep -q '"GET /timestamp.json HTTP/[0-9.]*" 304' /var/log/nginx/access.log || fail "not: not modified"

say "a successor, which takes the place of all others, while somebody listens to the bus"
busctl monitor --json=short org.kpatchd1 > monitored 2> /dev/null < /dev/null &
trap 'kill $(jobs -p) 2> /dev/null' EXIT
sleep 1 # busctl does not say when it is ready
step "is added" add fix 2 "$PATCHES/kpatch_test_level3.ko"
step "is published" release
step "refresh" kpatchctl refresh shop
superseded() { in_kernel kpatch_test_level3 && ! is_patched && at_rest; }
eventually 120 superseded
expect_output "^$(uname -r)\$" kpatchctl uname -q
expect_exit 70 kpatchctl cve CVE-2026-1234

say "it is withdrawn"
step "by its publisher" kpatch-feed withdraw --dir work fix=2 --action rollback --reason "It is a test."
step "is published" release
step "refresh" kpatchctl refresh
withdrawn() { kpatchctl list --json | jq -e '.patches[] | select(.version == "2").state == "withdrawn"' > /dev/null; }
eventually 120 withdrawn
in_kernel kpatch_test_level3 && fail "it is in force"
eventually 60 at_rest
is_patched || fail "what it had taken the place of is not back"

say "all of it was told on the bus, as it happened"
# heard FILTER: what signals said, in their order, each change once.
heard() { jq -r "select(.type == \"signal\") | $1 | select(. != null)" monitored | uniq | tr '\n' ' '; }
state() { heard "select(.member == \"PropertiesChanged\" and .path == \"/org/kpatchd1/patch/$1\") | .payload.data[1].State.data"; }
withdrawal_heard() { [[ $(state fix_3d2) == *withdrawn* ]]; }
eventually 30 withdrawal_heard
echo "fix=2: $(state fix_3d2)"
echo "fix=1: $(state fix_3d1)"
[[ $(state fix_3d2) =~ applying\ .*applied\ .*reverting\ .*withdrawn ]] || fail "not of the new one"
[[ $(state fix_3d1) =~ superseded\ .*applied ]] || fail "not of the old one"
for member in JobNew JobRemoved; do
        heard "select(.member == \"$member\") | .payload.data[0]" > "$member"
        echo "$member: $(< "$member")"
done
[[ -s JobNew && $(< JobNew) == "$(< JobRemoved)" ]] || fail "jobs began and did not end, or the other way round"
[[ $(heard 'select(.path | startswith("/org/kpatchd1/job/")) | .payload.data[1].Progress.data[2]?') == *"Loading the patch"* ]] ||
        fail "no progress"
[[ $(heard 'select(.path == "/org/kpatchd1/feed/shop") | .payload.data[1].Versions.data[0]?') =~ 2\ .*3 ]] || fail "not of the feed"
expect_exit 89 kpatchctl apply fix=2
expect_output 'fix=2 .*withdrawn' kpatchctl feeds shop

say "a boot is advised"
expect_exit 0 kpatchctl reboot-advice
step "by its publisher" kpatch-feed kernel --dir work "$(kpatch-feed build-id /sys/kernel/notes)" --reboot unpatchable \
        --reason "A structure grew."
step "is published" release
step "refresh" kpatchctl refresh
expect_exit 1 kpatchctl reboot-advice
expect_exit 4 kpatchctl check
login_says_so() { /etc/update-motd.d/85-kpatchd | grep -q 'a boot is advised (unpatchable)'; }
eventually 60 login_says_so
mkdir -p /var/lib/prometheus/node-exporter
step "metrics" systemctl start kpatchd-metrics.service
grep -qx 'kpatchd_reboot_reasons{kind="unpatchable"} 1' /var/lib/prometheus/node-exporter/kpatchd.prom ||
        fail "the metrics do not have it: $(cat /var/lib/prometheus/node-exporter/kpatchd.prom)"

say "the server is gone"
nginx -c "$WORK/nginx.conf" -s quit
expect_exit 85 kpatchctl refresh
kpatchctl status | grep -q 'last refresh failed' || fail "status says nothing: $(kpatchctl status)"

say "who has which rights"
as_user alice sh -c 'socat -u OPEN:/dev/null UNIX-CONNECT:/run/kpatchd-fetch.socket' 2> /dev/null && fail "alice has a downloader"
pid=$(systemctl show -p MainPID --value kpatchd)
confined kpatchd "$pid"
[[ $(readlink "/proc/$pid/ns/net") != $(readlink /proc/1/ns/net) ]] || fail "kpatchd has the network"
sleep infinity | socat STDIO UNIX-CONNECT:/run/kpatchd-fetch.socket > /dev/null &
holder=$!
downloader() { pgrep -x kpatchd-fetch > /dev/null; }
eventually 30 downloader
pid=$(pgrep -x kpatchd-fetch)
confined kpatchd-fetch "$pid"
status=/proc/$pid/status
[[ $(awk '/^Uid/ { print $2 }' "$status") -ge 1000 ]] || fail "it runs as $(grep ^Uid "$status")"
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
        [[ $(awk -v set="$set:" '$1 == set { print $2 }' "$status") =~ ^0+$ ]] || fail "$set of the downloader is not empty"
done
[[ $(awk '/^Seccomp:/ { print $2 }' "$status") == 2 && $(awk '/^NoNewPrivs/ { print $2 }' "$status") == 1 ]] ||
        fail "the downloader is not locked in"
nsenter --target "$pid" --mount -- /bin/true 2> /dev/null && fail "the downloader can start programs"
[[ $(awk '$5 == "/" { print $6 }' "/proc/$pid/mountinfo") == *ro,*noexec* ]] || fail "its file system can be written to"
grep -Eq '^Max file size +0 +0 ' "/proc/$pid/limits" || fail "it can write to files"
for unit in kpatchd 'kpatchd-fetch@' kpatchd-refresh kpatchd-metrics; do
        output=$(systemd-analyze security --offline=true --threshold=25 "/usr/lib/systemd/system/$unit.service") ||
                fail "systemd-analyze security is above 25: $(tail -1 <<< "$output")"
        tail -1 <<< "$output"
done
kill "$holder"

say "what AppArmor let them do"
sleep infinity | socat STDIO UNIX-CONNECT:/run/kpatchd-stack.socket > /dev/null &
holder=$!
stack_reader() { pgrep -x kpatchd-stack > /dev/null; }
eventually 30 stack_reader
confined kpatchd-stack "$(pgrep -x kpatchd-stack)"
kill "$holder"
expect_output 'profile="kpatchd-parse" name="/etc/ld.so.cache" .*comm="kpatchd-parse"' apparmor AUDIT
no_denials
# By root, whom nothing else keeps from it.
aa-exec -p kpatchd-fetch -- cat /etc/hosts > /dev/null || fail "the downloader cannot read what it may"
aa-exec -p kpatchd-fetch -- cat /etc/shadow > /dev/null 2>&1 && fail "the downloader can read passwords"
expect_output '^\[<' aa-exec -p kpatchd-stack -- cat /proc/1/stack
aa-exec -p kpatchd-stack -- cat /proc/1/environ > /dev/null 2>&1 && fail "the reader of stacks can read more of a process"
aa-exec -p kpatchd -- cat /etc/hosts > /dev/null || fail "the daemon cannot read what it may"
aa-exec -p kpatchd -- cat /etc/shadow > /dev/null 2>&1 && fail "the daemon can read passwords"
for name in /etc/shadow /proc/1/environ; do
        expect_output "name=\"$name\" .*comm=\"cat\"" apparmor DENIED
done
say "done"
