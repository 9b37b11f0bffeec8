/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "work.h"

/* Opens the feed's folder (NULL: this one), loads the record of a patch, has it changed, and writes it back.
 * A record that is the same as before is no failure. */
int work_change_patch(const char *dir, const char *ref,
                      int (*change)(FeedPatch *patch, const void *data, Failure *f), const void *data,
                      Failure *f);
