/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model.h"
#include "terminal.h"

/* Prints the tasks that a patch waits for, with their kernel stacks, as lines of a page; nothing where there
 * are none. with_patch: each is said to be the patch's. Returns 0 or -ENOMEM. */
int stragglers_print(const PatchInfo *p, bool with_patch, const Terminal *out);
