/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "job.h"

/* Asking who sits at the terminal. */

/* Whether there is one, and it may be asked. */
bool question_can_be_asked(const Client *c);

/* Returns 0 if the answer is yes; FAILURE_CANCELED if it is not; or 128 plus the signal that ended it. */
int question_ask(JobSession *s, const char *question, Failure *f);
