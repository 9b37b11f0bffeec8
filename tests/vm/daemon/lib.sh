# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of the daemon in the guest:  . ./lib.sh
# shellcheck disable=SC2034 # used by the tests

# shellcheck source=tests/vm/guest/lib.sh disable=SC1091
. /usr/lib/kpatchd-test/lib.sh

STATE=/var/lib/kpatchd
SYSFS=/sys/kernel/kpatch
SAMPLES=/usr/share/kpatchd/samples
PATCHES=/usr/lib/kpatchd-test/patches
TESTED=/usr/lib/kpatchd-test/bin/kpatchd-test
WORK=/root/publisher

mkdir -p "$WORK"
cd "$WORK" || exit 1

# As in the guest's library, after what the daemon and the core said of it: nobody can ask them once the guest is gone.
fail() {
        journalctl --boot --no-hostname --output short-monotonic --lines 25 --unit 'kpatchd*'
        journalctl --boot --no-hostname --output short-monotonic --lines 8 --dmesg --grep kpatch_core:
        printf 'FAIL: %s\n' "$*"
        exit 1
}

# A publisher with a key, whom this host trusts.
publisher_new() {
        kpatch-feed keygen "$1.key" >/dev/null
        kpatch-feed root --key "root=$1.key.pub" --key "patch=$1.key.pub" --expires 2040-01-01 --out "$1.root.payload"
        kpatch-feed sign --key "$1.key" --type root "$1.root.payload" --out "$1.root.json"
}

publisher_trust() {
        install -D -m 644 "$1.root.json" "/etc/kpatchd/feeds.d/$1.root.json"
}

# publish ID MODULE.ko [OPTION...]: makes ID.ko and ID.manifest.json in the present folder, signed by the key "main".
publish() {
        local id=$1 module=$2
        shift 2
        cp "$module" "$id.ko"
        kpatch-feed manifest "$id.ko" --id "$id" --version 1 --title "Test patch $id" --out "$id.json" "$@" || return
        sign "$id"
}

# sign ID [KEY] [TYPE]: signs ID.json.
sign() {
        rm -f "$1.manifest.json"
        kpatch-feed sign --key "${2:-main}.key" --type "${3:-manifest}" "$1.json" --out "$1.manifest.json"
}

# seal TYPE KEY PAYLOAD ENVELOPE: signs as somebody who has a key and no scruples.
seal() {
        local type=application/vnd.kpatchd.$1+json
        printf 'DSSEv1 %d %s %d ' ${#type} "$type" "$(stat -c %s "$3")" | cat - "$3" > pae
        openssl pkeyutl -sign -inkey "$2" -rawin -in pae -out sig || return
        jq -n --arg type "$type" --arg payload "$(base64 -w0 "$3")" --arg sig "$(base64 -w0 sig)" \
                '{ payloadType: $type, payload: $payload, signatures: [ { keyid: "", sig: $sig } ] }' > "$4"
}

# sign_by_openssl ID: signs ID.json with openssl alone, for what kpatch-feed refuses to sign.
sign_by_openssl() { seal manifest main.key "$1.json" "$1.manifest.json"; }

# add ID VERSION MODULE [OPTION...]: approves a patch by patch.key, and puts it into the publisher's folder "work".
add() {
        local id=$1 version=$2 module=$3
        shift 3
        cp "$module" "$id-$version.ko"
        kpatch-feed manifest "$id-$version.ko" --id "$id" --version "$version" --title "Test patch $id" \
                --severity important --out new.json "$@" &&
                kpatch-feed sign --type manifest --key patch.key new.json --out "$id-$version.dsse" &&
                kpatch-feed add --dir work "$id-$version.dsse" "$id-$version.ko"
}

# change ID FILTER: changes the manifest by a jq filter and signs it again.
change() {
        jq "$2" "$1.json" > "$1.json.new" && mv "$1.json.new" "$1.json"
        sign "$1"
}

# What must be the same before and after something that is refused: the store, the kernel's patches, its modules.
footprint() {
        find "$STATE" -type f ! -path '*/history/*' -exec sha256sum {} + 2>/dev/null | sort
        find "$SYSFS" -path '*/enabled' -exec grep -H . {} + 2>/dev/null | sort
        grep -v '^kpatch_core ' /proc/modules | awk '{ print $1, $3 }' | sort
}

# refused NAME CODE WORD COMMAND...: kpatchctl must say this D-Bus error name, this exit code, one sentence with WORD in
# it, and nothing must have changed.
refused() {
        local name=$1 code=$2 word=$3 before after output status=0
        shift 3
        before=$(footprint)
        output=$("$@" --json 2> refused.stderr) || status=$?
        after=$(footprint)
        [[ $status -eq $code ]] || fail "exit status $status, not $code, of: $* ($output $(cat refused.stderr))"
        [[ $output == *"\"org.kpatchd1.Error.$name\""* ]] || fail "not $name: $output"
        [[ $(wc -l < refused.stderr) -eq 1 ]] || fail "not one line: $(cat refused.stderr)"
        [[ $(cat refused.stderr) == *"$word"* ]] || fail "no '$word' in: $(cat refused.stderr)"
        [[ $before == "$after" ]] || fail "something changed: $(diff <(echo "$before") <(echo "$after"))"
        printf 'ok: %s (%s, %s)\n' "$(cut -c1-120 refused.stderr)" "$name" "$code"
}

# member_of ID NAME: what `kpatchctl list --json` has of a patch, a line for each version; of the members that come before lists.
# No jq: that takes three times as long to start as kpatchctl does.
member_of() {
        kpatchctl list --json | awk -v RS='"id":"' -v id="$1" -v name="$2" '
                index($0, id "\"") == 1 && match($0, "\"" name "\":(\"[^\"]*\"|[a-z0-9]+)") {
                        value = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
                        gsub(/"/, "", value)
                        print value
                }'
}

# The state that status shows of a patch, and what the kernel says.
state_of() { member_of "$1" state; }
in_kernel() { [[ $(cat "$SYSFS/$1/enabled" 2>/dev/null) == 1 ]]; }
is_patched() { grep -q 'live patched' /proc/version; }
# No job is under way. A job goes on for a moment after the kernel has what it wants: it writes down what it did.
at_rest() { ! busctl get-property org.kpatchd1 /org/kpatchd1 org.kpatchd1.Manager Jobs | grep -q /job/; }

# confine: loads the project's AppArmor profiles, as its package does. A test that has them asks for denials at its end.
confine() {
        local profile
        for profile in kpatchd kpatchd-fetch kpatchd-stack; do
                step "$profile" apparmor_parser --replace --skip-cache "/etc/apparmor.d/$profile"
        done
        for profile in kpatchd kpatchd-parse kpatchd-fetch kpatchd-stack; do
                grep -qx "$profile (enforce)" /sys/kernel/security/apparmor/profiles || fail "$profile is not enforced"
        done
}
# confined PROFILE PID: a process must be in it, and held to it.
confined() { [[ $(< "/proc/$2/attr/current") == "$1 (enforce)" ]] || fail "$1 is: $(< "/proc/$2/attr/current")"; }
# apparmor RESULT: what the kernel logged of the project's profiles in this boot.
apparmor() {
        journalctl --sync
        journalctl -b -o cat | grep -E "apparmor=\"$1\".* profile=\"kpatchd" || true
}
no_denials() {
        local denied
        confined kpatchd "$(systemctl show -p MainPID --value kpatchd)"
        denied=$(apparmor DENIED)
        [[ ! $denied ]] || fail "AppArmor denied: $denied"
        printf 'ok: AppArmor denied nothing\n'
}
