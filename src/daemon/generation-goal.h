/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "generation.h"
#include "host.h"

/* What a rollback to a generation compares: what is wanted, and what is in force. */

/* Instead of a number: the one that the present generation says a rollback goes to. */
#define GENERATION_PREVIOUS UINT64_MAX

/* The number that a target stands for. */
uint64_t generation_goal_number(const Generation *present, uint64_t target) _pure_;

/* The generation of that number, or the one that present says a rollback goes to (GENERATION_PREVIOUS).
 * Number 0 is the empty one before the first. Errors: FAILURE_NO_SUCH_GENERATION, FAILURE_STATE_CORRUPT. */
int generation_goal_load(const Host *host, const Generation *present, uint64_t number, Generation **ret,
                         Failure *f);

/* The patches in force that kpatchd knows: those of the present generation, in its order, then those that
 * were applied until the next boot only. */
int generation_in_force(const Host *host, const Generation *present, Generation **ret, Failure *f);

/* Whether both have the same patches. */
bool generations_are_equal(const Generation *a, const Generation *b);
