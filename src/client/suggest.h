/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bus.h"

/* What is said of a patch that is not there. */

/* Sets FAILURE_NO_SUCH_PATCH, naming the nearest id or reference. text is what the user gave. */
int suggest_patch(const ObjectsInfo *o, const char *text, Failure *f);

/* Makes a FAILURE_NO_SUCH_PATCH of the daemon name the nearest one. Where there is none, or that cannot be
 * learned in a moment, it stays as it is. */
void suggest_patch_from_bus(Bus *bus, const char *text, Failure *f);
