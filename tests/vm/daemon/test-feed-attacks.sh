#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# What is done to a feed by somebody who has its server, on a real host: the attacks of The Update Framework by their names, and the
# machine's clock years off. Then what only real units have: a client's certificate as a credential, and a health check.
# vm: copy lib.sh
# vm: timeout 900
. "$(dirname "$0")/lib.sh"

# release TREE
release() {
        kpatch-feed stage --dir work && kpatch-feed sign --dir work --type feed --key feed.key &&
                kpatch-feed sign --dir work --type feed --key feed2.key &&
                kpatch-feed timestamp --dir work --key time.key && kpatch-feed publish --dir work "$1"
} > /dev/null

payload_of() { jq -r .payload "$1" | base64 -d; }
object() { echo "objects/${1:0:2}/$1"; }

# serve TREE: from now on the server has that.
serve() {
        rm -rf /srv/feed
        cp -a "$1" /srv/feed
}

feed() { busctl get-property org.kpatchd1 /org/kpatchd1/feed/shop org.kpatchd1.Feed "$1"; }
version_of() { jq -r ".$1.version" "$STATE/feeds/shop/trust.json"; }

# attack NAME CODES: the host refuses what the server has, with one of these exit codes; what it trusts goes up or stays, and
# what it has stays.
attack() {
        local before after status=0 output
        before=$(footprint | grep -v /feeds/)
        local timestamp feed
        timestamp=$(version_of timestamp) feed=$(version_of feed)
        output=$(kpatchctl refresh shop 2>&1) || status=$?
        [[ " $2 " == *" $status "* ]] || fail "$1: exit status $status: $output"
        after=$(footprint | grep -v /feeds/)
        [[ $before == "$after" ]] || fail "$1: something changed: $(diff <(echo "$before") <(echo "$after"))"
        (($(version_of timestamp) >= timestamp && $(version_of feed) >= feed)) || fail "$1: the host has forgotten what it saw"
        is_patched || fail "$1: the patch is out of force"
        printf 'ok: %s: %s\n' "$1" "$(cut -c1-150 <<< "$output")"
}

# substitute FILE TARGET: from now on the server has one for the other, of the same size: only its hash tells.
substitute() {
        local size
        size=$(stat -c %s "$2")
        cp "$1" "$2"
        truncate -s "$size" "$2"
}

# subscribe SETTING...
subscribe() { printf '%s\n' '[Feed]' "$@" > /etc/kpatchd/feeds.d/shop.conf; }

say "a publisher, whose feeds need two signatures, and its server"
for key in root patch feed feed2 time; do kpatch-feed keygen "$key.key" > /dev/null; done
kpatch-feed root --key root=root.key.pub --key patch=patch.key.pub --key feed=feed.key.pub --key feed=feed2.key.pub \
        --threshold feed=2 --key timestamp=time.key.pub --expires 2040-01-01 --out shop.payload
kpatch-feed sign --key root.key --type root shop.payload --out shop.root.json
kpatch-feed init --root shop.root.json work
step "adds a patch" add fix 1 "$SAMPLES/kpatch_sample_version.ko"
step "publishes it" release now
cp -a now next
step "adds another" add more 1 "$PATCHES/kpatch_test_level1.ko"
step "publishes it" release next
serve now
for name in server client; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost \
                -addext subjectAltName=DNS:localhost -keyout $name.key -out $name.pem 2> /dev/null
