/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "generation.h"

/* Which generations are kept, and what those of all kernel builds need of the store. */

/* Called for one generation after the other until it returns something else than 0. g is NULL where it
 * cannot be read: it may need any patch of its build. */
typedef int (*GenerationVisit)(const char *build_id, uint64_t number, const Generation *g, void *userdata);

/* Returns what the last visit returned, 0 if there was none, or an error. */
int generation_visit_kept(const char *state_dir, GenerationVisit visit, void *userdata);

/* Removes the oldest until only so many are left, and those that tell what comes back when a patch of the
 * present one goes that has replaced others. */
void generation_trim_kept(const char *state_dir, const char *build_id, uint64_t kept);

/* Removes the generations of the kernel builds that recorded least lately, until only so many builds are
 * left. The present one stays in any case. Says what goes, and what cannot. */
void generation_trim_builds(const char *state_dir, const char *present, uint64_t kept);
