#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what of tools/packages is missing. Needs nothing but bash and apt, and neither root nor the network where
# nothing is missing.
set -euo pipefail
cd "$(dirname "$0")"

# No process substitution here: it needs /dev/fd, which a bare chroot may lack.
words=$(sed 's/#.*//' packages | tr -s '[:space:]' ' ')
read -ra wanted <<<"$words"

if ! type apt-get dpkg-query >/dev/null 2>&1; then
        echo "kpatchd is built and tested on Debian 12, and there is no apt here; it needs these packages: ${wanted[*]}" >&2
        exit 1
fi

# dpkg-query fails where it knows nothing of a package, and still prints the others.
known=$(dpkg-query --show --showformat '${Package}=${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null) || true
missing=()
for package in "${wanted[@]}"; do
        [[ $'\n'$known$'\n' == *$'\n'"$package=installed"$'\n'* ]] || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

if [[ $EUID -ne 0 ]]; then
        echo "These packages are missing, and only root can install them: ${missing[*]}" >&2
        exit 1
fi

echo "Installing ${#missing[@]} packages: ${missing[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Tests start servers of their own: those of packages are not to, where nobody has said whether they may.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
        trap 'rm -f "$log" "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
fi
install() {
        DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes --no-install-recommends \
                -o DPkg::Lock::Timeout=300 install "${missing[@]}" >"$log" 2>&1 </dev/null
}
# The lists may be old or empty: try what is there, then refresh them.
if ! install; then
        apt-get --quiet -o DPkg::Lock::Timeout=300 update >>"$log" 2>&1 || {
                cat "$log" >&2
                echo "apt-get update failed; these packages are missing: ${missing[*]}" >&2
                exit 1
        }
        install || {
                tail -n 30 "$log" >&2
                echo "apt-get cannot install these packages: ${missing[*]}" >&2
                exit 1
        }
fi
