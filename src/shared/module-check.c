/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "module-file.h"

static int differs(Failure *f, const char *what)
{
        return failure_set(f, FAILURE_MODULE_MISMATCH,
                           "The module and its signed manifest do not agree on %s.", what);
}

static bool manifest_has(const Manifest *manifest, const ManifestFunction *wanted)
{
        FOREACH_ARRAY (function, manifest->functions, manifest->n_functions)
                if (manifest_function_equal(function, wanted))
                        return true;
        return false;
}

/* Neither list holds a function twice, so that as many, each of them found, are the same ones. */
static int check_functions(const ModuleFile *m, const Manifest *manifest, Failure *f)
{
        if (m->n_functions != manifest->n_functions)
                return differs(f, "the number of functions that are replaced");
        FOREACH_ARRAY (function, m->functions, m->n_functions)
                if (!manifest_has(manifest, function))
                        return failure_set(f, FAILURE_MODULE_MISMATCH,
                                           "The module replaces the function %s of %s, which its signed "
                                           "manifest does not name.",
                                           function->name, function->object);
        return 0;
}

int module_file_check_manifest(const ModuleFile *m, const Manifest *manifest, Failure *f)
{
        if (!m->engine || !streq(m->engine, manifest->module_engine))
                return differs(f, "the engine");
        if (!streq(m->name, manifest->module_name))
                return differs(f, "the module's name");
        if (!streq(m->vermagic, manifest->module_vermagic))
                return differs(f, "the vermagic");
        if (!m->has_build_id || memcmp(m->build_id, manifest->module_build_id, BUILD_ID_SIZE) != 0)
                return differs(f, "the module's build-id");
        /* A mainline livepatch says nothing more about itself. */
        if (!m->has_target_build_id)
                return 0;
        if (memcmp(m->target_build_id, manifest->kernel_build_id, BUILD_ID_SIZE) != 0)
                return differs(f, "the kernel's build-id");
        if (m->replace != manifest->replace)
                return differs(f, "whether older patches are replaced");
        return check_functions(m, manifest, f);
}
