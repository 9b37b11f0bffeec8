#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernels 6.1 6.12 7.2
# vm: copy torturer
# vm: timeout 600
# Patches are switched at random on a machine that has no rest; tests/vm/torture does it for longer.
set -euo pipefail
cd "$(dirname "$0")"

exec ./torturer --switches 60 --minutes 1.5 "$@"
