# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# How the story is told: what a person types, what comes back, and a check of each step that ends the story as failed.

if [[ -t 1 || -n ${DEMO_COLOR:-} ]]; then
        bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
        bold='' dim='' green='' red='' plain=''
fi

# A paragraph of the teller.
tell() {
        printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

# Shows a command as it is typed, runs it in this shell, shows what it prints. What it printed is in $seen, its exit
# status in $status.
type_in() {
        printf '  %s$ %s%s\n' "$dim" "$*" "$plain"
        status=0
        seen=$(eval "$*" 2>&1) || status=$?
        [[ -z $seen ]] || printf '%s\n' "$seen" | sed 's/^/    /'
}

# check WHAT CONDITION...: what must now be so.
check() {
        local what=$1
        shift
        if "$@"; then
                printf '  %s[ok]%s %s\n' "$green" "$plain" "$what"
        else
                printf '  %s[FAILED]%s %s\n' "$red" "$plain" "$what"
                exit 1
        fi
}

succeeded() { [[ $status -eq 0 ]]; }
failed() { [[ $status -ne 0 ]]; }
shows() { [[ $seen == *"$1"* ]]; }

# The hole: one of alice's programs reads the memory of another one.
victim_starts() {
        runuser -u alice -- python3 -c '
import time
secret = "hunter" + str(2)   # put together at run time: not on the command line
time.sleep(3600)' &
        sleep 1
        victim=$(pgrep -u alice -n python3)
}

# Another program of alice's.
steal() {
        runuser -u alice -- /usr/share/kpatchd/demo/steal "$@"
}
