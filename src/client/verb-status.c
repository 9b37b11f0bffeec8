/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "advice.h"
#include "boot-view.h"
#include "bus.h"
#include "client.h"
#include "feed-view.h"
#include "host-view.h"
#include "json-build.h"
#include "page.h"
#include "patch-view.h"
#include "straggler-view.h"

#include <time.h>

/* The first second of the year 10000: dates from there on are none. */
#define EXPIRES_MAX UINT64_C(253402300800)

/* Of the history, how far back a boot is looked for. */
#define HISTORY_LIMIT 256

typedef struct Status {
        ManagerInfo manager;
        ObjectsInfo objects;
        const ObjectsInfo *known_objects; /* NULL where the daemon did not say them in time */
        BootInfo boot;
        const BootInfo *known_boot; /* likewise */
        char **advice;              /* strv */
        uint64_t now;               /* seconds since 1970 */
} Status;

static void status_clear(Status *s)
{
        manager_info_clear(&s->manager);
        objects_info_clear(&s->objects);
        boot_info_clear(&s->boot);
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
                               detail[0] ? ". " : "", detail);
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
        for (char **folder = s->manager.unsigned_from; folder && *folder; folder++) {
                int r = page_linef(out, folder == s->manager.unsigned_from ? "Unsigned" : NULL, STYLE_BAD,
                                   "modules in %s are believed", *folder);

                if (r < 0)
                        return r;
        }
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

static int print_reboot(const Status *s, const Terminal *out)
{
        const RebootList *reboot = &s->manager.reboot;

        if (reboot->n == 0)
                return 0;
        return page_linef(out, "Reboot", STYLE_WARN, "advised: %s%s", strempty(reboot->items[0].kind),
                          reboot->n > 1 ? ", and more" : "");
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

static int print_level(const Status *s, const Terminal *out)
{
        const LevelInfo *level = &s->manager.level;

        if (!strempty(level->level)[0])
                return 0;
        return page_linef(out, "Level", STYLE_GOOD, "%s, by %s%s%s", level->level, strempty(level->patch),
                          strempty(level->trust_root)[0] ? " of " : "", strempty(level->trust_root));
}

static int print_status(const Status *s, const Terminal *out)
{
        const ManagerInfo *m = &s->manager;
        int r;

        page_line(out, "Kernel", STYLE_PLAIN, strna(m->kernel.release));
        r = print_level(s, out);
        if (r < 0)
                return r;
        page_line(out, "Build-id", STYLE_PLAIN, strna(m->kernel.build_id));
        r = print_engines(s, out);
        if (r < 0)
                return r;
        r = page_linef(out, "Generation", STYLE_PLAIN, "%llu", (unsigned long long) m->generation);
        if (r >= 0)
                r = boot_view_print(m, s->known_boot, out);
        if (r >= 0)
                r = print_reboot(s, out);
        if (r >= 0)
                r = print_trust_roots(s, out);
        if (r < 0)
                return r;
        if (s->known_objects) {
                r = feed_view_print(s->known_objects, out);
                if (r < 0)
                        return r;
        } else
                page_line(out, "Feeds", STYLE_BAD, "not known: kpatchd did not answer in time");
        page_line(out, "kpatchd", STYLE_PLAIN, strna(m->version));
        r = print_jobs(s, out);
        if (r < 0)
                return r;
        for (size_t i = 0; r >= 0 && i < s->objects.n_patches; i++)
                r = stragglers_print(&s->objects.patches[i], true, out);
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
                r = boot_view_reply(s->known_boot, reply, f);
        if (r >= 0)
                r = json_append_advice(reply, NULL, f);
        for (char **sentence = s->advice; r >= 0 && sentence && *sentence; sentence++)
                r = json_append_advice(reply, *sentence, f);
        return r;
}

/* What is known is shown even where the rest is not. Returns what kept the rest. */
static int fetch_rest(Bus *bus, Status *s, Failure *late)
{
        _cleanup_event_list_ EventList history = {};
        int r;

        r = bus_fetch_objects(bus, &s->objects, late);
        if (r < 0)
                return r;
        s->known_objects = &s->objects;
        r = bus_fetch_history(bus, HISTORY_LIMIT, &history, late);
        if (r < 0)
                return r;
        r = boot_info_make(&history, &s->boot);
        if (r < 0)
                return json_no_memory(late);
        s->known_boot = &s->boot;
        return bus_fetch_stacks(bus, &s->objects) < 0 ? json_no_memory(late) : 0;
}

/* What is known without kpatchd, beside the failure to ask it. */
static int show_host(const Client *c)
{
        _cleanup_failure_ Failure ignored = {};

        if (c->reply)
                return host_view_reply(c->reply, &ignored);
        return c->options.quiet ? 0 : host_view_print(&c->out);
}

int verb_status(const Client *c, Failure *f)
{
        _cleanup_(status_clear) Status s = { .now = (uint64_t) time(NULL) };
        _cleanup_(bus_freep) Bus *bus = NULL;
        _cleanup_failure_ Failure late = {};
        int r, unknown;

        r = bus_open_within(STATUS_LIMIT, STATUS_START_LIMIT, &bus, f);
        if (r >= 0)
                r = bus_fetch_manager(bus, &s.manager, f);
        if (r < 0) {
                (void) show_host(c);
                return r;
        }
        unknown = fetch_rest(bus, &s, &late);
        r = s.known_objects ? advice_make(&s.manager, &s.objects, s.now, &s.advice) : 0;
        if (r >= 0)
                r = c->reply           ? reply_status(&s, c->reply, f)
                    : c->options.quiet ? 0
                                       : print_status(&s, &c->out);
        if (r == -ENOMEM && f->kind == FAILURE_NONE)
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        if (r < 0)
                return r;
        return unknown < 0 ? failure_set(f, late.kind, "%s", failure_sentence(&late)) : 0;
}
