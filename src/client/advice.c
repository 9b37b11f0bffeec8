/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "advice.h"

#include "cleanup.h"
#include "names.h"

#include <stdarg.h>

typedef struct Advice {
        const ManagerInfo *manager;
        const ObjectsInfo *objects;
        uint64_t now;
        char **list; /* strv */
} Advice;

static int advise(Advice *a, const char *format, ...) _printf_(2, 3);

static int advise(Advice *a, const char *format, ...)
{
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&text, format, ap);
        va_end(ap);
        if (r < 0) {
                text = NULL;
                return -ENOMEM;
        }
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

/* Whether applying p would be news for this kernel: neither it nor another version is in force. */
static bool can_be_applied(const Advice *a, const PatchInfo *p)
{
        const ObjectsInfo *o = a->objects;

        return patch_has_state(p, PATCH_STATE_STORED) && patch_fits_kernel(p, &a->manager->kernel) &&
               patches_find(o->patches, o->n_patches, strempty(p->id), NULL) == p;
}

static int about_stored(Advice *a)
{
        const PatchInfo *first = NULL;
        size_t n = 0;

        FOREACH_ARRAY (p, a->objects->patches, a->objects->n_patches)
                if (can_be_applied(a, p)) {
                        if (!first)
                                first = p;
                        n++;
                }
        if (n == 0)
                return 0;
        if (n == 1)
                return advise(a, "'%s' is stored but not applied: 'kpatchctl apply %s' applies it.",
                              first->id, first->id);
        return advise(a,
                      "%zu patches for this kernel are stored but not applied: 'kpatchctl apply %s' applies the "
                      "first.",
                      n, first->id);
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
                about_engines, about_trust_roots,    about_boot,   about_quarantine,
                about_failed,  about_not_persistent, about_stored, about_nothing,
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
