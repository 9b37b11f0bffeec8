#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The next boot is to panic at that step of its reapply.
# vm: copy lib.sh crash-lib.sh
. "$(dirname "$0")/crash-lib.sh"

judge
panic_at reapply "$@"
