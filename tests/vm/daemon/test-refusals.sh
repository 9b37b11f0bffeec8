#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: timeout 450
# Bad input on a real kernel: each has its own error name, exit code and sentence, and changes nothing.
# vm: copy lib.sh
. "$(dirname "$0")/lib.sh"

publisher_new main
publisher_new stranger
publish fix "$SAMPLES/kpatch_sample_version.ko"

say "without a trust root"
refused NoTrustRoot 20 feeds.d kpatchctl import fix.ko
publisher_trust main

say "altered, strange, or something else"
cp fix.json altered.json; cp fix.ko altered.ko
jq -c '.payload |= (@base64d | sub("Test patch"; "Best patch") | @base64)' fix.manifest.json > altered.manifest.json
refused SignatureInvalid 25 altered kpatchctl import altered.ko
cp fix.manifest.json altered.manifest.json
half=$(($(stat -c %s fix.ko) / 2))
printf '\x5a' | dd of=altered.ko bs=1 seek=$half conv=notrunc status=none
refused ModuleDigestMismatch 27 SHA-256 kpatchctl import altered.ko
head -c $half fix.ko > altered.ko
refused ModuleSizeMismatch 28 "$half" kpatchctl import altered.ko
cp fix.json strange.json; cp fix.ko strange.ko
sign strange stranger
refused KeyUnknown 24 key kpatchctl import strange.ko
refused PayloadTypeWrong 23 root kpatchctl import fix.ko main.root.json
head -c 1000 /dev/urandom > noise
refused EnvelopeInvalid 22 envelope kpatchctl import fix.ko noise

say "for another kernel"
publish other "$PATCHES/kpatch_test_otherbuild.ko"
refused BuildIdMismatch 30 "$(kpatchctl status --json | jq -r .kernel.build_id)" kpatchctl import other.ko
publish release "$SAMPLES/kpatch_sample_version.ko" --release 6.1.0-1-amd64
refused ReleaseMismatch 31 6.1.0-1-amd64 kpatchctl import release.ko
publish magic "$SAMPLES/kpatch_sample_version.ko"
change magic '.module.vermagic = "6.1.0-1-amd64 SMP "'
refused VermagicMismatch 32 vermagic kpatchctl import magic.ko

say "no module, no patch"
publish torn "$SAMPLES/kpatch_sample_version.ko"
head -c $half "$SAMPLES/kpatch_sample_version.ko" > torn.ko
change torn ".module.size = $half | .module.sha256 = \"$(sha256sum < torn.ko | cut -d' ' -f1)\""
refused ModuleInvalid 33 complete kpatchctl import torn.ko
publish plain "$SAMPLES/kpatch_sample_version.ko"
cp "$(modinfo -n kpatch_core)" plain.ko
change plain ".module.size = $(stat -c %s plain.ko) | .module.sha256 = \"$(sha256sum < plain.ko | cut -d' ' -f1)\""
refused NotAPatch 34 patch kpatchctl import plain.ko
publish swapped "$SAMPLES/kpatch_sample_version.ko"
cp "$SAMPLES/kpatch_sample_pair.ko" swapped.ko
change swapped ".module.size = $(stat -c %s swapped.ko) | .module.sha256 = \"$(sha256sum < swapped.ko | cut -d' ' -f1)\""
refused ModuleMismatch 35 manifest kpatchctl import swapped.ko

say "names"
refused InvalidPatchName 11 "'..'" kpatchctl apply ../../etc/passwd
refused InvalidPatchName 11 "'..'" kpatchctl apply fix=../1
refused NoSuchPatch 12 nothing kpatchctl apply nothing
refused NoSuchPatch 12 nothing kpatchctl rollback nothing
publish path "$SAMPLES/kpatch_sample_version.ko"
jq '.id = "../../../etc/cron.d/x"' path.json > path.json.new && mv path.json.new path.json
sign path 2>/dev/null && fail "kpatch-feed signs what no kpatchd accepts"
sign_by_openssl path
refused ManifestInvalid 26 id kpatchctl import path.ko

say "twice, or not at all"
step "import" kpatchctl import fix.ko
refused AlreadyStored 13 fix=1 kpatchctl import fix.ko
refused NotApplied 15 fix=1 kpatchctl rollback fix
cp "$SAMPLES/kpatch_sample_pair.ko" conflict.ko
kpatch-feed manifest conflict.ko --id fix --version 1 --title x --out conflict.json
sign conflict
refused VersionConflict 16 fix=1 kpatchctl import conflict.ko
step "apply" kpatchctl apply fix
refused AlreadyApplied 14 fix=1 kpatchctl apply fix
step "roll back" kpatchctl rollback fix

