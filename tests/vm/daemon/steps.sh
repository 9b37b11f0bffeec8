# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The steps of what changes something, in their order, as the daemon's tables have them: a fault there is before the step, at
# `end` after all of them. tests/bus/daemon/test_kill.py finds out when there are others.
# shellcheck disable=SC2034 # used by those who read this

APPLY_STEPS=(lock verify verify-module check attempt load-engine load transition confirm trial record settle end)
REAPPLY_STEPS=(lock verify verify-module check attempt load-engine load transition confirm settle end)
ROLLBACK_STEPS=(lock verify check attempt restore switch transition confirm restore-after record unload settle end)
IMPORT_STEPS=(lock verify verify-module check room store end)
