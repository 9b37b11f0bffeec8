#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the project in the folder build; does nothing where nothing changed. Prints only what goes wrong.
set -euo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT

quietly() {
        "$@" >"$log" 2>&1 </dev/null || {
                cat "$log" >&2
                echo "Building kpatchd failed: $*" >&2
                exit 1
        }
}

# Debian's meson: one from elsewhere in PATH may lack Debian's Python modules.
meson=meson
[[ ! -x /usr/bin/meson ]] || meson=/usr/bin/meson

[[ -f build/build.ninja ]] || quietly "$meson" setup --werror build
quietly ninja -C build
