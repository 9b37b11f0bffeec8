/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "generation.h"

/* What patches with replace have taken the place of. The generations say it: what the one has that a patch
 * came with, and the one before it has not. */

/* The generation before the one in which ref was applied last, if the latter lacks some of its patches; NULL
 * where ref replaced nothing, or that generation is kept no longer. *ret_came, which may be NULL, is then
 * the number of the latter. */
int replaced_find(const char *state_dir, const char *build_id, const Generation *present, const char *ref,
                  Generation **ret, uint64_t *ret_came);

/* The references of all that was replaced by patches of the present generation, and is not in it. */
int replaced_list(const char *state_dir, const char *build_id, const Generation *present, char ***ret);
