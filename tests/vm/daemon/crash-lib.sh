# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# What the boots of test-crash.sh share.

# shellcheck source=tests/vm/daemon/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

TABLE=/root/crash-table
PENDING=/root/crash-pending

kernel_says() { if is_patched; then echo applied; else echo other; fi; }
status_says() { if [[ $(state_of fix) == applied ]]; then echo applied; else echo other; fi; }
generation() { kpatchctl status --json | jq .generation; }
wanted() { kpatchctl list --json | jq -r '.patches[] | select(.id == "fix") | .persistent'; }
quarantined() { [[ $(kpatchctl quarantine --json | jq '.quarantine | length') -gt 0 ]]; }

agree() {
        [[ $(kernel_says) == "$(status_says)" ]] || fail "status says $(state_of fix), the kernel says $(kernel_says)"
}

# What the boot before this one left: looked at, repeated, and a row of the table.
judge() {
        local kind at before boot guard=no
        [[ -e $PENDING ]] || return 0
        read -r kind at before < "$PENDING"
        rm "$PENDING"
        answers() { kpatchctl status > /dev/null 2>&1; }
        eventually 30 answers
        agree
        boot=$(state_of fix)
        if quarantined; then guard=yes; fi
        # What was being put in force when the machine went down counts as what brought it down; no rollback does.
        case $kind.$at in
        apply.verify | apply.attempt | rollback.*) [[ $guard == no ]] || fail "quarantined by a crash at $kind.$at" ;;
        *) [[ $guard == yes && $boot != applied ]] || fail "not quarantined after $kind.$at, but $boot" ;;
        esac
        [[ $(generation) -eq $before || $(generation) -eq $((before + 1)) ]] || fail "generation $(generation) after $before"
        kpatchctl verify > /dev/null || fail "not all that is stored is whole"
        [[ -z $(find "$STATE" -name '*.broken' -o -name '.*.tmp') ]] || fail "left behind: $(find "$STATE")"
        if [[ $kind == apply ]]; then
                kpatchctl apply fix > /dev/null || fail "apply cannot be repeated"
                [[ $(kernel_says) == applied && $(wanted) == true ]] || fail "the repeated apply did nothing"
        elif [[ $(wanted) == true ]]; then
                kpatchctl rollback fix > /dev/null || fail "rollback cannot be repeated"
        fi
        agree
        printf '%-9s %-10s %-12s %-12s %s\n' "$kind" "$at" "$boot" "$guard" "$(state_of fix)" >> "$TABLE"
}

# panic_at KIND STEP: from where the other of the two has left it.
panic_at() {
        if [[ $1 == apply && $(kernel_says) == applied ]]; then
                kpatchctl rollback fix > /dev/null || fail "rollback before it"
        elif [[ $1 == rollback && $(kernel_says) != applied ]]; then
                kpatchctl apply fix > /dev/null || fail "apply before it"
        fi
        echo "$1 $2 $(generation)" > "$PENDING"
        mkdir -p /run/systemd/system/kpatchd.service.d
        cat > /run/systemd/system/kpatchd.service.d/fault.conf <<END
[Service]
ExecStart=
ExecStart=/usr/libexec/kpatchd/kpatchd-test
Environment=KPATCHD_FAULT=$1.$2 KPATCHD_FAULT_PANIC=1
ProtectKernelTunables=no
END
        systemctl daemon-reload
        # An orderly end counts what is settling as good.
        systemctl stop kpatchd
        sync
        kpatchctl "$1" fix
        sleep 30
        fail "the machine lives"
}
