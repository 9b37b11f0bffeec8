/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A set of paths, which is filled first and asked afterwards. Initialise with {}. */
typedef struct PathSet {
        char **paths;
        size_t n;
        size_t room;
        bool is_sorted;
} PathSet;

/* Returns 0 or -ENOMEM. */
int path_set_add(PathSet *set, const char *path);
bool path_set_has(PathSet *set, const char *path);
void path_set_clear(PathSet *set);
