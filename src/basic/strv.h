/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* NULL-terminated vectors of owned strings; NULL is an empty one. */

char **strv_free(char **strv);
size_t strv_length(char *const *strv);
/* Appends a copy. Returns 0 or -ENOMEM, the vector being as it was. */
int strv_append(char ***strv, const char *text);
bool strv_contains(char *const *strv, const char *text);
void strv_sort(char **strv);

static inline void strv_free_cleanup(char ***strv)
{
        strv_free(*strv);
}

#define _cleanup_strv_free_ __attribute__((cleanup(strv_free_cleanup)))
