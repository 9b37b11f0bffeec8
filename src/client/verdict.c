/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "verdict.h"

#include "cleanup.h"
#include "pending.h"
#include "text.h"

#include <stdarg.h>

typedef struct Case {
        const ManagerInfo *manager;
        const ObjectsInfo *objects;
        uint64_t now;
        VerdictList list;
} Case;

const char *verdict_to_string(Verdict verdict)
{
        static const char *const words[] = {
                [VERDICT_CURRENT] = "current",         [VERDICT_NOTHING] = "nothing-applied",
                [VERDICT_PENDING] = "updates-pending", [VERDICT_UNSUPPORTED] = "unsupported",
                [VERDICT_ATTENTION] = "attention",
        };

        return words[verdict];
}

void verdict_list_clear(VerdictList *l)
{
        FOREACH_ARRAY (item, l->items, l->n)
                free(item->sentence);
        free(l->items);
        *l = (VerdictList){};
}

static int say(Case *c, Verdict verdict, const char *format, ...) _printf_(3, 4);

static int say(Case *c, Verdict verdict, const char *format, ...)
{
        VerdictReason *items = reallocarray(c->list.items, c->list.n + 1, sizeof(*items));
        char *sentence;
        va_list ap;

        if (!items)
                return -ENOMEM;
        c->list.items = items;
        va_start(ap, format);
        sentence = text_formatv(format, ap);
        va_end(ap);
        if (!sentence)
                return -ENOMEM;
        items[c->list.n++] = (VerdictReason){ verdict, sentence };
        return 0;
}

static int about_patches(Case *c)
{
        FOREACH_ARRAY (p, c->objects->patches, c->objects->n_patches) {
                int r = 0;

                if (patch_has_state(p, PATCH_STATE_FAILED) && !strempty(p->quarantined)[0])
                        r = say(c, VERDICT_ATTENTION, "%s should be in force and is not", p->reference);
                /* Whoever waited for it has given up at the deadline. */
                else if (patch_is_past_deadline(p, c->objects))
                        r = say(c, VERDICT_ATTENTION, "%s is past its deadline and waits for %zu task%s",
                                p->reference, p->stragglers.n, p->stragglers.n == 1 ? "" : "s");
                if (r < 0)
                        return r;
        }
        return 0;
}

/* What such a patch closes is open in the module that it goes without. */
static int about_skipped(Case *c)
{
        FOREACH_ARRAY (p, c->objects->patches, c->objects->n_patches)
                for (const ObjectInfo *o = NULL; (o = patch_find_skipped(p, o, NULL));) {
                        int r = say(c, VERDICT_ATTENTION, "%s is in force without %s", p->reference,
                                    o->name);

                        if (r < 0)
                                return r;
                }
        return 0;
}

static int about_quarantine(Case *c)
{
        FOREACH_ARRAY (q, c->manager->quarantine.items, c->manager->quarantine.n) {
                int r = say(c, VERDICT_ATTENTION, "%s is quarantined", q->patch);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int about_boot(Case *c)
{
        int r = c->manager->apply_disabled ? say(c, VERDICT_ATTENTION, "patches are not applied at boot")
                                           : 0;

        FOREACH_ARRAY (item, c->manager->reboot.items, c->manager->reboot.n)
                if (r >= 0)
                        r = say(c, VERDICT_ATTENTION, "a boot is advised (%s)", strempty(item->kind));
        return r;
}

static int about_withdrawn(Case *c, const FeedInfo *feed)
{
        int r = 0;

        FOREACH_ARRAY (p, c->objects->patches, c->objects->n_patches)
                if (r >= 0 && patch_find_withdrawal(p, feed))
                        r = say(c, VERDICT_ATTENTION, "%s is withdrawn and in force", p->reference);
        return r;
}

static int about_trust(Case *c)
{
        int r = 0;

        FOREACH_ARRAY (feed, c->objects->feeds, c->objects->n_feeds) {
                if (r >= 0 && feed->stale && !streq(strempty(feed->policy), "off"))
                        r = say(c, VERDICT_ATTENTION, "feed %s is stale", strempty(feed->name));
                if (r >= 0)
                        r = about_withdrawn(c, feed);
        }
        FOREACH_ARRAY (root, c->manager->trust_roots.items, c->manager->trust_roots.n)
                if (r >= 0 && trust_root_has_expired(root, c->now))
                        r = say(c, VERDICT_ATTENTION, "trust root %s has expired", root->name);
        return r;
}

static int about_engines(Case *c)
{
        const EngineList *engines = &c->manager->engines;

        FOREACH_ARRAY (engine, engines->items, engines->n)
                if (engine->available)
                        return 0;
        return say(c, VERDICT_UNSUPPORTED, "no engine can apply patches to this kernel");
}

static int about_pending(Case *c)
{
        const ObjectsInfo *o = c->objects;
        int r = 0;

        FOREACH_ARRAY (p, o->patches, o->n_patches) {
                if (r >= 0 && patch_is_moving(p) && !patch_is_past_deadline(p, o))
                        r = say(c, VERDICT_PENDING, "%s is being switched", p->reference);
                if (r >= 0 && pending_is_stored(o, &c->manager->kernel, p))
                        r = say(c, VERDICT_PENDING, "%s is stored and not in force", p->reference);
        }
        FOREACH_ARRAY (feed, o->feeds, o->n_feeds)
                FOREACH_ARRAY (patch, feed->patches.items, feed->patches.n)
                        if (r >= 0 && pending_is_offered(o, feed, patch))
                                r = say(c, VERDICT_PENDING, "feed %s offers %s", strempty(feed->name),
                                        patch->patch);
        return r;
}

static int about_force(Case *c)
{
        const char *level = strempty(c->manager->level.level);
        size_t n = 0, n_unsigned = 0;

        FOREACH_ARRAY (p, c->objects->patches, c->objects->n_patches)
                if (patch_has_state(p, PATCH_STATE_APPLIED)) {
                        n++;
                        n_unsigned += patch_is_unsigned(p);
                }
        if (n == 0)
                return say(c, VERDICT_NOTHING, "no patch is in force");
        if (n_unsigned > 0)
                return say(c, VERDICT_CURRENT, "%zu %s in force, %zu of them unsigned%s%s", n,
                           n == 1 ? "patch is" : "patches are", n_unsigned, level[0] ? ", level " : "",
                           level);
        return say(c, VERDICT_CURRENT, "%zu %s in force%s%s", n, n == 1 ? "patch is" : "patches are",
                   level[0] ? ", level " : "", level);
}

int verdict_make(const ManagerInfo *m, const ObjectsInfo *o, uint64_t now, VerdictList *ret)
{
        /* Verdicts go down from one to the next. */
        static int (*const rules[])(Case *) = {
                about_patches, about_skipped, about_quarantine, about_boot,
                about_trust,   about_engines, about_pending,    about_force,
        };
        Case c = { .manager = m, .objects = o, .now = now };

        FOREACH_ARRAY (rule, rules, ELEMENTSOF(rules)) {
                int r = (*rule)(&c);

                if (r < 0) {
                        verdict_list_clear(&c.list);
                        return r;
                }
        }
        *ret = c.list;
        return 0;
}
