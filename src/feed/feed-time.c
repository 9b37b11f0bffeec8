/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-time.h"

#include "cleanup.h"
#include "date.h"

#include <inttypes.h>

int feed_time_parse(const char *option, const char *text, time_t *ret, Failure *f)
{
        if (date_parse(text, ret) < 0)
                return failure_set(f, FAILURE_USAGE,
                                   "'--%s' takes a date like 2027-11-21 or 2027-11-21T12:00:00Z, not '%s'.",
                                   option, text);
        return 0;
}

int feed_number_parse(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *ret,
                      Failure *f)
{
        size_t n = strspn(text, "0123456789");
        uint64_t number = n > 0 && n <= 15 && text[n] == 0 ? strtoull(text, NULL, 10) : UINT64_MAX;

        if (number < min || number > max)
                return failure_set(f, FAILURE_USAGE,
                                   "'--%s' takes a number from %" PRIu64 " to %" PRIu64 ", not '%s'.",
                                   option, min, max, text);
        *ret = number;
        return 0;
}
