/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "manager-reboot.h"

#include "log.h"
#include "manager.h"
#include "text.h"

#include <stdarg.h>

void reboot_advice_list_clear(RebootAdviceList *list)
{
        FOREACH_ARRAY (item, list->items, list->n) {
                free(item->kind);
                free(item->reason);
        }
        free(list->items);
        *list = (RebootAdviceList){};
}

static int append(RebootAdviceList *list, const char *kind, const char *format, ...) _printf_(3, 4);

static int append(RebootAdviceList *list, const char *kind, const char *format, ...)
{
        RebootAdvice *grown = reallocarray(list->items, list->n + 1, sizeof(RebootAdvice));
        _cleanup_free_ char *copy = strdup(kind), *reason = NULL;
        va_list ap;

        if (grown)
                list->items = grown;
        va_start(ap, format);
        reason = text_formatv(format, ap);
        va_end(ap);
        if (!grown || !copy || !reason)
                return -ENOMEM;
        list->items[list->n++] = (RebootAdvice){ .kind = TAKE_PTR(copy), .reason = TAKE_PTR(reason) };
        return 0;
}

/* What is kept of a feed may be of the kernel that ran before. A feed that is off says nothing until
 * somebody asks it, and one that has become stale was right when it said so. */
static int collect_of_feed(const Manager *m, const FeedView *view, RebootAdviceList *list)
{
        const FeedIndex *index = view->index;

        if (view->feed->policy == FEED_POLICY_OFF || !index || !index->reboot_kind ||
            memcmp(index->build_id, m->host->kernel->build_id, BUILD_ID_SIZE) != 0)
                return 0;
        return append(list, index->reboot_kind, "%s (%s)", index->reboot_reason, view->feed->name);
}

static bool is_reversible(const Manager *m, const Patch *p)
{
        const GenerationPatch *recorded = generation_find(m->generation, p->ref);

        if (p->manifest)
                return p->manifest->reversible;
        return !recorded || recorded->reversible;
}

/* A withdrawn patch that is in force, and which nobody takes out of the kernel that runs. */
static int collect_of_patch(const Manager *m, const Patch *p, RebootAdviceList *list)
{
        const FeedPatch *patch = manager_find_withdrawal(m, p->root_name, p->id, p->version);

        if (p->by_hand || !patch || p->shown != PATCH_STATE_APPLIED)
                return 0;
        if (!is_reversible(m, p))
                return append(list, "withdrawn-patch",
                              "Patch %s is withdrawn and cannot be rolled back: it goes with a boot with "
                              "kpatchd.apply=0, or of another kernel. %s",
                              p->ref, strempty(patch->reason));
        if (patch->withdrawn != FEED_WITHDRAWAL_KEEP)
                return 0;
        return append(list, "withdrawn-patch",
                      "Patch %s is withdrawn, and this kernel is to keep it: boot one that does not need it. %s",
                      p->ref, strempty(patch->reason));
}

static int collect(const Manager *m, RebootAdviceList *list)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < m->n_feeds; i++)
                r = collect_of_feed(m, &m->feeds[i], list);
        for (size_t i = 0; r >= 0 && i < m->n_patches; i++)
                r = collect_of_patch(m, m->patches[i], list);
        return r;
}

static bool is_same(const RebootAdviceList *a, const RebootAdviceList *b)
{
        if (a->n != b->n)
                return false;
        for (size_t i = 0; i < a->n; i++)
                if (!streq(a->items[i].kind, b->items[i].kind) ||
                    !streq(a->items[i].reason, b->items[i].reason))
                        return false;
        return true;
}

void manager_refresh_reboot(Manager *m)
{
        RebootAdviceList list = {};

        if (collect(m, &list) < 0) {
                log_error("Memory is exhausted: what is known of advice to boot stays as it is.");
                reboot_advice_list_clear(&list);
                return;
        }
        if (is_same(&list, &m->reboot)) {
                reboot_advice_list_clear(&list);
                return;
        }
        FOREACH_ARRAY (item, list.items, list.n)
                log_notice("A boot is advised: %s", item->reason);
        reboot_advice_list_clear(&m->reboot);
        m->reboot = list;
        if (m->events)
                m->events->reboot_changed(m->userdata);
}
