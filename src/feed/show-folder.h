/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"

/* Shows what a feed's folder or a published tree has: its root, feed, timestamp, what is staged, and its
 * patches. Nothing but the roots is verified. */
int show_folder(const char *path, Failure *f);
