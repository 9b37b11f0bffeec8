/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "replaced.h"

#include "cleanup.h"
#include "strv.h"

static bool came_by_apply(const Generation *g, const char *ref)
{
        static const char cause[] = "apply ";

        return strncmp(g->cause, cause, strlen(cause)) == 0 && streq(g->cause + strlen(cause), ref);
}

static bool lacks_one_of(const Generation *g, const Generation *before)
{
        FOREACH_ARRAY (p, before->patches, before->n_patches)
                if (!generation_find(g, p->ref))
                        return true;
        return false;
}

/* In between, a patch may have been replaced itself and have come back by a rollback: what counts is when it
 * was applied last. */
int replaced_find(const char *state_dir, const char *build_id, const Generation *present, const char *ref,
                  Generation **ret)
{
        _cleanup_(generation_freep) Generation *g = NULL;

        for (uint64_t number = present->number; number > 1; number--) {
                _cleanup_(generation_freep) Generation *before = NULL;
                const Generation *after = g ? g : present;
                int r;

                r = generation_load_number(state_dir, build_id, number - 1, &before);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        break;
                if (came_by_apply(after, ref)) {
                        *ret = lacks_one_of(after, before) ? TAKE_PTR(before) : NULL;
                        return 0;
                }
                generation_free(g);
                g = TAKE_PTR(before);
        }
        *ret = NULL;
        return 0;
}

int replaced_list(const char *state_dir, const char *build_id, const Generation *present, char ***ret)
{
        _cleanup_strv_free_ char **list = NULL;

        FOREACH_ARRAY (p, present->patches, present->n_patches) {
                _cleanup_(generation_freep) Generation *before = NULL;
                int r;

                r = replaced_find(state_dir, build_id, present, p->ref, &before);
                for (size_t i = 0; r >= 0 && before && i < before->n_patches; i++)
                        if (!generation_find(present, before->patches[i].ref))
                                r = strv_append(&list, before->patches[i].ref);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(list);
        return 0;
}
