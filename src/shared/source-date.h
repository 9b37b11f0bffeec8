/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"

#include <time.h>

/* The time that is written into what is made: $SOURCE_DATE_EPOCH, or else now. Errors: FAILURE_USAGE where
 * that is no number, or no date. */
int source_date_now(time_t *ret, Failure *f);
