/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client.h"

/* Imports the modules that kpatch has installed below a folder, each in that of its kernel's release. Those
 * of the kernel that runs are imported if they have a signed manifest beside them; a stored patch may have
 * one by its digest, as from a feed. What nobody vouches for is named and left out. Errors: the first of
 * what was wrong, after all were tried; FAILURE_KEY_UNKNOWN where that is no more than a missing manifest.
 */
int import_from_kpatch(const Client *c, const char *folder, Failure *f);
