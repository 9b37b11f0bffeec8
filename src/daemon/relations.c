/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "relations.h"

#include "claims.h"
#include "config.h"
#include "engine.h"
#include "patch-ref.h"
#include "store.h"
#include "strv.h"
#include "verify.h"

static bool is_in_force(const Host *host, const GenerationPatch *p)
{
        EngineModule module = { p->ref, p->module_name, p->module_build_id };
        const Engine *engine;
        EngineState state;

        return engine_find(p->engine, &engine, NULL) >= 0 &&
               engine->read_state(host, &module, &state, NULL) >= 0 && engine_state_is_in_force(state);
}

static bool has_id(const GenerationPatch *p, const char *id)
{
        size_t n = strlen(id);

        return strncmp(p->ref, id, n) == 0 && p->ref[n] == '=';
}

/* The patch of that id that is in force, any version. */
static const GenerationPatch *find_in_force(const Host *host, const Generation *g, const char *id)
{
        FOREACH_ARRAY (p, g->patches, g->n_patches)
                if (has_id(p, id) && is_in_force(host, p))
                        return p;
        return NULL;
}

/* The manifest of a patch of the generation; NULL when it cannot be verified any more. */
static Manifest *read_manifest(const Host *host, const char *ref)
{
        _cleanup_free_ char *envelope = NULL, *root = NULL;
        Manifest *m;
        size_t size;

        if (store_read_manifest(host->state_dir, ref, &envelope, &size, NULL) < 0 ||
            verify_manifest(host, envelope, size, &m, &root, NULL, NULL) < 0)
                return NULL;
        return m;
}

/* Other patches in force may not want this one. */
static int check_conflicts_of_others(const Host *host, const Generation *g, const Manifest *m, Failure *f)
{
        FOREACH_ARRAY (p, g->patches, g->n_patches) {
                _cleanup_(manifest_freep) Manifest *other = NULL;

                if (has_id(p, m->id) || !is_in_force(host, p))
                        continue;
                other = read_manifest(host, p->ref);
                if (other && strv_contains(other->conflicts, m->id))
                        return failure_set(
                                        f, FAILURE_CONFLICT,
                                        "Patch %s, which is applied, cannot be applied together with %s: roll it back "
                                        "first.",
                                        p->ref, m->ref);
        }
        return 0;
}

int relations_check_apply(const Host *host, const Generation *g, const Manifest *m, Failure *f)
{
        int r;

        if (m->min_daemon && patch_version_compare(KPATCHD_VERSION, m->min_daemon) < 0)
                return failure_set(f, FAILURE_DAEMON_TOO_OLD,
                                   "Patch %s needs kpatchd %s or newer, and this is %s: upgrade kpatchd.",
                                   m->ref, m->min_daemon, KPATCHD_VERSION);
        for (char **id = m->depends; id && *id; id++)
                if (!find_in_force(host, g, *id))
                        return failure_set(f, FAILURE_DEPENDENCY_MISSING,
                                           "Patch %s needs %s, which is not applied: apply that one first.",
                                           m->ref, *id);
        for (char **id = m->conflicts; id && *id; id++) {
                const GenerationPatch *other = find_in_force(host, g, *id);

                if (other)
                        return failure_set(
                                        f, FAILURE_CONFLICT,
                                        "Patch %s cannot be applied together with %s, which is applied: roll that one "
                                        "back first.",
                                        m->ref, other->ref);
        }
        r = check_conflicts_of_others(host, g, m, f);
        return r < 0 ? r : claims_check_engines(host, g, m, f);
}

int relations_check_rollback(const Host *host, const Generation *g, const char *ref, const Manifest *m,
                             Failure *f)
{
        const GenerationPatch *recorded = generation_find(g, ref);
        bool reversible = m ? m->reversible : !recorded || recorded->reversible;
        _cleanup_free_ char *id = NULL, *version = NULL;
        int r;

        if (!reversible)
                return failure_set(
                                f, FAILURE_NOT_REVERSIBLE,
                                "Patch %s cannot be rolled back, its publisher says: it goes with the next reboot "
                                "only, with kpatchd.apply=0 on the kernel command line.",
                                ref);
        r = patch_ref_parse(ref, &id, &version, f);
        if (r < 0)
                return r;
        FOREACH_ARRAY (p, g->patches, g->n_patches) {
                _cleanup_(manifest_freep) Manifest *other = NULL;

                if (streq(p->ref, ref) || !is_in_force(host, p))
                        continue;
                /* What was recorded holds where the manifest cannot be verified any more. */
                other = read_manifest(host, p->ref);
                if (strv_contains(other ? other->depends : p->depends, id))
                        return failure_set(f, FAILURE_DEPENDENCY_MISSING,
                                           "Patch %s, which is applied, needs %s: roll that one back first.",
                                           p->ref, ref);
        }
        return 0;
}
