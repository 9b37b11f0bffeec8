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

static bool has_id(const GenerationPatch *p, const char *id)
{
        size_t n = strlen(id);

        return strncmp(p->ref, id, n) == 0 && p->ref[n] == '=';
}

/* The patch of that id that is in force, any version. */
static const GenerationPatch *find_in_force(const Host *host, const Generation *g, const char *id)
{
        FOREACH_ARRAY (p, g->patches, g->n_patches)
                if (has_id(p, id) && engine_has_in_force(host, p))
                        return p;
        return NULL;
}

Manifest *relations_read_manifest(const Host *host, const char *ref)
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

                if (has_id(p, m->id) || !engine_has_in_force(host, p))
                        continue;
                other = relations_read_manifest(host, p->ref);
                if (other && strv_contains(other->conflicts, m->id))
                        return failure_set(
                                        f, FAILURE_CONFLICT,
                                        "Patch %s, which is applied, cannot be applied together with %s: roll it back "
                                        "first.",
                                        p->ref, m->ref);
        }
        return 0;
}

static int refuse_old_daemon(const Manifest *m, Failure *f)
{
        return failure_set(f, FAILURE_DAEMON_TOO_OLD,
                           "Patch %s needs kpatchd %s or newer, and this is %s: upgrade kpatchd.", m->ref,
                           m->min_daemon, KPATCHD_VERSION);
}

int relations_check_apply(const Host *host, const Generation *g, const Manifest *m, Failure *f)
{
        int r;

        if (m->min_daemon && patch_version_compare(KPATCHD_VERSION, m->min_daemon) < 0)
                return refuse_old_daemon(m, f);
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

static int check_reversible(const Generation *g, const char *ref, const Manifest *m, Failure *f)
{
        const GenerationPatch *recorded = generation_find(g, ref);

        if (m ? m->reversible : !recorded || recorded->reversible)
                return 0;
        return failure_set(
                        f, FAILURE_NOT_REVERSIBLE,
                        "Patch %s cannot be rolled back, its publisher says: it goes with the next reboot "
                        "only, with kpatchd.apply=0 on the kernel command line.",
                        ref);
}

static bool contains_id(const Generation *g, const char *id)
{
        FOREACH_ARRAY (p, g->patches, g->n_patches)
                if (has_id(p, id))
                        return true;
        return false;
}

int relations_check_goal(const Generation *before, const Generation *goal, const GenerationPatch *p,
                         const Manifest *m, Failure *f)
{
        char **depends = m ? m->depends : p->depends;

        if (!generation_find(goal, p->ref))
                return check_reversible(before, p->ref, m, f);
        if (m && m->min_daemon && patch_version_compare(KPATCHD_VERSION, m->min_daemon) < 0)
                return refuse_old_daemon(m, f);
        for (char **id = depends; id && *id; id++)
                if (!contains_id(goal, *id))
                        return failure_set(f, FAILURE_DEPENDENCY_MISSING,
                                           "Patch %s needs %s, which that generation does not have.", p->ref,
                                           *id);
        return 0;
}

bool relations_exclude(const Manifest *m, const GenerationPatch *p)
{
        for (char **id = m->conflicts; id && *id; id++)
                if (has_id(p, *id))
                        return true;
        return false;
}

int relations_check_rollback(const Host *host, const Generation *g, const char *ref, const Manifest *m,
                             Failure *f)
{
        _cleanup_free_ char *id = NULL, *version = NULL;
        int r;

        r = check_reversible(g, ref, m, f);
        if (r >= 0)
                r = patch_ref_parse(ref, &id, &version, f);
        if (r < 0)
                return r;
        FOREACH_ARRAY (p, g->patches, g->n_patches) {
                _cleanup_(manifest_freep) Manifest *other = NULL;

                if (streq(p->ref, ref) || !engine_has_in_force(host, p))
                        continue;
                /* What was recorded holds where the manifest cannot be verified any more. */
                other = relations_read_manifest(host, p->ref);
                if (strv_contains(other ? other->depends : p->depends, id))
                        return failure_set(f, FAILURE_DEPENDENCY_MISSING,
                                           "Patch %s, which is applied, needs %s: roll that one back first.",
                                           p->ref, ref);
        }
        return 0;
}

int relations_check_install(const Host *host, const Generation *g, const Manifest *m, Failure *f)
{
        if (m->min_daemon && patch_version_compare(KPATCHD_VERSION, m->min_daemon) < 0)
                return refuse_old_daemon(m, f);
        for (char **id = m->depends; id && *id; id++)
                if (!contains_id(g, *id))
                        return failure_set(
                                        f, FAILURE_DEPENDENCY_MISSING,
                                        "Patch %s needs %s, which is not applied at boot: install that one first.",
                                        m->ref, *id);
        FOREACH_ARRAY (p, g->patches, g->n_patches) {
                _cleanup_(manifest_freep) Manifest *other = relations_read_manifest(host, p->ref);
                int r;

                if (relations_exclude(m, p) || (other && strv_contains(other->conflicts, m->id)))
                        return failure_set(
                                        f, FAILURE_CONFLICT,
                                        "Patch %s cannot be applied together with %s, which is applied at "
                                        "boot: uninstall that one first.",
                                        m->ref, p->ref);
                r = other ? claims_check_manifests(m, other, f) : 0;
                if (r < 0)
                        return r;
        }
        return 0;
}

int relations_check_uninstall(const Generation *g, const char *ref, Failure *f)
{
        _cleanup_free_ char *id = NULL, *version = NULL;
        int r;

        r = patch_ref_parse(ref, &id, &version, f);
        if (r < 0)
                return r;
        FOREACH_ARRAY (p, g->patches, g->n_patches)
                if (!streq(p->ref, ref) && strv_contains(p->depends, id))
                        return failure_set(
                                        f, FAILURE_DEPENDENCY_MISSING,
                                        "Patch %s, which is applied at boot, needs %s: uninstall that one first.",
                                        p->ref, ref);
        return 0;
}
