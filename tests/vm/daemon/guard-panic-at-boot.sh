#!/bin/bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# This boot ends before anything of this script is run.
# vm: expect-panic kpatch_test_fatal
echo "FAIL: the machine came up with the fatal patch"
exit 1
