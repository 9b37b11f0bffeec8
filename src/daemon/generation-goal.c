/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "generation-goal.h"

#include "cleanup.h"
#include "engine.h"
#include "relations.h"
#include "store.h"
#include "strv.h"

#include <inttypes.h>

static int refuse_number(uint64_t number, int r, Failure *f)
{
        if (r == -ENOENT)
                return failure_set(f, FAILURE_NO_SUCH_GENERATION,
                                   "There is no generation %" PRIu64
                                   " of this kernel, or it is kept no longer: 'kpatchctl generations' shows "
                                   "those there are.",
                                   number);
        if (r == -EBADMSG)
                return failure_set(f, FAILURE_STATE_CORRUPT, "Generation %" PRIu64 " is damaged.", number);
        return failure_set_errno(f, r, "Cannot read generation %" PRIu64, number);
}

uint64_t generation_goal_number(const Generation *present, uint64_t target)
{
        return target == GENERATION_PREVIOUS ? present->previous : target;
}

int generation_goal_load(const Host *host, const Generation *present, uint64_t number, Generation **ret,
                         Failure *f)
{
        int r;

        if (number == GENERATION_PREVIOUS && present->number == 0)
                return failure_set(f, FAILURE_NO_SUCH_GENERATION,
                                   "No generation was recorded for this kernel yet: there is none to go "
                                   "back to.");
        number = generation_goal_number(present, number);
        if (number == 0) {
                *ret = calloc(1, sizeof(Generation));
                return *ret ? 0 : failure_set_errno(f, -ENOMEM, "Cannot read the generations");
        }
        r = generation_load_number(host->state_dir, host->kernel->build_id_text, number, ret);
        return r < 0 ? refuse_number(number, r, f) : 0;
}

static bool has_module(const Generation *g, const char *module)
{
        FOREACH_ARRAY (p, g->patches, g->n_patches)
                if (streq(p->module_name, module))
                        return true;
        return false;
}

/* Whether the kernel has in force what the generation does not explain. */
static int has_others(const Host *host, const Generation *g)
{
        for (size_t i = 0; engines[i]; i++) {
                _cleanup_strv_free_ char **modules = NULL;
                int r;

                r = engines[i]->list(host, &modules);
                if (r < 0)
                        return r;
                for (char **module = modules; module && *module; module++)
                        if (!has_module(g, *module))
                                return 1;
        }
        return 0;
}

static int add_others(const Host *host, Generation *g, Failure *f)
{
        _cleanup_strv_free_ char **refs = NULL;
        int r;

        r = store_list(host->state_dir, &refs, f);
        for (char **ref = refs; r >= 0 && ref && *ref; ref++) {
                _cleanup_(manifest_freep) Manifest *m = NULL;

                if (generation_find(g, *ref))
                        continue;
                m = relations_read_manifest(host, *ref);
                if (!m || !streq(m->ref, *ref) ||
                    memcmp(m->kernel_build_id, host->kernel->build_id, BUILD_ID_SIZE) != 0)
                        continue;
                r = generation_add(g, m);
                if (r < 0)
                        return failure_set_errno(f, r, "Cannot look at what is in force");
                if (!engine_has_in_force(host, &g->patches[g->n_patches - 1]))
                        generation_forget(g, *ref);
        }
        return r;
}

int generation_in_force(const Host *host, const Generation *present, Generation **ret, Failure *f)
{
        _cleanup_(generation_freep) Generation *g = NULL;
        int r;

        r = generation_goal_load(host, present, present->number, &g, f);
        if (r < 0)
                return r;
        for (size_t i = 0; i < g->n_patches;)
                if (engine_has_in_force(host, &g->patches[i]))
                        i++;
                else
                        generation_forget(g, g->patches[i].ref);
        r = has_others(host, g);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot look at what is in force");
        if (r > 0)
                r = add_others(host, g, f);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(g);
        return 0;
}

bool generations_are_equal(const Generation *a, const Generation *b)
{
        if (a->n_patches != b->n_patches)
                return false;
        FOREACH_ARRAY (p, a->patches, a->n_patches)
                if (!generation_find(b, p->ref))
                        return false;
        return true;
}
