#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# Who may do what, with the real polkit: nobody but root by default, whom a rule allows, and readers always. First what
# kpatchctl says, then every method there is.
# vm: copy lib.sh methods ../kernel/sleeper
# vm: timeout 600
. "$(dirname "$0")/lib.sh"
here=$(dirname "$(realpath "$0")")

publisher_new main
publisher_trust main
publish fix "$SAMPLES/kpatch_sample_version.ko"
chmod 755 /root "$WORK"; chmod 644 fix.*

for verb in status list; do
        step "alice may $verb" as_user alice kpatchctl "$verb"
done
refused NotAuthorized 5 org.kpatchd1.import as_user alice kpatchctl --no-ask-password import "$WORK/fix.ko"

rule() {
        cat > /etc/polkit-1/rules.d/10-test.rules <<END
polkit.addRule(function(action, subject) {
        if (subject.user == "alice" && ($1))
                return polkit.Result.YES;
});
END
        systemctl restart polkit
}
rule 'action.id == "org.kpatchd1.import"'
step "allowed to import, alice imports" as_user alice kpatchctl import "$WORK/fix.ko"
refused NotAuthorized 5 org.kpatchd1.apply as_user alice kpatchctl --no-ask-password apply fix
rule 'action.id == "org.kpatchd1.apply" && action.lookup("patch") == "fix=1"'
step "allowed to apply that one patch, alice applies it" as_user alice kpatchctl apply fix
refused NotAuthorized 5 org.kpatchd1.rollback as_user alice kpatchctl --no-ask-password rollback fix
is_patched || fail "not patched"
rule 'action.id == "org.kpatchd1.apply" && action.lookup("patch") == "other=1"'
step "root rolls back" kpatchctl rollback fix
refused NotAuthorized 5 org.kpatchd1.apply as_user alice kpatchctl --no-ask-password apply fix

say "every method"
publish busy "$PATCHES/kpatch_test_klpbusy.ko" --kernel-build-id "$(kpatch-feed build-id /sys/kernel/notes)" --replace \
        --function vmlinux:version_proc_show --function vmlinux:__do_sys_pause
step "import" kpatchctl import busy.ko
publish spare "$SAMPLES/kpatch_sample_hardening.ko"
printf '[Boot]\nSettleSec=0\n' > /etc/kpatchd/kpatchd.conf
printf '[Feed]\nURL=https://localhost:9\n' > /etc/kpatchd/feeds.d/main.conf
: > /run/kpatchd-test-rules
cat > /etc/polkit-1/rules.d/10-test.rules <<'END'
polkit.addRule(function(action, subject) {
        if (action.id.indexOf("org.kpatchd1.") == 0 &&
            polkit.spawn(["/bin/cat", "/run/kpatchd-test-rules"]).split("\n").indexOf(subject.user + " " + action.id) >= 0)
                return polkit.Result.YES;
});
END
systemctl restart polkit kpatchd
"$here/methods" || fail "not every method"
rm /etc/polkit-1/rules.d/10-test.rules

say "without polkit"
systemctl mask --runtime --now polkit
step "root may" kpatchctl apply fix
refused NotAuthorized 5 polkit as_user alice kpatchctl --no-ask-password rollback fix
step "root may" kpatchctl rollback fix
