# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# What the boots of test-crash.sh and test-crash-replace.sh share.

# shellcheck source=tests/vm/daemon/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

TABLE=/root/crash-table
PENDING=/root/crash-pending
# Read by the reapply of the next boot, and by no other.
STAGED=/var/lib/kpatchd-test-fault
# Patches are called: fix; new, which replaces all others; spare, which is imported and no more.
declare -A module_of=([fix]=kpatch_sample_version [new]=kpatch_test_level3 [spare]=kpatch_sample_hardening)

# crash_begin ID...: publishes and imports these, and arms the reapply of each boot to come.
crash_begin() {
        local id
        publisher_new main
        publisher_trust main
        # Each crash is to count against the patch, and none against the boot.
        printf '[Boot]\nSettleSec=60\nBootCrashLimit=0\n' > /etc/kpatchd/kpatchd.conf
        install -m 755 "$TESTED" /usr/libexec/kpatchd/kpatchd-test
        for id; do
                publish "$id" "$(find "$SAMPLES" "$PATCHES" -name "${module_of[$id]}.ko")"
                [[ $id == spare ]] || step "import $id" kpatchctl import "$id.ko"
        done
        mkdir -p /etc/systemd/system/kpatchd-reapply.service.d
        cat > /etc/systemd/system/kpatchd-reapply.service.d/fault.conf <<END
[Service]
ExecStartPre=-+/bin/sh -c 'mv $STAGED /run/kpatchd-test-fault && sync'
ExecStart=
ExecStart=/bin/sh -c 'exec env \$\$(cat /run/kpatchd-test-fault 2>/dev/null) /usr/libexec/kpatchd/kpatchd-test --reapply'
ProtectKernelTunables=no
END
        sync
}

crash_end() {
        judge
        printf '%-9s %-10s %-12s %-12s %s\n' panic at 'at boot' quarantined repeated
        cat "$TABLE"
        [[ $(wc -l < "$TABLE") -eq $1 ]] || fail "not all of them"
}

kernel_has() { in_kernel "${module_of[$1]}"; }
generation() { busctl get-property org.kpatchd1 /org/kpatchd1 org.kpatchd1.Manager Generation | cut -d' ' -f2; }
wanted() { [[ $(member_of "$1" persistent) == true ]]; }
quarantined() { kpatchctl quarantine --json | grep -q '"patch"'; }

# What status says of each patch is what the kernel says.
agree() {
        local id state says
        while read -r id state; do
                if kernel_has "$id"; then says=applied; else says=other; fi
                [[ $state == applied ]] || state=other
                [[ $says == "$state" ]] || fail "of $id status says $state, the kernel $says"
        done < <(for id in "${!module_of[@]}"; do printf '%s %s\n' "$id" "$(state_of "$id")"; done)
}

# What was being put in force when the machine went down counts as what brought it down, from when that was on record.
check_guard() {
        case $1 in
        *.lock | *.verify | *.verify-module | *.check | *.attempt | rollback.* | import.*) [[ $2 == no ]] || fail "quarantined by a crash at $1" ;;
        *) [[ $2 == yes ]] || fail "not quarantined after $1" ;;
        esac
}

# judge_KIND STEP GENERATION-BEFORE: what must be in force, and the operation again.
judge_apply() {
        ! kernel_has fix || fail "it is in force after a crash at $1"
        step "apply again" kpatchctl apply fix
        { kernel_has fix && wanted fix; } || fail "the repeated apply did nothing"
}

judge_rollback() {
        wanted fix || return 0
        step "rollback again" kpatchctl rollback fix
        ! kernel_has fix || fail "the repeated rollback did nothing"
}

judge_import() {
        if [[ $1 != end ]]; then
                [[ -z $(state_of spare) ]] || fail "it is $(state_of spare) after a crash at $1"
                step "import again" kpatchctl import spare.ko
        fi
        [[ $(state_of spare) == stored ]] || fail "it is $(state_of spare)"
}

