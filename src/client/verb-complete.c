/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* The words that shells offer: one a line, with what it is after a tab. Errors are silence. */

#include "bus.h"
#include "cleanup.h"
#include "client.h"
#include "display.h"

#include <inttypes.h>

typedef struct Words {
        const Client *client;
        Bus *bus;
        ObjectsInfo objects;
        const char *verb; /* or "" */
} Words;

static void offer(const Words *w, const char *word, const char *what)
{
        FILE *out = w->client->out.file;

        display_write(out, word, SIZE_MAX);
        fputc('\t', out);
        display_write(out, strempty(what), SIZE_MAX);
        fputc('\n', out);
}

/* Whether the verb can do something with it. */
static bool is_meant(const Words *w, const PatchInfo *p)
{
        static const struct {
                const char *verb;
                PatchState state;
                bool is; /* or is not */
        } table[] = {
                { "apply", PATCH_STATE_APPLIED, false },   { "load", PATCH_STATE_APPLIED, false },
                { "rollback", PATCH_STATE_APPLIED, true }, { "unload", PATCH_STATE_APPLIED, true },
                { "force", PATCH_STATE_APPLIED, false },   { "remove", PATCH_STATE_APPLIED, false },
        };

        /* What was loaded by hand can be looked at, and no more. */
        if (!strempty(p->version)[0])
                return streq(w->verb, "info");
        FOREACH_ARRAY (row, table, ELEMENTSOF(table))
                if (streq(row->verb, w->verb))
                        return patch_has_state(p, row->state) == row->is;
        if (streq(w->verb, "hold") || streq(w->verb, "unhold"))
                return p->held == streq(w->verb, "unhold");
        if (streq(w->verb, "install") || streq(w->verb, "uninstall"))
                return p->persistent == streq(w->verb, "uninstall");
        return true;
}

/* With the version; those who want ids take what is before the "=". */
static int offer_patches(Words *w, Failure *f)
{
        FOREACH_ARRAY (p, w->objects.patches, w->objects.n_patches)
                if (is_meant(w, p))
                        offer(w, p->reference, p->title);
        return 0;
}

static bool is_named(const Words *w, const char *cve)
{
        FOREACH_ARRAY (p, w->objects.patches, w->objects.n_patches)
                if (strv_contains(p->cves, cve))
                        return true;
        return false;
}

/* Only what is stored can be applied; all others are asked about. */
static int offer_cves(Words *w, Failure *f)
{
        _cleanup_strv_free_ char **all = NULL;
        int r = 0;

        FOREACH_ARRAY (p, w->objects.patches, w->objects.n_patches)
                for (char **cve = p->cves; cve && *cve && is_meant(w, p); cve++)
                        offer(w, *cve, p->reference);
        if (!w->verb[0])
                r = bus_list_cves(w->bus, &all, f);
        for (char **cve = all; cve && *cve; cve++)
                if (!is_named(w, *cve))
                        offer(w, *cve, "offered by a feed");
        return r;
}

static int offer_feeds(Words *w, Failure *f)
{
        FOREACH_ARRAY (feed, w->objects.feeds, w->objects.n_feeds)
                offer(w, feed->name, feed->policy);
        return 0;
}

static int offer_jobs(Words *w, Failure *f)
{
        FOREACH_ARRAY (job, w->objects.jobs, w->objects.n_jobs) {
                const char *slash = strrchr(job->path, '/');

                offer(w, slash ? slash + 1 : job->path, job->patch);
        }
        return 0;
}

static int offer_generations(Words *w, Failure *f)
{
        GenerationList list = {};
        int r;

        r = bus_fetch_generations(w->bus, &list, f);
        FOREACH_ARRAY (g, list.items, list.n) {
                char number[24];

                snprintf(number, sizeof(number), "%" PRIu64, g->number);
                offer(w, number, g->cause);
        }
        generation_list_clear(&list);
        return r;
}

int verb_complete(const Client *c, Failure *f)
{
        static const struct {
                const char *what;
                int (*offer)(Words *w, Failure *f);
        } table[] = {
                { "patches", offer_patches },         { "cves", offer_cves }, { "feeds", offer_feeds },
                { "generations", offer_generations }, { "jobs", offer_jobs },
        };
        Words w = { .client = c, .verb = c->options.n_args > 1 ? c->options.args[1] : "" };
        int r;

        /* Whoever has pressed a key waits for no more. */
        r = bus_open_within(STATUS_LIMIT, STATUS_LIMIT, &w.bus, f);
        if (r >= 0)
                r = bus_fetch_objects(w.bus, &w.objects, f);
        FOREACH_ARRAY (row, table, ELEMENTSOF(table))
                if (r >= 0 && streq(row->what, c->options.args[0]))
                        r = row->offer(&w, f);
        objects_info_clear(&w.objects);
        bus_free(w.bus);
        return r < 0 ? 1 : 0;
}
