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

typedef struct Noun {
        FailureKind kind;
        const char *before; /* the sentence around what was typed */
        const char *after;
        const char *otherwise; /* what helps where none is near */
} Noun;

static const Noun stored = { FAILURE_NO_SUCH_PATCH, "No patch", " is stored",
                             "'kpatchctl list' shows those that are." };
static const Noun feed = { FAILURE_NO_SUCH_FEED, "There is no feed", "",
                           "'kpatchctl feeds' shows those there are." };
static const Noun quarantined = { FAILURE_NO_SUCH_PATCH, "No patch", " is quarantined", NULL };
static const Noun job = { FAILURE_INVALID_ARGUMENT, "No job", " waits or runs",
                          "'kpatchctl status' shows those that do." };
static const Noun past = { FAILURE_NO_SUCH_PATCH, "Nothing is known of a patch", "",
                           "'kpatchctl history' shows what has happened." };

/* Sets *f only where one is near. Returns 0 or what failure_set() does. */
static int suggest_nearest(const Noun *n, char *const *names, const char *text, Failure *f)
{
        _cleanup_free_ char *nearest = nearest_of(names, text);

        return nearest ? failure_set(f, n->kind, "%s '%s'%s; did you mean '%s'?", n->before, text, n->after,
                                     nearest)
                       : 0;
}

static int suggest(const Noun *n, char *const *names, const char *text, Failure *f)
{
        int r = suggest_nearest(n, names, text, f);

        return r < 0 ? r : failure_set(f, n->kind, "%s '%s'%s; %s", n->before, text, n->after, n->otherwise);
}

int suggest_patch(const ObjectsInfo *o, const char *text, Failure *f)
{
        _cleanup_strv_free_ char **names = patch_names(o, strchr(text, '='));

        return suggest(&stored, names, text, f);
}

void suggest_patch_from_bus(Bus *bus, const char *text, Failure *f)
{
        _cleanup_objects_info_ ObjectsInfo objects = {};
        _cleanup_failure_ Failure ignored = {};
        _cleanup_strv_free_ char **names = NULL;

        bus_set_limit(bus, SUGGEST_LIMIT);
        if (bus_fetch_objects(bus, &objects, &ignored) < 0)
                return;
        names = patch_names(&objects, strchr(text, '='));
        (void) suggest_nearest(&stored, names, text, f);
}

static char **feed_names(const ObjectsInfo *o)
{
        _cleanup_strv_free_ char **names = NULL;

        FOREACH_ARRAY (f, o->feeds, o->n_feeds)
                if (strv_append(&names, strempty(f->name)) < 0)
                        return NULL;
        return TAKE_PTR(names);
}

int suggest_feed(const ObjectsInfo *o, const char *text, Failure *f)
{
        _cleanup_strv_free_ char **names = feed_names(o);

        return suggest(&feed, names, text, f);
}

void suggest_feed_from_bus(Bus *bus, const char *text, Failure *f)
{
        _cleanup_objects_info_ ObjectsInfo objects = {};
        _cleanup_failure_ Failure ignored = {};
        _cleanup_strv_free_ char **names = NULL;

        bus_set_limit(bus, SUGGEST_LIMIT);
        if (bus_fetch_objects(bus, &objects, &ignored) < 0)
                return;
        names = feed_names(&objects);
        (void) suggest_nearest(&feed, names, text, f);
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

        bus_set_limit(bus, SUGGEST_LIMIT);
        if (bus_fetch_manager(bus, &manager, &ignored) < 0)
                return;
        FOREACH_ARRAY (q, manager.quarantine.items, manager.quarantine.n)
                (void) add_names(&names, q->patch);
        (void) suggest_nearest(&quarantined, names, text, f);
}

int suggest_job(const ObjectsInfo *o, const char *text, Failure *f)
{
        _cleanup_strv_free_ char **names = NULL;

        FOREACH_ARRAY (j, o->jobs, o->n_jobs)
                if (strempty(j->patch)[0])
                        (void) add_names(&names, j->patch);
        return suggest(&job, names, text, f);
}

int suggest_past(const ObjectsInfo *o, const EventList *history, const char *text, Failure *f)
{
        _cleanup_strv_free_ char **names = NULL;

        FOREACH_ARRAY (p, o->patches, o->n_patches)
                (void) add_names(&names, p->reference);
        FOREACH_ARRAY (e, history->items, history->n)
                if (strempty(e->patch)[0])
                        (void) add_names(&names, e->patch);
        return strv_contains(names, text) ? 0 : suggest(&past, names, text, f);
}
