/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-module.h"

#include "feed-file.h"
#include "file-ref.h"
#include "module-file.h"

#include <inttypes.h>

int feed_module_read(const Manifest *m, const char *path, char **ret_bytes, size_t *ret_size, Failure *f)
{
        _cleanup_(module_file_freep) ModuleFile *module = NULL;
        _cleanup_free_ char *bytes = NULL;
        FileRef file;
        size_t size;
        int r;

        r = feed_file_read(path, "module", MODULE_SIZE_MAX, &bytes, &size, f);
        if (r < 0)
                return r;
        if (size != m->module_size)
                return failure_set(f, FAILURE_MODULE_SIZE_MISMATCH,
                                   "%s has %zu bytes, the module that was signed has %" PRIu64 ".", path,
                                   size, m->module_size);
        file_ref_make(bytes, size, &file);
        if (memcmp(file.sha256, m->module_sha256, sizeof(file.sha256)) != 0)
                return failure_set(f, FAILURE_MODULE_DIGEST_MISMATCH,
                                   "%s is not the module that was signed.", path);
        r = module_file_parse(bytes, size, &module, f);
        if (r < 0)
                return r;
        r = module_file_check_manifest(module, m, f);
        if (r < 0)
                return r;
        *ret_bytes = TAKE_PTR(bytes);
        *ret_size = size;
        return 0;
}
