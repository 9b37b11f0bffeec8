/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "suggest.h"

#include "nearest.h"
#include "strv.h"

/* Seconds that a suggestion is worth waiting for. */
#define SUGGEST_LIMIT 2

/* The ids, or the references where whole is set, of what is stored. NULL where there is none, or no memory.
 */
static char **patch_names(const ObjectsInfo *o, bool whole)
{
        _cleanup_strv_free_ char **names = NULL;

        FOREACH_ARRAY (p, o->patches, o->n_patches)
                if (p->version && p->version[0] && strv_append(&names, whole ? p->reference : p->id) < 0)
                        return NULL;
        return TAKE_PTR(names);
}

/* The nearest name that is another than text; NULL where there is none, or no memory. */
static char *find_nearest(const ObjectsInfo *o, const char *text)
{
        _cleanup_strv_free_ char **names = patch_names(o, strchr(text, '='));
        const char *nearest = nearest_find(text, (const char *const *) names, strv_length(names));

        return nearest && !streq(nearest, text) ? strdup(nearest) : NULL;
}

static int set_failure(const char *text, const char *nearest, Failure *f)
{
        return failure_set(f, FAILURE_NO_SUCH_PATCH, "No patch '%s' is stored; did you mean '%s'?", text,
                           nearest);
}

int suggest_patch(const ObjectsInfo *o, const char *text, Failure *f)
{
        _cleanup_free_ char *nearest = find_nearest(o, text);

        if (nearest)
                return set_failure(text, nearest, f);
        return failure_set(f, FAILURE_NO_SUCH_PATCH,
                           "No patch '%s' is stored; 'kpatchctl list' shows those that are.", text);
}

void suggest_patch_from_bus(Bus *bus, const char *text, Failure *f)
{
        _cleanup_objects_info_ ObjectsInfo objects = {};
        _cleanup_failure_ Failure ignored = {};
        _cleanup_free_ char *nearest = NULL;

        bus_set_limit(bus, SUGGEST_LIMIT);
        if (bus_fetch_objects(bus, &objects, &ignored) < 0)
                return;
        nearest = find_nearest(&objects, text);
        if (nearest)
                (void) set_failure(text, nearest, f);
}
