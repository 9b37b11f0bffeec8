/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "date.h"

#include "util.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Whether text has the shape of pattern, in which '0' stands for any digit. */
static bool has_shape(const char *text, const char *pattern)
{
        for (; *pattern; text++, pattern++)
                if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern)
                        return false;
        return *text == 0;
}

static int number(const char *text, size_t n)
{
        int value = 0;

        for (size_t i = 0; i < n; i++)
                value = value * 10 + (text[i] - '0');
        return value;
}

int date_parse(const char *text, time_t *ret)
{
        struct tm tm = {}, normal;
        time_t t;

        if (has_shape(text, "0000-00-00T00:00:00Z")) {
                tm.tm_hour = number(text + 11, 2);
                tm.tm_min = number(text + 14, 2);
                tm.tm_sec = number(text + 17, 2);
        } else if (!has_shape(text, "0000-00-00"))
                return -EINVAL;
        tm.tm_year = number(text, 4) - 1900;
        tm.tm_mon = number(text + 5, 2) - 1;
        tm.tm_mday = number(text + 8, 2);

        /* timegm() carries what is out of range into the next field: then it is no date. */
        normal = tm;
        t = timegm(&normal);
        if (tm.tm_year < 70 || normal.tm_mon != tm.tm_mon || normal.tm_mday != tm.tm_mday ||
            normal.tm_hour != tm.tm_hour || normal.tm_min != tm.tm_min || normal.tm_sec != tm.tm_sec)
                return -EINVAL;
        *ret = t;
        return 0;
}

int date_format(time_t t, char ret_text[DATE_TEXT_SIZE])
{
        char text[64];
        struct tm tm;

        if (t < 0 || !gmtime_r(&t, &tm) || tm.tm_year > 9999 - 1900)
                return -EINVAL;
        if (strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) != DATE_TEXT_SIZE - 1)
                return -EINVAL;
        memcpy(ret_text, text, DATE_TEXT_SIZE);
        return 0;
}
