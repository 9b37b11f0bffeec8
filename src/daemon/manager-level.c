/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "manager-level.h"

#include "level.h"
#include "log.h"
#include "manager.h"

void effective_level_clear(EffectiveLevel *level)
{
        free(level->level);
        free(level->ref);
        free(level->root);
        *level = (EffectiveLevel){};
}

static bool is_whole(const Manager *m, const Patch *p)
{
        return p->shown == PATCH_STATE_APPLIED && !patch_skips_an_object(p, m->host);
}

static bool is_in_force(const Manager *m, const char *id)
{
        for (size_t i = 0; i < m->n_patches; i++)
                if (streq(m->patches[i]->id, id) && is_whole(m, m->patches[i]))
                        return true;
        return false;
}

/* A level is promised for a kernel that has the whole patch and all that it depends on, by somebody who has
 * not taken it back. */
static bool counts(const Manager *m, const Patch *p)
{
        if (!p->manifest || !p->manifest->level || p->withdrawn || !is_whole(m, p))
                return false;
        for (char **id = p->manifest->depends; id && *id; id++)
                if (!is_in_force(m, *id))
                        return false;
        return true;
}

/* The highest one holds, whoever says it: each of them is what somebody who is trusted has signed. */
static const Patch *find_highest(const Manager *m)
{
        const Patch *highest = NULL;

        for (size_t i = 0; i < m->n_patches; i++) {
                const Patch *p = m->patches[i];

                if (counts(m, p) &&
                    (!highest || level_compare(p->manifest->level, highest->manifest->level) > 0))
                        highest = p;
        }
        return highest;
}

static int make(const Patch *p, EffectiveLevel *ret)
{
        EffectiveLevel level = {};

        if (p) {
                level.level = strdup(p->manifest->level);
                level.ref = strdup(p->ref);
                level.root = strdup(strempty(p->root_name));
                if (!level.level || !level.ref || !level.root) {
                        effective_level_clear(&level);
                        return -ENOMEM;
                }
        }
        *ret = level;
        return 0;
}

void manager_refresh_level(Manager *m)
{
        EffectiveLevel level, *old = &m->level;

        if (make(find_highest(m), &level) < 0) {
                log_error("Memory is exhausted: what is known of the effective level stays as it is.");
                return;
        }
        if (streq_ptr(level.level, old->level) && streq_ptr(level.ref, old->ref) &&
            streq_ptr(level.root, old->root)) {
                effective_level_clear(&level);
                return;
        }
        effective_level_clear(old);
        *old = level;
        if (m->events)
                m->events->level_changed(m->userdata);
}
