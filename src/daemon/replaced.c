/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "replaced.h"

#include "cleanup.h"
#include "strv.h"

static bool is_caused_by(const Generation *g, const char *verb, const char *ref)
{
        size_t n = strlen(verb);

        return strncmp(g->cause, verb, n) == 0 && g->cause[n] == ' ' && streq(g->cause + n + 1, ref);
}

static bool lacks_one_of(const Generation *g, const Generation *before)
{
        FOREACH_ARRAY (p, before->patches, before->n_patches)
                if (!generation_find(g, p->ref))
                        return true;
        return false;
}

/* Whether ref came with g, and what was there before, if that is kept. What was rebuilt tells by its patches
 * alone. */
static int came_with(const char *state_dir, const char *build_id, const Generation *g, const char *ref,
                     Generation **ret_before)
{
        bool rebuilt = streq(g->cause, "rebuilt") && generation_find(g, ref);
        _cleanup_(generation_freep) Generation *before = NULL;
        int r;

        if (!rebuilt && !is_caused_by(g, "apply", ref) && !is_caused_by(g, "install", ref))
                return 0;
        r = g->previous > 0 ? generation_load_number(state_dir, build_id, g->previous, &before) : -ENOENT;
        if (r == -ENOMEM)
                return r;
        if (rebuilt && before && generation_find(before, ref))
                return 0;
        *ret_before = TAKE_PTR(before);
        return 1;
}

/* In between, a patch may have been replaced itself and have come back by a rollback: what counts is when it
 * was applied last. */
int replaced_find(const char *state_dir, const char *build_id, const Generation *present, const char *ref,
                  Generation **ret, uint64_t *ret_came)
{
        _cleanup_free_ uint64_t *numbers = NULL;
        size_t n = 0;
        int r;

        *ret = NULL;
        r = generation_list(state_dir, build_id, &numbers, &n);
        if (r < 0)
                return r;
        while (n-- > 0) {
                _cleanup_(generation_freep) Generation *g = NULL, *before = NULL;

                if (numbers[n] > present->number)
                        continue;
                r = generation_load_number(state_dir, build_id, numbers[n], &g);
                if (r >= 0)
                        r = came_with(state_dir, build_id, g, ref, &before);
                if (r == -ENOMEM)
                        return r;
                /* Of what is damaged it is not known whether it came with that. */
                if (r < 0)
                        break;
                if (r == 0)
                        continue;
                if (before && lacks_one_of(g, before)) {
                        *ret = TAKE_PTR(before);
                        if (ret_came)
                                *ret_came = numbers[n];
                }
                break;
        }
        return 0;
}

int replaced_list(const char *state_dir, const char *build_id, const Generation *present, char ***ret)
{
        _cleanup_strv_free_ char **list = NULL;

        FOREACH_ARRAY (p, present->patches, present->n_patches) {
                _cleanup_(generation_freep) Generation *before = NULL;
                int r;

                r = replaced_find(state_dir, build_id, present, p->ref, &before, NULL);
                for (size_t i = 0; r >= 0 && before && i < before->n_patches; i++)
                        if (!generation_find(present, before->patches[i].ref))
                                r = strv_append(&list, before->patches[i].ref);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(list);
        return 0;
}
