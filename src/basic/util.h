/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define ELEMENTSOF(a) (sizeof(a) / sizeof((a)[0]))

/* array may be NULL where n is 0, to which nothing may be added, not even 0. */
#define FOREACH_ARRAY(i, array, n) \
        for (__typeof__(*(array)) *i = (array), *i##_end = i ? i + (n) : i; i < i##_end; i++)

#define _printf_(fmt, first) __attribute__((format(printf, fmt, first)))
#define _const_              __attribute__((const))
#define _pure_               __attribute__((pure))
#define _unused_             __attribute__((unused))

static inline bool streq(const char *a, const char *b)
{
        return strcmp(a, b) == 0;
}

/* Like streq(), but NULL equals NULL and nothing else. */
static inline bool streq_ptr(const char *a, const char *b)
{
        return a && b ? streq(a, b) : a == b;
}

static inline const char *strna(const char *s)
{
        return s ? s : "n/a";
}

static inline const char *strempty(const char *s)
{
        return s ? s : "";
}