# What was to be replaced is back by its generation, unless the new one was on record.
judge_replace() {
        ! kernel_has new || fail "the new one is in force after a crash at $1"
        if [[ $(generation) -eq $2 ]]; then
                kernel_has fix || fail "what was not replaced is not in force"
        else
                ! kernel_has fix || fail "what was replaced is in force"
        fi
        step "replace again" kpatchctl apply new
        { kernel_has new && wanted new && ! kernel_has fix; } || fail "the repeated apply did nothing"
}

judge_reapply() {
        [[ $(generation) -eq $2 ]] || fail "a boot has made generation $(generation)"
        if [[ $1 == lock || $1 == verify* || $1 == check || $1 == attempt ]]; then
                kernel_has fix || fail "the next boot has not applied it"
                return 0
        fi
        ! kernel_has fix || fail "it is in force after a crash at $1"
        step "apply again" kpatchctl apply fix
        { kernel_has fix && wanted fix; } || fail "the repeated apply did nothing"
}

# What the boot before this one left: looked at, repeated, and a row of the table.
judge() {
        local kind at before guard=no patch=fix boot
        [[ -e $PENDING ]] || return 0
        read -r kind at before < "$PENDING"
        rm "$PENDING"
        case $kind in
        replace) patch=new ;;
        import) patch=spare ;;
        esac
        answers() { kpatchctl status > /dev/null 2>&1; }
        eventually 30 answers
        [[ ! -e $STAGED ]] || fail "the boot was not the one that it should be"
        agree
        boot=$(state_of $patch)
        if quarantined; then guard=yes; fi
        check_guard "$kind.$at" $guard
        [[ $(generation) -eq $before || $(generation) -eq $((before + 1)) ]] || fail "generation $(generation) after $before"
        kpatchctl verify > /dev/null || fail "not all that is stored is whole"
        [[ -z $(find "$STATE" -name '*.broken' -o -name '.*.tmp') ]] || fail "left behind: $(find "$STATE")"
        "judge_$kind" "$at" "$before"
        agree
        ! quarantined || fail "still quarantined"
        printf '%-9s %-10s %-12s %-12s %s\n' "$kind" "$at" "${boot:--}" "$guard" "$(state_of $patch)" >> "$TABLE"
}

# begin KIND: from where what was tried before it has left the host.
begin() {
        local id
        for id in new fix; do
                case $1.$id in
                rollback.fix | reapply.fix | replace.fix) kernel_has $id || kpatchctl apply $id > /dev/null || fail "apply before it" ;;
                *) ! kernel_has $id || kpatchctl rollback $id > /dev/null || fail "rollback before it" ;;
                esac
        done
        if [[ $1 == import && -n $(state_of spare) ]]; then
                kpatchctl remove spare > /dev/null || fail "remove before it"
        fi
}

# panic_at KIND STEP
panic_at() {
        local fault=$1 patch=fix verb=$1
        begin "$1"
        echo "$1 $2 $(generation)" > "$PENDING"
        case $1 in
        import) patch=spare.ko ;;
        replace) patch=new fault=apply verb=apply ;;
        reapply)
                echo "KPATCHD_FAULT=reapply.$2 KPATCHD_FAULT_PANIC=1" > "$STAGED"
                sync
                return 0
                ;;
        esac
        mkdir -p /run/systemd/system/kpatchd.service.d
        cat > /run/systemd/system/kpatchd.service.d/fault.conf <<END
[Service]
ExecStart=
ExecStart=/usr/libexec/kpatchd/kpatchd-test
Environment=KPATCHD_FAULT=$fault.$2 KPATCHD_FAULT_PANIC=1
ProtectKernelTunables=no
END
        systemctl daemon-reload
        # An orderly end of the one that goes on waiting counts what is settling as good.
        systemctl stop kpatchd
        systemctl stop kpatchd-settle
        sync
        kpatchctl "$verb" "$patch"
        sleep 30
        fail "the machine lives"
}