say "the kernel's own no"
publish noexist "$PATCHES/kpatch_test_noexist.ko"
step "import" kpatchctl import noexist.ko
refused KernelRefused 43 "kpatch_test_no_such_function" kpatchctl apply noexist
publish ambiguous "$PATCHES/kpatch_test_ambiguous.ko"
step "import" kpatchctl import ambiguous.ko
refused KernelRefused 43 'more than one' kpatchctl apply ambiguous
publish unreachable "$PATCHES/kpatch_test_unreachable.ko"
step "import" kpatchctl import unreachable.ko
refused KernelRefused 43 ftrace kpatchctl apply unreachable
step "load one by hand" insmod "$SAMPLES/kpatch_sample_pair.ko"
publish pair "$SAMPLES/kpatch_sample_pair.ko"
expect_output 'loaded by hand' kpatchctl list
say "a module by hand is listed, and is left alone"
echo 0 > "$SYSFS/kpatch_sample_pair/enabled"
rmmod kpatch_sample_pair

say "no core for this kernel"
systemctl stop kpatchd
rmmod kpatch_core
core=$(modinfo -n kpatch_core)
mv "$core" /root/core.aside
depmod
refused EngineUnavailable 40 kpatch_core kpatchctl apply fix
expect_output 'No kpatch_core' kpatchctl status
mv /root/core.aside "$core"
depmod
step "with the core back" kpatchctl apply fix
step "roll back" kpatchctl rollback fix

say "a full disk"
systemctl stop kpatchd
cp -a "$STATE" /root/state
mount -t tmpfs -o size=4M tmpfs "$STATE"
cp -a /root/state/. "$STATE"
head -c 8M /dev/zero > "$STATE/filler" 2>/dev/null
publish second "$SAMPLES/kpatch_sample_hardening.ko"
refused NoSpace 50 space kpatchctl import second.ko
refused NoSpace 50 space kpatchctl apply fix
rm "$STATE/filler"
step "with space" kpatchctl apply fix
head -c 8M /dev/zero > "$STATE/filler" 2>/dev/null
refused NoSpace 50 space kpatchctl rollback fix
is_patched || fail "the patch is not in force after a rollback that was refused"
rm "$STATE/filler"
step "with space" kpatchctl rollback fix
systemctl stop kpatchd
umount "$STATE"

say "an ordinary user"
publish third "$SAMPLES/kpatch_sample_pair.ko"
chmod 644 third.*
cp third.ko third.manifest.json /tmp
refused NotAuthorized 5 "Not authorized" as_user alice kpatchctl --no-ask-password import /tmp/third.ko
refused NotAuthorized 5 "Not authorized" as_user alice kpatchctl --no-ask-password apply fix
refused NotAuthorized 5 "Not authorized" as_user alice kpatchctl --no-ask-password rollback fix
expect_output fix as_user alice kpatchctl list
expect_exit 2 kpatchctl aply fix 2> typo
expect_output "apply" cat typo

say "a kernel that loads signed modules only"
# As scripts/sign-file of the kernel does: a CMS signature of the file, twelve bytes that say so, and a mark.
sign_module() {
        local size
        openssl cms -sign -binary -noattr -nocerts -nosmimecap -md sha256 -signer mok.pem -inkey mok.key -in "$1" -outform DER -out cms
        size=$(printf '%08x' "$(stat -c %s cms)" | sed 's/../\\x&/g')
        { cat "$1" cms && printf '\0\0\2\0\0\0\0\0%b~Module signature appended~\n' "$size"; } > "$2"
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=this machine's own" \
        -keyout mok.key -out mok.pem 2> /dev/null
sign_module "$SAMPLES/kpatch_sample_version.ko" signed-module.ko
expect_output "this machine's own" modinfo -F signer ./signed-module.ko
publish signed signed-module.ko
step "a patch whose module is signed is like others" kpatchctl import --apply signed.ko
step "roll back" kpatchctl rollback signed
echo 1 > /sys/module/module/parameters/sig_enforce
refused KernelRefused 43 "signed modules only" kpatchctl apply fix
refused KernelRefused 43 "key that the kernel trusts; kpatchd(8) says" kpatchctl apply signed
rmmod kpatch_core
refused EngineUnavailable 40 "did not load kpatch_core: this kernel loads signed modules only" kpatchctl apply fix
kpatchctl doctor --json | jq -e '.diagnoses[] | select(.check == "signatures").result == "warning"' > /dev/null ||
        fail "doctor does not say so: $(kpatchctl doctor --json)"
