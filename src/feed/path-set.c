/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "path-set.h"

#include "cleanup.h"
#include "util.h"

static int compare(const void *a, const void *b)
{
        return strcmp(*(char *const *) a, *(char *const *) b);
}

int path_set_add(PathSet *set, const char *path)
{
        if (set->n == set->room) {
                size_t room = set->room == 0 ? 64 : 2 * set->room;
                char **larger = reallocarray(set->paths, room, sizeof(*larger));

                if (!larger)
                        return -ENOMEM;
                set->paths = larger;
                set->room = room;
        }
        set->paths[set->n] = strdup(path);
        if (!set->paths[set->n])
                return -ENOMEM;
        set->n++;
        set->is_sorted = false;
        return 0;
}

bool path_set_has(PathSet *set, const char *path)
{
        if (set->n == 0)
                return false;
        if (!set->is_sorted) {
                qsort(set->paths, set->n, sizeof(*set->paths), compare);
                set->is_sorted = true;
        }
        return bsearch(&path, set->paths, set->n, sizeof(*set->paths), compare);
}

void path_set_clear(PathSet *set)
{
        for (size_t i = 0; i < set->n; i++)
                free(set->paths[i]);
        free(set->paths);
        *set = (PathSet){};
}
