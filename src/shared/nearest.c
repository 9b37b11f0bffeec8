/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "nearest.h"

/* Longer words are compared by nobody's eye either. */
#define WORD_MAX 100

static unsigned min2(unsigned a, unsigned b)
{
        return a < b ? a : b;
}

/* Optimal string alignment distance. Rows are the prefixes of a; only the last three are ever looked at. */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
        unsigned rows[3][WORD_MAX + 1];

        for (size_t j = 0; j <= nb; j++)
                rows[0][j] = (unsigned) j;
        for (size_t i = 1; i <= na; i++) {
                const unsigned *before = rows[(i + 1) % 3], *above = rows[(i - 1) % 3];
                unsigned *row = rows[i % 3];

                row[0] = (unsigned) i;
                for (size_t j = 1; j <= nb; j++) {
                        unsigned changed = above[j - 1] + (a[i - 1] != b[j - 1]);

                        row[j] = min2(changed, 1 + min2(above[j], row[j - 1]));
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                row[j] = min2(row[j], 1 + before[j - 2]);
                }
        }
        return rows[na % 3][nb];
}

const char *nearest_find(const char *word, const char *const *candidates, size_t n)
{
        size_t length = strlen(word);
        unsigned limit = length < 6 ? 1 : (unsigned) (length / 3);
        const char *nearest = NULL;

        if (length == 0 || length > WORD_MAX)
                return NULL;
        for (size_t i = 0; i < n; i++) {
                size_t candidate_length = candidates[i] ? strlen(candidates[i]) : 0;
                unsigned d;

                if (candidate_length == 0 || candidate_length > WORD_MAX)
                        continue;
                d = distance(word, length, candidates[i], candidate_length);
                /* One less from here on: only what is nearer still replaces it. */
                if (d <= limit) {
                        nearest = candidates[i];
                        if (d == 0)
                                return nearest;
                        limit = d - 1;
                }
        }
        return nearest;
}