done
cat > nginx.conf << END
events { }
http {
        access_log /var/log/nginx/access.log;
        root /srv/feed;
        server {
                listen 127.0.0.1:80;
                location /slow/ { alias /srv/feed/; limit_rate 10; }
                location /endless/ { proxy_pass http://127.0.0.1:82/; proxy_buffering off; }
        }
        server { listen 127.0.0.1:81; root /srv/evil; }
        server {
                listen 127.0.0.1:443 ssl;
                ssl_certificate $WORK/server.pem;
                ssl_certificate_key $WORK/server.key;
                ssl_verify_client on;
                ssl_client_certificate $WORK/client.pem;
        }
}
END
# It goes on in the background, and would keep a pipe open.
nginx -c "$WORK/nginx.conf" < /dev/null > nginx.log 2>&1 || fail "nginx: $(< nginx.log)"
# What it is asked for goes on until who asks has had enough.
printf '#!/bin/sh\nprintf "HTTP/1.0 200 OK\\r\\n\\r\\n"\nexec cat /dev/zero\n' > endless
chmod 755 endless
socat TCP-LISTEN:82,bind=127.0.0.1,reuseaddr,fork EXEC:./endless < /dev/null > /dev/null 2>&1 &
trap 'kill $(jobs -p) 2> /dev/null' EXIT
publisher_trust shop
# What was applied settles at once: later it would be one more change.
printf '[Boot]\nSettleSec=0\n' > /etc/kpatchd/kpatchd.conf
subscribe URL=http://localhost Policy=apply StallSec=2
step "refresh" kpatchctl refresh
protected() { is_patched && at_rest; }
eventually 60 protected
# From here on nothing is to happen by itself.
subscribe URL=http://localhost StallSec=2

say "attacks"
serve next
jq -c '.payload |= (@base64d | fromjson | .version += 1 | tojson | @base64)' next/timestamp.json > /srv/feed/timestamp.json
attack "arbitrary install" 25
serve next
subscribe URL=http://localhost/endless StallSec=2
attack "endless data" 53
subscribe URL=http://localhost/slow StallSec=2
attack "slow retrieval" 86
subscribe URL=http://localhost StallSec=2
list=$(payload_of next/timestamp.json | jq -r .feed.sha256)
substitute "now/$(object "$(payload_of now/timestamp.json | jq -r .feed.sha256)")" "/srv/feed/$(object "$list")"
attack "mix and match" 81
serve next
payload_of "next/$(object "$list")" | jq -c '.version += 1' > evil.feed
seal feed feed.key evil.feed evil.dsse
mkdir -p "/srv/feed/objects/$(sha256sum evil.dsse | cut -c1-2)"
cp evil.dsse "/srv/feed/$(object "$(sha256sum evil.dsse | cut -d' ' -f1)")"
payload_of next/timestamp.json | jq -c --arg sha "$(sha256sum evil.dsse | cut -d' ' -f1)" --argjson size "$(stat -c %s evil.dsse)" \
        '.version += 1 | .feed.version += 1 | .feed.sha256 = $sha | .feed.size = $size' > evil.timestamp
seal timestamp time.key evil.timestamp /srv/feed/timestamp.json
attack "key compromise below threshold" "24 25"
# That timestamp was signed as it should be: the publisher's next one has to exceed it.
kpatch-feed timestamp --dir work --key time.key > /dev/null
kpatch-feed timestamp --dir work --key time.key > /dev/null
step "the publisher goes on" kpatch-feed publish --dir work next
serve next
here=$(kpatch-feed build-id /sys/kernel/notes)
index=$(payload_of "next/$(object "$list")" | jq -r --arg id "$here" '.kernels[$id].sha256')
sed -i 's/"more"/"most"/' "/srv/feed/$(object "$index")"
attack "an index that was changed" 81
serve next
module_of() { jq -r --arg id "$1" '.patches[] | select(.id == $id) | (.zstd // .module).sha256' "next/$(object "$index")"; }
substitute "next/$(object "$(module_of fix)")" "/srv/feed/$(object "$(module_of more)")"
attack "wrong software: another patch's module" 81
mkdir -p /srv/evil
head -c 100000 /dev/urandom > /srv/evil/timestamp.json
serve next
subscribe URL=http://localhost:81 URL=http://localhost StallSec=2
step "malicious mirror: the next address helps" kpatchctl refresh shop
expect_output stored state_of more
subscribe URL=http://localhost StallSec=2
serve now
attack "rollback" 82
payload_of next/timestamp.json | jq -c '.version = 1000000' > evil.timestamp
serve next
seal timestamp time.key evil.timestamp /srv/feed/timestamp.json
step "fast-forward: whoever has the key may" kpatchctl refresh shop
serve next
attack "fast-forward" 82
for round in 1 2 3; do
        kpatch-feed keygen "time$round.key" > /dev/null
        old=time$((round - 1)).key.pub
        [[ -e $old ]] || old=time.key.pub
        step "root $((round + 1))" kpatch-feed rotate --dir work --expires 2040-01-01 --remove "timestamp=$old" \
                --add "timestamp=time$round.key.pub"
        step "is signed" kpatch-feed sign --dir work --type root --key root.key
done
step "the publisher takes the key away" kpatch-feed timestamp --dir work --key time3.key
step "and publishes" kpatch-feed publish --dir work next
serve next
step "recovery, by a host that has slept through three roots" kpatchctl refresh shop
expect_output ' 4$' feed Versions

say "wrong software: whoever has the keys of feeds and not those of patches has a patch of another kernel build"
step "the publisher has one" add alien 1 "$PATCHES/kpatch_test_otherbuild.ko"
reissue() {
        kpatch-feed stage --dir work --renew && kpatch-feed sign --dir work --type feed --key feed.key &&
                kpatch-feed sign --dir work --type feed --key feed2.key
} > /dev/null
# timestamp: the publisher's, after what hosts have been made to believe.
timestamp() {
        kpatch-feed timestamp --dir work --key time3.key --after /srv/feed/timestamp.json && kpatch-feed publish --dir work next && serve next
} > /dev/null
step "and says so" reissue
step "publishes it" timestamp
step "that is not for this host" kpatchctl refresh shop
[[ -z $(state_of alien) ]] || fail "it is $(state_of alien)"
list_of() { payload_of "$1/$(object "$(payload_of "$1/timestamp.json" | jq -r .feed.sha256)")"; }
there=$(list_of next | jq -r --arg here "$here" '.kernels | keys[] | select(. != $here)')
[[ $there =~ ^[0-9a-f]{40}$ ]] || fail "not one other kernel: $there"
# hide FILE: puts it into what is served, under its hash; prints how it is referred to.
hide() {
        local sha
        sha=$(sha256sum "$1" | cut -d' ' -f1)
        mkdir -p "/srv/feed/objects/${sha:0:2}"
        cp "$1" "/srv/feed/$(object "$sha")"
        jq -nc --arg sha "$sha" --argjson size "$(stat -c %s "$1")" '{ sha256: $sha, size: $size }'
}
# mislead INDEX: what is served has INDEX for this host's kernel, in a feed and a timestamp that are signed as they should be.
mislead() {
        list_of /srv/feed | jq -c --arg here "$here" --argjson index "$1" '.version += 1 | .kernels[$here] = $index' > evil.feed
        seal feed feed.key evil.feed evil.dsse
        seal feed feed2.key evil.feed evil2.dsse
        jq -s '.[0].signatures += .[1].signatures | .[0]' evil.dsse evil2.dsse > both.dsse
        payload_of /srv/feed/timestamp.json | jq -c --argjson feed "$(hide both.dsse)" \
                '.version += 1 | .feed = { version: (.feed.version + 1) } + $feed' > evil.timestamp
        seal timestamp time3.key evil.timestamp /srv/feed/timestamp.json
}
mislead "$(list_of next | jq -c --arg there "$there" '.kernels[$there]')"
attack "wrong software: another kernel's index" 80
index=next/$(object "$(list_of next | jq -r --arg there "$there" '.kernels[$there].sha256')")
jq -c --arg here "$here" '.build_id = $here' "$index" > evil.index
mislead "$(hide evil.index)"
attack "wrong software: another kernel's patch in this kernel's index" 80
[[ -z $(state_of alien) ]] || fail "it is $(state_of alien)"

say "extraneous dependencies: the same thief has a patch depend on another one than those say who approved it"
step "the publisher has one, for all since yesterday" add pair 1 "$SAMPLES/kpatch_sample_pair.ko"
step "and says so" kpatch-feed rollout --dir work pair=1 --not-before "$(date -u -d yesterday +%F)"
for _ in 1 2 3; do step "the publisher goes on" reissue; done
step "publishes" timestamp
index=next/$(object "$(list_of next | jq -r --arg here "$here" '.kernels[$here].sha256')")
jq -c '.patches |= map(if .id == "pair" then .depends = ["trojan"] else . end)' "$index" > evil.index
mislead "$(hide evil.index)"
attack "extraneous dependencies" 80
[[ -z $(state_of pair) ]] || fail "it is $(state_of pair)"
for _ in 1 2; do step "the publisher goes on" reissue; done
step "publishes" timestamp

say "clocks"
now=$(date +%s)
date -s "@$((now - 10 * 365 * 86400))" > /dev/null
subscribe URL=http://localhost Policy=apply StallSec=2
step "the other one stays out of force" kpatchctl hold more
step "ten years behind: a refresh" kpatchctl refresh shop
# By this clock nobody takes it yet; by the time that the feed has signed all do.
early() { in_kernel kpatch_sample_pair && at_rest; }
eventually 60 early
expect_output '"pair=1" "offered"' feed Patches
expect_output false feed FeedStale
subscribe URL=http://localhost StallSec=2
step "the other one may be applied" kpatchctl unhold more
# The same timestamp until the clock has passed its end.
date -s "@$((now + 5 * 365 * 86400))" > /dev/null
attack "indefinite freeze" 83
expect_output true feed FeedStale
expect_exit 83 kpatchctl apply more
# Everything has expired, and the machine boots: what is in force is brought back.
date -s "@$((now + 20 * 365 * 86400))" > /dev/null
systemctl stop kpatchd
echo 0 > "$SYSFS/kpatch_sample_version/enabled"
rmmod kpatch_sample_version
is_patched && fail "the patch is in force"
step "a boot after all has expired" systemctl restart kpatchd-reapply
is_patched || fail "the patch is not in force"
attack "a clock that has passed the root's end" "29 83"
date -s "@$now" > /dev/null
step "the clock is right again: a refresh" kpatchctl refresh shop
expect_output false feed FeedStale

say "a certificate as a credential"
install -D -m 644 server.pem /etc/kpatchd/server.pem
cat client.pem client.key > /etc/kpatchd/client.pem
chmod 600 /etc/kpatchd/client.pem
subscribe URL=https://localhost CaFile=/etc/kpatchd/server.pem
attack "a client without its certificate" 85
mkdir -p /etc/systemd/system/kpatchd-fetch@.service.d
printf '[Service]\nLoadCredential=shop.pem:/etc/kpatchd/client.pem\n' > /etc/systemd/system/kpatchd-fetch@.service.d/shop.conf
systemctl daemon-reload
step "a client with it" kpatchctl refresh shop

say "a health check"
# It says what it may do, and no.
cat > /etc/kpatchd/health << 'END'
echo "$KPATCHD_FEED asks about $KPATCHD_PATCH, as $(id -u)"
grep -q 'live patched' /proc/version || exit 7
touch /etc/kpatchd/touched 2> /dev/null && exit 8
exit 9
END
subscribe URL=https://localhost CaFile=/etc/kpatchd/server.pem Policy=apply \
        "HealthCheck=/bin/sh /etc/kpatchd/health" HealthSec=60
step "refresh" kpatchctl refresh shop
why_not() { kpatchctl list --json | jq -r '.patches[] | select(.id == "more").quarantined'; }
vetoed() { at_rest && [[ $(why_not) != null ]]; }
eventually 60 vetoed
expect_output 'exit status 9' why_not
expect_output stored state_of more
in_kernel kpatch_test_level1 && fail "the patch is in force in spite of the veto"
journalctl -t kpatchd-health | grep -q 'shop asks about more=1, as 0' || fail "the journal lacks it: $(journalctl -t kpatchd-health)"
say "done"
