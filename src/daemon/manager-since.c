/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Since when patches are in force that were so before this daemon looked: the history knows, if it was
 * kpatchd that put them there, in this boot. */

#include "history.h"
#include "manager.h"

#include <time.h>

typedef struct Search {
        const Manager *m;
        uint64_t booted; /* seconds since 1970 */
        size_t n_left;
        bool *is_open; /* of each of the manager's patches */
} Search;

static uint64_t seconds(clockid_t clock)
{
        struct timespec t = {};

        clock_gettime(clock, &t);
        return (uint64_t) t.tv_sec;
}

/* Whether the event put its patch in force, 1, or took it out, 0; -1: neither. */
static int direction(const HistoryEvent *e)
{
        static const struct {
                const char *kind;
                int direction;
        } table[] = {
                { "apply", 1 }, { "reapply", 1 }, { "restore", 1 }, { "rollback", 0 }, { "withdraw", 0 },
        };

        FOREACH_ARRAY (row, table, ELEMENTSOF(table))
                if (streq(e->kind, row->kind) && streq(e->result, "done"))
                        return row->direction;
        return -1;
}

/* The latest event of a patch counts. Where that took it out, somebody else has put it in again. */
static int visit(const HistoryEvent *e, void *userdata)
{
        Search *s = userdata;
        int into = direction(e);

        for (size_t i = 0; into >= 0 && i < s->m->n_patches; i++) {
                Patch *p = s->m->patches[i];

                if (!s->is_open[i] || !streq(p->ref, e->patch))
                        continue;
                p->since = into && e->time >= s->booted ? e->time : 0;
                s->is_open[i] = false;
                s->n_left--;
        }
        return s->n_left > 0;
}

int manager_recall_since(Manager *m)
{
        uint64_t now = seconds(CLOCK_REALTIME), up = seconds(CLOCK_BOOTTIME);
        _cleanup_free_ bool *is_open = calloc(m->n_patches + 1, sizeof(bool));
        Search s = { .m = m, .booted = now > up ? now - up : 0, .is_open = is_open };

        if (!is_open)
                return -ENOMEM;
        for (size_t i = 0; i < m->n_patches; i++) {
                const Patch *p = m->patches[i];

                is_open[i] = !p->listed && !p->by_hand && manager_patch_state(m, p) == PATCH_STATE_APPLIED;
                s.n_left += is_open[i];
        }
        return s.n_left > 0 ? history_visit(m->host->state_dir, visit, &s) : 0;
}
