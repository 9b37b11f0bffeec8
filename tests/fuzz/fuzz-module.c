/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Whatever stands in for a kernel module or for the kernel's notes: it is read or refused. */

#include "manifest.h"
#include "module-file.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(module_file_freep) ModuleFile *m = NULL;
        _cleanup_failure_ Failure f = {};
        uint8_t build_id[BUILD_ID_SIZE];

        (void) elf_notes_find_build_id(data, size, build_id);
        if (module_file_parse(data, size, &m, &f) < 0) {
                assert(f.kind == FAILURE_MODULE_INVALID || f.kind == FAILURE_NOT_A_PATCH ||
                       f.kind == FAILURE_ENGINE_UNSUPPORTED);
                return 0;
        }
        assert(module_name_is_valid(m->name));
        assert(m->engine && *m->vermagic);
        assert(m->n_functions <= MANIFEST_FUNCTIONS_MAX);
        FOREACH_ARRAY (function, m->functions, m->n_functions)
                assert(module_name_is_valid(function->object) && *function->name);
        return 0;
}
