/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <time.h>

/* Dates and times as metadata has them (RFC 3339, in UTC, to the second). */

/* Reads "2027-11-21T00:00:00Z" or "2027-11-21", which is its first second. Errors: -EINVAL, also for a day
 * that does not exist and for years before 1970. */
int date_parse(const char *text, time_t *ret);

#define DATE_TEXT_SIZE sizeof("9999-12-31T23:59:59Z")

/* Writes "2027-11-21T00:00:00Z". Errors: -EINVAL past the year 9999 or before 1970. */
int date_format(time_t t, char ret_text[DATE_TEXT_SIZE]);
