/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "claims.h"

#include "cleanup.h"
#include "engine-sysfs.h"
#include "strv.h"

#include <inttypes.h>

/* The folder of a function is NAME,SYMPOS. One whose name is unique is 0 to one engine and 1 to another. */
static bool has_function(const Host *host, const Engine *engine, const char *module,
                         const ManifestFunction *fn)
{
        if (sysfs_has(host, "%s/%s/%s/%s,%" PRIu32, engine->folder, module, fn->object, fn->name,
                      fn->sympos))
                return true;
        return fn->sympos <= 1 && sysfs_has(host, "%s/%s/%s/%s,%u", engine->folder, module, fn->object,
                                            fn->name, 1 - fn->sympos);
}

/* What a person calls the patch of that module. */
static const char *name_of(const Generation *g, const char *module)
{
        FOREACH_ARRAY (p, g->patches, g->n_patches)
                if (streq(p->module_name, module))
                        return p->ref;
        return module;
}

static int check_engine(const Host *host, const Generation *g, const Manifest *m, const Engine *other,
                        Failure *f)
{
        _cleanup_strv_free_ char **modules = NULL;
        int r;

        r = other->list(host, &modules);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read what the engine %s has in force", other->name);
        for (char **module = modules; module && *module; module++)
                FOREACH_ARRAY (fn, m->functions, m->n_functions)
                        if (has_function(host, other, *module, fn))
                                return failure_set(
                                                f, FAILURE_CONFLICT,
                                                "Patch %s (engine %s) and %s, which is in force (engine %s), both "
                                                "replace %s of %s, and two engines cannot: roll %s back first.",
                                                m->ref, m->module_engine, name_of(g, *module), other->name,
                                                fn->name, fn->object, name_of(g, *module));
        return 0;
}

int claims_check_engines(const Host *host, const Generation *g, const Manifest *m, Failure *f)
{
        for (size_t i = 0; engines[i]; i++) {
                int r;

                if (streq(engines[i]->name, m->module_engine))
                        continue;
                r = check_engine(host, g, m, engines[i], f);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int count_functions(const Host *host, const Engine *engine, const char *module, size_t *ret)
{
        _cleanup_strv_free_ char **objects = NULL;
        _cleanup_free_ char *folder = NULL;
        size_t n = 0;
        int r;

        if (asprintf(&folder, "%s/%s", engine->folder, module) < 0) {
                folder = NULL;
                return -ENOMEM;
        }
        r = sysfs_list(host, folder, &objects);
        for (char **object = objects; r >= 0 && object && *object; object++) {
                _cleanup_strv_free_ char **functions = NULL;
                _cleanup_free_ char *below = NULL;

                if (asprintf(&below, "%s/%s", folder, *object) < 0) {
                        below = NULL;
                        return -ENOMEM;
                }
                r = sysfs_list(host, below, &functions);
                n += strv_length(functions);
        }
        if (r < 0)
                return r;
        *ret = n;
        return 0;
}

int claims_check_functions(const Host *host, const Engine *engine, const Manifest *m, Failure *f)
{
        size_t n;
        int r;

        FOREACH_ARRAY (fn, m->functions, m->n_functions)
                if (!has_function(host, engine, m->module_name, fn))
                        return failure_set(
                                        f, FAILURE_MODULE_MISMATCH,
                                        "The signed manifest of %s says that it replaces %s of %s, and the kernel shows "
                                        "that it does not.",
                                        m->ref, fn->name, fn->object);
        r = count_functions(host, engine, m->module_name, &n);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read what patch %s replaces", m->ref);
        if (n != m->n_functions)
                return failure_set(
                                f, FAILURE_MODULE_MISMATCH,
                                "The signed manifest of %s names %zu functions, and the kernel shows that it "
                                "replaces %zu.",
                                m->ref, m->n_functions, n);
        return 0;
}
