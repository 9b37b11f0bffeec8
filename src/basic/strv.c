/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "strv.h"

#include "util.h"

#include <errno.h>
#include <stdlib.h>

char **strv_free(char **strv)
{
        for (char **s = strv; s && *s; s++)
                free(*s);
        free(strv);
        return NULL;
}

size_t strv_length(char *const *strv)
{
        size_t n = 0;

        while (strv && strv[n])
                n++;
        return n;
}

int strv_append(char ***strv, const char *text)
{
        size_t n = strv_length(*strv);
        char *copy = strdup(text);
        char **larger;

        if (!copy)
                return -ENOMEM;
        larger = reallocarray(*strv, n + 2, sizeof(char *));
        if (!larger) {
                free(copy);
                return -ENOMEM;
        }
        larger[n] = copy;
        larger[n + 1] = NULL;
        *strv = larger;
        return 0;
}

bool strv_contains(char *const *strv, const char *text)
{
        for (; strv && *strv; strv++)
                if (streq(*strv, text))
                        return true;
        return false;
}

static int compare(const void *a, const void *b)
{
        return strcmp(*(char *const *) a, *(char *const *) b);
}

void strv_sort(char **strv)
{
        if (strv)
                qsort(strv, strv_length(strv), sizeof(char *), compare);
}
