/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "advice.h"
#include "bus.h"
#include "client.h"
#include "feed-view.h"
#include "page.h"
#include "patch-view.h"

#include <time.h>

/* The first second of the year 10000: dates from there on are none. */
#define EXPIRES_MAX UINT64_C(253402300800)

typedef struct Status {
        ManagerInfo manager;
        ObjectsInfo objects;
        const ObjectsInfo *known_objects; /* NULL where the daemon did not say them in time */
        char **advice;                    /* strv */
        uint64_t now;                     /* seconds since 1970 */
} Status;

static void status_clear(Status *s)
{
        manager_info_clear(&s->manager);
        objects_info_clear(&s->objects);
        strv_free(s->advice);
        *s = (Status){};
}

static int print_engines(const Status *s, const Terminal *out)
{
        FOREACH_ARRAY (engine, s->manager.engines.items, s->manager.engines.n) {
                const char *detail = strempty(engine->detail);
                int r;

                r = page_linef(out, engine == s->manager.engines.items ? "Engines" : NULL,
                               engine->available ? STYLE_GOOD : STYLE_PLAIN, "%s: %s%s%s",
                               strempty(engine->name), engine->available ? "available" : "not available",
                               detail[0] ? ", " : "", detail);
                if (r < 0)
                        return r;
        }
        if (s->manager.engines.n == 0)
                page_line(out, "Engines", STYLE_BAD, "none");
        return 0;
}

static int print_trust_roots(const Status *s, const Terminal *out)
{
        FOREACH_ARRAY (root, s->manager.trust_roots.items, s->manager.trust_roots.n) {
                bool expired = trust_root_has_expired(root, s->now);
                time_t expires = (time_t) root->expires;
                char date[32] = "at an unknown date";
                struct tm tm;
                int r;

                if (root->expires < EXPIRES_MAX && gmtime_r(&expires, &tm))
                        strftime(date, sizeof(date), "%Y-%m-%d", &tm);
                r = page_linef(out, root == s->manager.trust_roots.items ? "Trust roots" : NULL,
                               expired ? STYLE_BAD : STYLE_PLAIN, "%s: %s %s", root->name,
                               expired ? "EXPIRED" : "expires", date);
                if (r < 0)
                        return r;
        }
        if (s->manager.trust_roots.n == 0)
                page_line(out, "Trust roots", STYLE_BAD, "none");
        return 0;
}

static int print_jobs(const Status *s, const Terminal *out)
{
        FOREACH_ARRAY (job, s->objects.jobs, s->objects.n_jobs) {
                const char *sentence = strempty(job->progress.sentence), *patch = strempty(job->patch);
                int r;

                r = page_linef(out, job == s->objects.jobs ? "Jobs" : NULL, STYLE_WARN, "%s%s%s: %s%s%s",
                               strempty(job->kind), patch[0] ? " " : "", patch, strempty(job->state),
                               sentence[0] ? ", " : "", sentence);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int print_patches(const Status *s, const Terminal *out)
{
        size_t n_applied = 0;
        int r;

        if (!s->known_objects) {
                page_line(out, "Patches", STYLE_BAD, "not known: kpatchd did not answer in time");
                return 0;
        }
        FOREACH_ARRAY (p, s->objects.patches, s->objects.n_patches)
                n_applied += patch_has_state(p, PATCH_STATE_APPLIED);
        if (s->objects.n_patches == 0) {
                page_line(out, "Patches", STYLE_PLAIN, "none");
                return 0;
        }
        r = page_linef(out, "Patches", n_applied > 0 ? STYLE_GOOD : STYLE_PLAIN, "%zu applied, %zu in all",
                       n_applied, s->objects.n_patches);
        if (r < 0)
                return r;
        fputc('\n', out->file);
        return patch_table_print(&s->objects, out, 2);
}

static int print_status(const Status *s, const Terminal *out)
{
        const ManagerInfo *m = &s->manager;
        int r;

        page_line(out, "Kernel", STYLE_PLAIN, strna(m->kernel.release));
        page_line(out, "Build-id", STYLE_PLAIN, strna(m->kernel.build_id));
        r = print_engines(s, out);
        if (r < 0)
                return r;
        r = page_linef(out, "Generation", m->apply_disabled ? STYLE_WARN : STYLE_PLAIN, "%llu%s",
                       (unsigned long long) m->generation, m->apply_disabled ? ", not applied at boot" : "");
        if (r < 0)
                return r;
        r = print_trust_roots(s, out);
        if (r < 0)
                return r;
        if (s->known_objects) {
                r = feed_view_print(s->known_objects, out);
                if (r < 0)
                        return r;
        }
        page_line(out, "kpatchd", STYLE_PLAIN, strna(m->version));
        r = print_jobs(s, out);
        if (r < 0)
                return r;
        r = print_patches(s, out);
        if (r < 0)
                return r;
        for (char **sentence = s->advice; sentence && *sentence; sentence++) {
                if (sentence == s->advice)
                        fputc('\n', out->file);
                page_line(out, sentence == s->advice ? "Next" : NULL, STYLE_PLAIN, *sentence);
        }
        return 0;
}

static int reply_status(const Status *s, json_object *reply, Failure *f)
{
        int r;

        r = json_add_manager(reply, &s->manager, s->now, f);
        if (r >= 0)
                r = json_add_patches(reply, s->known_objects, f);
        if (r >= 0)
                r = json_add_jobs(reply, s->known_objects, f);
        if (r >= 0)
                r = json_add_feeds(reply, s->known_objects, f);
        if (r >= 0)
                r = json_append_advice(reply, NULL, f);
        for (char **sentence = s->advice; r >= 0 && sentence && *sentence; sentence++)
                r = json_append_advice(reply, *sentence, f);
        return r;
}

int verb_status(const Client *c, Failure *f)
{
        _cleanup_(status_clear) Status s = { .now = (uint64_t) time(NULL) };
        _cleanup_(bus_freep) Bus *bus = NULL;
        _cleanup_failure_ Failure late = {};
        int r, unknown;

        r = bus_open(STATUS_LIMIT, &bus, f);
        if (r >= 0)
                r = bus_fetch_manager(bus, &s.manager, f);
        if (r < 0)
                return r;
        /* What is known is shown even where the rest is not. */
        unknown = bus_fetch_objects(bus, &s.objects, &late);
        if (unknown >= 0)
                s.known_objects = &s.objects;
        r = unknown < 0 ? 0 : advice_make(&s.manager, &s.objects, s.now, &s.advice);
        if (r >= 0)
                r = c->reply ? reply_status(&s, c->reply, f) : print_status(&s, &c->out);
        if (r == -ENOMEM && f->kind == FAILURE_NONE)
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        if (r < 0)
                return r;
        return unknown < 0 ? failure_set(f, late.kind, "%s", failure_sentence(&late)) : 0;
}
