/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"

/* The note, in attempt.json of the state folder, that an operation is about to touch the kernel. It is on
 * disk before the kernel is touched and gone when the operation has ended either way: one that is found at
 * start was interrupted, by a crash of the daemon or of the machine. */

int attempt_record(const char *state_dir, const char *kind, const char *ref, Failure *f);
int attempt_clear(const char *state_dir, Failure *f);

/* Says in the log which operation was interrupted, if one was and none is under way, and sets the note aside
 * as attempt.interrupted.json. Never fails: the truth is read from the kernel in any case. */
void attempt_report_interrupted(const char *state_dir);
