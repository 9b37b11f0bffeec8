/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"

#include <stdint.h>
#include <time.h>

/* A date of an option; option is its name without dashes. Errors: FAILURE_USAGE. */
int feed_time_parse(const char *option, const char *text, time_t *ret, Failure *f);

/* A number of an option, from min to max. Errors: FAILURE_USAGE. */
int feed_number_parse(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *ret,
                      Failure *f);

#define FEED_DAY 86400
