#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# What tests/vm/crash begins with.
# vm: copy lib.sh crash-lib.sh
. "$(dirname "$0")/crash-lib.sh"

crash_begin fix new spare
