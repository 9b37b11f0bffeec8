/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "manifest-module.h"

#include <openssl/sha.h>

int manifest_take_module(Manifest *m, ModuleFile *module, const void *bytes, size_t size, const char *file,
                         Failure *f)
{
        if (!module->has_build_id)
                return failure_set(f, FAILURE_MODULE_INVALID,
                                   "The module %s has no build-id; link it with --build-id=sha1.", file);
        m->module_file = strdup(file);
        m->module_engine = strdup(module->engine);
        if (!m->kernel_release)
                m->kernel_release = strndup(module->vermagic, strcspn(module->vermagic, " "));
        if (!m->module_file || !m->module_engine || !m->kernel_release)
                return failure_set_errno(f, -ENOMEM, "Cannot make the manifest");
        m->module_name = TAKE_PTR(module->name);
        m->module_vermagic = TAKE_PTR(module->vermagic);
        memcpy(m->module_build_id, module->build_id, BUILD_ID_SIZE);
        m->module_size = size;
        SHA256(bytes, size, m->module_sha256);
        if (!module->has_target_build_id)
                return 0;
        memcpy(m->kernel_build_id, module->target_build_id, BUILD_ID_SIZE);
        m->functions = TAKE_PTR(module->functions);
        m->n_functions = module->n_functions;
        module->n_functions = 0;
        m->replace = module->replace;
        return 0;
}
