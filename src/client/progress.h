/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model.h"
#include "terminal.h"

/* One line that is written over as a job goes on, on terminals that can do so. */

void progress_show(const Terminal *t, const JobInfo *job);

/* Leaves the line empty for what comes next. */
void progress_clear(const Terminal *t);
