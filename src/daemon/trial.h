/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"

/* The note that a patch is on trial: it may be in force, and its health check has not said yet that it may
 * stay. On disk before the kernel is touched, trials/ID=VERSION.json, and there until the patch was recorded
 * or taken out again. All of this under the lock but trial_list(). */

int trial_begin(const char *state_dir, const char *ref, const char *feed, Failure *f);
int trial_end(const char *state_dir, const char *ref, Failure *f);

/* The references; the caller frees with strv_free(). */
int trial_list(const char *state_dir, char ***ret_refs, Failure *f);
