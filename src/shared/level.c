/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "level.h"

#include "patch-ref.h"

#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"
#define ALNUM  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS

/* A version without a revision has the lowest there is. */
#define NO_REVISION "0"

typedef struct Parts {
        char epoch[LEVEL_MAX + 1];
        char upstream[LEVEL_MAX + 1];
        char revision[LEVEL_MAX + 1];
} Parts;

bool level_is_valid(const char *level)
{
        size_t n = strlen(level);

        return n > 0 && n <= LEVEL_MAX && strspn(level, DIGITS) > 0 && strspn(level, ALNUM ".+~:_^-") == n;
}

/* What is longer than a level can be is cut off. */
static void split(const char *level, Parts *ret)
{
        size_t digits = strspn(level, DIGITS), n;
        const char *hyphen, *upstream = level;

        *ret = (Parts){ .epoch = NO_REVISION, .revision = NO_REVISION };
        if (level[digits] == ':') {
                snprintf(ret->epoch, sizeof(ret->epoch), "%.*s", (int) digits, level);
                upstream += digits + 1;
        }
        hyphen = strrchr(upstream, '-');
        n = hyphen ? (size_t) (hyphen - upstream) : strlen(upstream);
        snprintf(ret->upstream, sizeof(ret->upstream), "%.*s", (int) n, upstream);
        if (hyphen)
                snprintf(ret->revision, sizeof(ret->revision), "%s", hyphen + 1);
}

int level_compare(const char *a, const char *b)
{
        Parts x, y;
        int d;

        split(a, &x);
        split(b, &y);
        d = patch_version_compare(x.epoch, y.epoch);
        if (d == 0)
                d = patch_version_compare(x.upstream, y.upstream);
        return d != 0 ? d : patch_version_compare(x.revision, y.revision);
}
