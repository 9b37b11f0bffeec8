/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"

/* Patches that stay as they are, in force or out of it, until somebody lifts that by hand:
 * holds/ID=VERSION.json. What a boot puts back in force is what was in force before, so a hold does not
 * hinder it. */

int hold_add(const char *state_dir, const char *ref, Failure *f);

/* One that is not there is fine. */
int hold_remove(const char *state_dir, const char *ref, Failure *f);

/* All that are held, sorted; freed by strv_free(). */
int hold_list(const char *state_dir, char ***ret_refs, Failure *f);

/* Whether one may be changed: applied is what would be done to it, as in "applied". Errors: FAILURE_HELD,
 * which says how to lift it. */
int hold_check(const char *state_dir, const char *ref, const char *applied, Failure *f);
