/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model.h"
#include "terminal.h"

/* Patches as text, for the verbs that show them. */

Style patch_state_style(const PatchInfo *p);

/* Returns 0 or -ENOMEM. */
int patch_table_print(const ObjectsInfo *o, const Terminal *out, size_t indent);
int patch_page_print(const PatchInfo *p, const KernelInfo *running, const Terminal *out);
