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

/* The one of names that is nearest, and another than text; NULL where there is none, or no memory. */
static char *nearest_of(char *const *names, const char *text)
{
        const char *nearest = nearest_find(text, (const char *const *) names, strv_length(names));

        return nearest && !streq(nearest, text) ? strdup(nearest) : NULL;
}

static char *find_nearest(const ObjectsInfo *o, const char *text)
{
        _cleanup_strv_free_ char **names = patch_names(o, strchr(text, '='));

        return nearest_of(names, text);
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

static char *find_nearest_feed(const ObjectsInfo *o, const char *text)
{
        _cleanup_strv_free_ char **names = NULL;

        FOREACH_ARRAY (feed, o->feeds, o->n_feeds)
                if (strv_append(&names, strempty(feed->name)) < 0)
                        return NULL;
        return nearest_of(names, text);
}

static int set_feed_failure(const char *text, const char *nearest, Failure *f)
{
        return failure_set(f, FAILURE_NO_SUCH_FEED, "There is no feed '%s'; did you mean '%s'?", text,
                           nearest);
}

int suggest_feed(const ObjectsInfo *o, const char *text, Failure *f)
{
        _cleanup_free_ char *nearest = find_nearest_feed(o, text);

        if (nearest)
                return set_feed_failure(text, nearest, f);
        return failure_set(f, FAILURE_NO_SUCH_FEED,
                           "There is no feed '%s'; 'kpatchctl feeds' shows those there are.", text);
}

void suggest_feed_from_bus(Bus *bus, const char *text, Failure *f)
{
        _cleanup_objects_info_ ObjectsInfo objects = {};
        _cleanup_failure_ Failure ignored = {};
        _cleanup_free_ char *nearest = NULL;

        bus_set_limit(bus, SUGGEST_LIMIT);
        if (bus_fetch_objects(bus, &objects, &ignored) < 0)
                return;
        nearest = find_nearest_feed(&objects, text);
        if (nearest)
                (void) set_feed_failure(text, nearest, f);
}

/* Ids and references of a list of references. */
static int add_names(char ***names, const char *reference)
{
        _cleanup_free_ char *id = strndup(reference, strcspn(reference, "="));

        if (!id)
                return -ENOMEM;
        return strv_contains(*names, id) || strv_append(names, id) >= 0 ? strv_append(names, reference)
                                                                        : -ENOMEM;
}

void suggest_quarantined_from_bus(Bus *bus, const char *text, Failure *f)
{
        _cleanup_manager_info_ ManagerInfo manager = {};
        _cleanup_failure_ Failure ignored = {};
        _cleanup_strv_free_ char **names = NULL;
        _cleanup_free_ char *nearest = NULL;

        bus_set_limit(bus, SUGGEST_LIMIT);
        if (bus_fetch_manager(bus, &manager, &ignored) < 0)
                return;
        FOREACH_ARRAY (q, manager.quarantine.items, manager.quarantine.n)
                (void) add_names(&names, q->patch);
        nearest = nearest_of(names, text);
        if (nearest)
                (void) failure_set(f, FAILURE_NO_SUCH_PATCH,
                                   "No patch '%s' is quarantined; did you mean '%s'?", text, nearest);
}

int suggest_job(const ObjectsInfo *o, const char *text, Failure *f)
{
        _cleanup_strv_free_ char **names = NULL;
        _cleanup_free_ char *nearest = NULL;

        FOREACH_ARRAY (job, o->jobs, o->n_jobs)
                if (strempty(job->patch)[0])
                        (void) add_names(&names, job->patch);
        nearest = nearest_of(names, text);
        if (nearest)
                return failure_set(f, FAILURE_INVALID_ARGUMENT,
                                   "No job '%.80s' waits or runs; did you mean '%s'?", text, nearest);
        return failure_set(f, FAILURE_INVALID_ARGUMENT,
                           "No job '%.80s' waits or runs; 'kpatchctl status' shows those that do.", text);
}

int suggest_past(const ObjectsInfo *o, const EventList *history, const char *text, Failure *f)
{
        _cleanup_strv_free_ char **names = NULL;
        _cleanup_free_ char *nearest = NULL;

        FOREACH_ARRAY (p, o->patches, o->n_patches)
                (void) add_names(&names, p->reference);
        FOREACH_ARRAY (e, history->items, history->n)
                if (strempty(e->patch)[0])
                        (void) add_names(&names, e->patch);
        if (strv_contains(names, text))
                return 0;
        nearest = nearest_of(names, text);
        if (nearest)
                return failure_set(f, FAILURE_NO_SUCH_PATCH,
                                   "Nothing is known of a patch '%s'; did you mean '%s'?", text, nearest);
        return failure_set(f, FAILURE_NO_SUCH_PATCH, "Nothing is known of a patch '%s'.", text);
}
