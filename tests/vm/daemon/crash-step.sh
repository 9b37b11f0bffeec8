#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: copy lib.sh crash-lib.sh
# vm: expect-panic sysrq
. "$(dirname "$0")/crash-lib.sh"

judge
panic_at "$@"
