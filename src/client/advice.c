/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "advice.h"

#include "cleanup.h"
#include "names.h"
#include "pending.h"
#include "text.h"

#include <stdarg.h>

typedef struct Advice {
        const ManagerInfo *manager;
        const ObjectsInfo *objects;
        uint64_t now;
        char **list; /* strv */
} Advice;

static bool is_stored(const ObjectsInfo *o, const char *reference)
{
        FOREACH_ARRAY (p, o->patches, o->n_patches)
                if (streq(p->reference, reference))
                        return true;
        return false;
}

static int advise(Advice *a, const char *format, ...) _printf_(2, 3);

static int advise(Advice *a, const char *format, ...)
{
        _cleanup_free_ char *text = NULL;
        va_list ap;

        va_start(ap, format);
        text = text_formatv(format, ap);
        va_end(ap);
        if (!text)
                return -ENOMEM;
        return strv_append(&a->list, text);
}

static int about_engines(Advice *a)
{
        const EngineList *engines = &a->manager->engines;

        FOREACH_ARRAY (engine, engines->items, engines->n)
                if (engine->available)
                        return 0;
        return advise(a, "No engine can apply patches to this kernel.");
}

static int about_trust_roots(Advice *a)
{
        const TrustRootList *roots = &a->manager->trust_roots;
        int r;

        if (roots->n == 0)
                return advise(a,
                              "No trust root is installed: put one into /etc/kpatchd/feeds.d/NAME.root.json, "
                              "else no patch can be imported.");
        FOREACH_ARRAY (root, roots->items, roots->n) {
                if (!trust_root_has_expired(root, a->now))
                        continue;
                r = advise(a,
                           "Trust root '%s' has expired: get a new one from its publisher to import its patches.",
                           root->name);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int about_boot(Advice *a)
{
        if (!a->manager->apply_disabled)
                return 0;
        return advise(a, "Patches are not applied at boot: %s",
                      a->manager->apply_disabled_reason ? a->manager->apply_disabled_reason
                                                        : "kpatchd says so.");
}

static int about_quarantine(Advice *a)
{
        const QuarantineList *quarantine = &a->manager->quarantine;

        FOREACH_ARRAY (q, quarantine->items, quarantine->n) {
                int r = advise(a,
                               "'%s' is quarantined and not applied at boot: %s 'kpatchctl quarantine clear %s' lifts this.",
                               q->patch, q->why, q->patch);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int about_reboot(Advice *a)
{
        const RebootList *reboot = &a->manager->reboot;

        FOREACH_ARRAY (item, reboot->items, reboot->n) {
                int r = advise(a, "Boot a newer kernel: %s", item->reason);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int about_failed(Advice *a)
{
        FOREACH_ARRAY (p, a->objects->patches, a->objects->n_patches) {
                int r;

                if (!patch_has_state(p, PATCH_STATE_FAILED) || strempty(p->quarantined)[0])
                        continue;
                r = advise(a, "'%s' should be applied but is not: 'journalctl -u kpatchd.service' says why.",
                           p->reference);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The patch's author let the patch do without a module that does not fit. */
static int about_skipped(Advice *a)
{
        FOREACH_ARRAY (p, a->objects->patches, a->objects->n_patches) {
                const char *why;

                for (const ObjectInfo *o = NULL; (o = patch_find_skipped(p, o, &why));) {
                        int r = advise(a,
                                       "'%s' is in force without %s, and what it closes there is open: %s. Get a "
                                       "patch for that build, or unload the module.",
                                       p->reference, o->name, why);

                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

/* Nobody waits any more: it goes on until the last task has left. */
static int about_moving(Advice *a)
{
        int r = 0;

        FOREACH_ARRAY (p, a->objects->patches, a->objects->n_patches)
                if (r >= 0 && patch_is_past_deadline(p, a->objects))
                        r = advise(a,
                                   "'%s' is past its deadline: wait for the tasks that are in the way, end them, or "
                                   "see kpatchctl(1) for 'force'.",
                                   p->reference);
        return r;
}

static int about_withdrawn(Advice *a, const FeedInfo *feed)
{
        int r = 0;

        FOREACH_ARRAY (p, a->objects->patches, a->objects->n_patches)
                if (r >= 0 && patch_find_withdrawal(p, feed))
                        r = advise(a, "'%s' is withdrawn: 'kpatchctl rollback %s' takes it out.",
                                   p->reference, p->reference);
        return r;
}

static int about_feeds(Advice *a)
{
        int r = 0;

        FOREACH_ARRAY (feed, a->objects->feeds, a->objects->n_feeds) {
                const char *name = strempty(feed->name);

                if (r >= 0 && feed->stale && !streq(strempty(feed->policy), "off"))
                        r = advise(a,
                                   "Nothing new is installed from feed '%s', as it has expired: 'kpatchctl refresh "
                                   "%s' asks for news.",
                                   name, name);
                if (r >= 0)
                        r = about_withdrawn(a, feed);
        }
        return r;
}

/* One that only a feed has yet. */
static int about_offered(Advice *a)
{
        int r = 0;

        FOREACH_ARRAY (feed, a->objects->feeds, a->objects->n_feeds) {
                size_t n = 0;

                FOREACH_ARRAY (patch, feed->patches.items, feed->patches.n)
                        n += pending_is_offered(a->objects, feed, patch) &&
                             !is_stored(a->objects, strempty(patch->patch));
                if (r >= 0 && n > 0)
                        r = advise(a, "Feed '%s' has %s not stored here: 'kpatchctl feeds %s' shows %s.",
                                   strempty(feed->name),
                                   n == 1 ? "a patch for this host that is"
                                          : "patches for this host that are",
                                   strempty(feed->name), n == 1 ? "it" : "them");
        }
        return r;
}

/* Those that nobody has signed, and those that are wanted and that nobody vouches for any more. */
static int about_trust(Advice *a)
{
        int r = 0;

        FOREACH_ARRAY (p, a->objects->patches, a->objects->n_patches) {
                if (r >= 0 && patch_is_unsigned(p) && patch_has_state(p, PATCH_STATE_APPLIED))
                        r = advise(a, "'%s' is in force, and nobody has signed it: get a signed one.",
                                   p->reference);
                if (r >= 0 && p->persistent && p->trust_root && !p->trust_root[0] &&
                    patch_has_state(p, PATCH_STATE_APPLIED))
                        r = advise(a,
                                   "Nobody vouches for '%s' any more, so the next boot does not apply it: "
                                   "'kpatchctl verify %s' says why.",
                                   p->reference, p->reference);
        }
        return r;
}

static int about_not_persistent(Advice *a)
{
        FOREACH_ARRAY (p, a->objects->patches, a->objects->n_patches) {
                int r;

                if (!patch_has_state(p, PATCH_STATE_APPLIED) || p->persistent)
                        continue;
                r = advise(a, "'%s' is applied now, but will not be after a reboot.", p->reference);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int about_stored(Advice *a)
{
        const PatchInfo *first = NULL;
        const char *name;
        size_t n = 0;

        FOREACH_ARRAY (p, a->objects->patches, a->objects->n_patches)
                if (pending_is_stored(a->objects, &a->manager->kernel, p)) {
                        if (!first)
                                first = p;
                        n++;
                }
        if (n == 0)
                return 0;
        /* By the id alone the one in force is meant, where there is one. */
        name = patches_find(a->objects->patches, a->objects->n_patches, first->id, NULL) == first
                               ? first->id
                               : first->reference;
        if (n == 1)
                return advise(a, "'%s' is stored but not applied: 'kpatchctl apply %s' applies it.", name,
                              name);
        return advise(a,
                      "%zu patches for this kernel are stored but not applied: 'kpatchctl apply %s' applies the "
                      "first.",
                      n, name);
}

static int about_nothing(Advice *a)
{
        if (a->objects->n_patches > 0 || a->manager->trust_roots.n == 0)
                return 0;
        return advise(a, "No patches are stored: 'kpatchctl import MODULE.ko' verifies and stores one.");
}

int advice_make(const ManagerInfo *m, const ObjectsInfo *o, uint64_t now, char ***ret)
{
        /* What prevents most stands first. */
        static int (*const rules[])(Advice *) = {
                about_engines,        about_trust_roots, about_boot,    about_quarantine, about_reboot,
                about_failed,         about_skipped,     about_moving,  about_feeds,      about_trust,
                about_not_persistent, about_stored,      about_offered, about_nothing,
        };
        Advice a = { .manager = m, .objects = o, .now = now };

        FOREACH_ARRAY (rule, rules, ELEMENTSOF(rules)) {
                int r = (*rule)(&a);

                if (r < 0) {
                        strv_free(a.list);
                        return r;
                }
        }
        *ret = a.list;
        return 0;
}
