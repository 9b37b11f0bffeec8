/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "source-date.h"

#include "cleanup.h"
#include "date.h"

int source_date_now(time_t *ret, Failure *f)
{
        const char *epoch = getenv("SOURCE_DATE_EPOCH");
        char text[DATE_TEXT_SIZE];
        time_t t;

        if (epoch && (!*epoch || strlen(epoch) > 12 || epoch[strspn(epoch, "0123456789")]))
                return failure_set(f, FAILURE_USAGE, "$SOURCE_DATE_EPOCH is not a number of seconds.");
        t = epoch ? (time_t) strtoll(epoch, NULL, 10) : time(NULL);
        if (date_format(t, text) < 0)
                return failure_set(f, FAILURE_USAGE, "The time is not between the years 1970 and 9999.");
        *ret = t;
        return 0;
}
