/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "claims.h"

#include "cleanup.h"
#include "engine-sysfs.h"
#include "strv.h"
#include "text.h"

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

static bool is_same_function(const ManifestFunction *a, const ManifestFunction *b)
{
        return streq(a->object, b->object) && streq(a->name, b->name) &&
               (a->sympos == b->sympos || (a->sympos <= 1 && b->sympos <= 1));
}

int claims_check_manifests(const Manifest *m, const Manifest *other, Failure *f)
{
        if (streq(m->module_engine, other->module_engine))
                return 0;
        FOREACH_ARRAY (fn, m->functions, m->n_functions)
                FOREACH_ARRAY (theirs, other->functions, other->n_functions)
                        if (is_same_function(fn, theirs))
                                return failure_set(
                                                f, FAILURE_CONFLICT,
                                                "Patch %s (engine %s) and %s, which is applied at boot (engine %s), both "
                                                "replace %s of %s, and two engines cannot: uninstall %s first.",
                                                m->ref, m->module_engine, other->ref, other->module_engine,
                                                fn->name, fn->object, other->ref);
        return 0;
}

typedef struct FunctionList {
        ManifestFunction *items;
        size_t n;
} FunctionList;

static void function_list_clear(FunctionList *list)
{
        manifest_functions_free(list->items, list->n);
}

/* From the name of a function's folder, NAME,SYMPOS. */
static int append_function(FunctionList *list, const char *object, const char *folder)
{
        ManifestFunction *larger = reallocarray(list->items, list->n + 1, sizeof(*larger)), *fn;
        const char *comma = strrchr(folder, ',');

        if (!larger)
                return -ENOMEM;
        list->items = larger;
        fn = &list->items[list->n++];
        *fn = (ManifestFunction){
                .object = strdup(object),
                .name = strndup(folder, comma ? (size_t) (comma - folder) : strlen(folder)),
                .sympos = comma ? (uint32_t) strtoul(comma + 1, NULL, 10) : 0,
        };
        return fn->object && fn->name ? 0 : -ENOMEM;
}

static int append_object(const Host *host, const char *folder, const char *object, FunctionList *list)
{
        _cleanup_strv_free_ char **functions = NULL;
        _cleanup_free_ char *below = NULL;
        int r;

        below = text_format("%s/%s", folder, object);
        if (!below)
                return -ENOMEM;
        r = sysfs_list(host, below, &functions);
        for (char **function = functions; r >= 0 && function && *function; function++)
                r = append_function(list, object, *function);
        return r;
}

int claims_read_functions(const Host *host, const Engine *engine, const char *module, ManifestFunction **ret,
                          size_t *ret_n)
{
        _cleanup_(function_list_clear) FunctionList list = {};
        _cleanup_strv_free_ char **objects = NULL;
        _cleanup_free_ char *folder = NULL;
        int r;

        folder = text_format("%s/%s", engine->folder, module);
        if (!folder)
                return -ENOMEM;
        r = sysfs_list(host, folder, &objects);
        for (char **object = objects; r >= 0 && object && *object; object++)
                r = append_object(host, folder, *object, &list);
        if (r < 0)
                return r;
        *ret = list.items;
        *ret_n = list.n;
        list = (FunctionList){};
        return 0;
}

int claims_check_alone(const Host *host, const Generation *g, const Engine *engine, const Manifest *m,
                       Failure *f)
{
        _cleanup_strv_free_ char **modules = NULL;
        int r;

        r = engine->list(host, &modules);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read what the engine %s has in force", engine->name);
        for (char **module = modules; module && *module; module++)
                if (!streq(*module, m->module_name))
                        return failure_set(
                                        f, FAILURE_CONFLICT,
                                        "Patch %s is unsigned and does not say whether it takes the place of %s, which "
                                        "is in force: roll %s back first.",
                                        m->ref, name_of(g, *module), name_of(g, *module));
        return 0;
}

int claims_check_shown(const Host *host, const Generation *g, const Engine *engine, const Manifest *m,
                       Failure *f)
{
        _cleanup_(function_list_clear) FunctionList list = {};
        Manifest shown = *m;
        int r;

        r = claims_read_functions(host, engine, m->module_name, &list.items, &list.n);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read what patch %s replaces", m->ref);
        shown.functions = list.items;
        shown.n_functions = list.n;
        return claims_check_engines(host, g, &shown, f);
}

int claims_check_functions(const Host *host, const Engine *engine, const Manifest *m, Failure *f)
{
        _cleanup_(function_list_clear) FunctionList list = {};
        int r;

        FOREACH_ARRAY (fn, m->functions, m->n_functions)
                if (!has_function(host, engine, m->module_name, fn))
                        return failure_set(
                                        f, FAILURE_MODULE_MISMATCH,
                                        "The signed manifest of %s says that it replaces %s of %s, and the kernel shows "
                                        "that it does not.",
                                        m->ref, fn->name, fn->object);
        r = claims_read_functions(host, engine, m->module_name, &list.items, &list.n);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read what patch %s replaces", m->ref);
        if (list.n != m->n_functions)
                return failure_set(
                                f, FAILURE_MODULE_MISMATCH,
                                "The signed manifest of %s names %zu functions, and the kernel shows that it "
                                "replaces %zu.",
                                m->ref, m->n_functions, list.n);
        return 0;
}
