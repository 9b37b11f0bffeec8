#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# kill -9 at each step of import, apply, replace, rollback and reapply, on a real kernel: after a new start, status says what
# the kernel says, and the operation can be repeated. What is rolled back has replaced something, which comes back.
# vm: copy lib.sh steps.sh
# vm: timeout 900
# shellcheck source=tests/vm/daemon/steps.sh
. "$(dirname "$0")/steps.sh"
. "$(dirname "$0")/lib.sh"

publisher_new main
publisher_trust main
publish fix "$SAMPLES/kpatch_sample_version.ko"
publish new "$PATCHES/kpatch_test_level3.ko"
publish spare "$SAMPLES/kpatch_sample_hardening.ko"
declare -A module_of=([fix]=kpatch_sample_version [new]=kpatch_test_level3)

# The tests' build of the daemon, which dies at the point that $KPATCHD_FAULT names, in the unit as it is. The file is read
# at each step: nothing has to be started anew for it.
install -m 755 "$TESTED" /usr/libexec/kpatchd/kpatchd-test
for unit in kpatchd kpatchd-reapply; do
        mkdir -p /run/systemd/system/$unit.service.d
        cat > /run/systemd/system/$unit.service.d/fault.conf <<END
[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=
ExecStart=/usr/libexec/kpatchd/kpatchd-test$([[ $unit == kpatchd ]] || echo ' --reapply')
Environment=KPATCHD_FAULT=/run/kpatchd-fault
Restart=no
END
done
fault_at() { echo "$1" > /run/kpatchd-fault; }
fault_at none
systemctl daemon-reload

is_killed() { [[ $(systemctl show -p ExecMainStatus -p ActiveState --value "$1") == $'9\nfailed' ]]; }

# died UNIT: it did so of SIGKILL.
died() {
        fault_at none
        eventually 10 is_killed "$1"
}

# dies FAULT COMMAND...
dies() {
        fault_at "$1"
        shift
        expect_exit 4 "$@" 2>/dev/null
        died kpatchd
}

# look: what status says of each patch, which must be what the kernel says of it. The page is read, as jq takes longer to start than
# kpatchctl to answer.
declare -A state=()
ask() { kpatchctl status > page 2> /dev/null; }
look() {
        local id version says kernel
        state=()
        # It has two seconds, which is little on a machine that is busy.
        eventually 30 ask
        while read -r id version says _; do
                case $id in
                Generation) generation=$version ;;
                fix | new | spare) state[$id]=$says ;;
                esac
        done < page
        for id in fix new; do
                if in_kernel "${module_of[$id]}"; then kernel=applied; else kernel=other; fi
                case $kernel.${state[$id]} in
                applied.applied | other.stored | other.failed | other.superseded) ;;
                *) fail "of $id status says ${state[$id]:-nothing}, the kernel $kernel" ;;
                esac
        done
}

# in_force ID...: these are, and no others.
in_force() {
        local id found=
        for id in fix new; do
                [[ ${state[$id]} != applied ]] || found+=" $id"
        done
        [[ $found == " $*" ]] || fail "in force is$found, not $*"
}

show() { printf '%-9s %-14s %-12s %s\n' "$@"; }

# row KIND STEP VERB ID: the operation, killed and then repeated.
row() {
        local kind=$1 at=$2 verb=$3 id=$4 before=$generation found
        dies "$verb.$at" kpatchctl "$verb" "$id"
        look
        found=${state[$id]}
        [[ $generation -eq $before || $generation -eq $((before + 1)) ]] || fail "generation $generation after $before"
        if [[ $generation -eq $before ]]; then
                kpatchctl "$verb" "$id" > /dev/null || fail "it cannot be repeated"
        elif [[ $verb == apply ]]; then
                expect_exit 14 kpatchctl apply "$id" 2> /dev/null
        fi
        look
        [[ $generation -eq $((before + 1)) ]] || fail "generation $generation, not $((before + 1))"
        show "$kind" "$at" "$found" "${state[$id]}"
}

for id in fix new; do step "import $id" kpatchctl import $id.ko; done
look

[[ ${#APPLY_STEPS[@]} -eq ${#ROLLBACK_STEPS[@]} ]] || fail "the steps of apply and rollback do not go in pairs any more"
show killed at 'then' repeated
for i in "${!APPLY_STEPS[@]}"; do
        row apply "${APPLY_STEPS[i]}" apply fix
        in_force fix
        row replace "${APPLY_STEPS[i]}" apply new
        in_force new
        row rollback "${ROLLBACK_STEPS[i]}" rollback new
        in_force fix
        kpatchctl rollback fix > /dev/null || fail "rollback"
        generation=$((generation + 1))
done
kpatchctl apply fix > /dev/null || fail "apply"
look
for at in "${REAPPLY_STEPS[@]}"; do
        before=$generation
        # As a boot finds it: what is wanted is not in the kernel.
        echo 0 > "$SYSFS/${module_of[fix]}/enabled"
        rmmod "${module_of[fix]}"
        fault_at "reapply.$at"
        expect_exit 1 systemctl restart kpatchd-reapply 2> /dev/null
        died kpatchd-reapply
        look
        found=${state[fix]}
        step_output=$(systemctl restart kpatchd-reapply 2>&1) || fail "it cannot be repeated: $step_output"
        look
        in_force fix
        [[ $generation -eq $before ]] || fail "it has made generation $generation"
        show reapply "$at" "$found" "${state[fix]}"
done
for at in "${IMPORT_STEPS[@]}"; do
        [[ -z ${state[spare]:-} ]] || kpatchctl remove spare > /dev/null || fail "remove"
        dies "import.$at" kpatchctl import spare.ko
        look
        found=${state[spare]:--}
        if [[ -z ${state[spare]:-} ]]; then
                kpatchctl import spare.ko > /dev/null || fail "import cannot be repeated"
        fi
        look
        [[ ${state[spare]:-} == stored ]] || fail "it is ${state[spare]:-unknown}"
        show import "$at" "$found" "${state[spare]}"
done
step "what was stored last works" kpatchctl apply spare
step "and comes out" kpatchctl rollback spare
step "so does the other" kpatchctl rollback fix
step "the core unloads when nothing uses it" rmmod kpatch_core
