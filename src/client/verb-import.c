/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "cleanup.h"
#include "import-file.h"
#include "import-kpatch.h"

/* Where kpatch keeps what it has installed. */
#define KPATCH_FOLDER "/var/lib/kpatch"

/* That it is stored already is no obstacle to what was asked for. */
static int import_and_apply(JobSession *s, const ImportFile *file, Failure *f)
{
        JobRequest request = { .method = "Apply" };
        _cleanup_free_ char *patch = NULL;
        int r;

        r = import_file_for(s, file, "applied", &patch, f);
        if (r != 0 || !patch)
                return r;
        request.patch = patch;
        return job_run(s, "apply", request, NULL, f);
}

int verb_import(const Client *c, Failure *f)
{
        _cleanup_import_file_ ImportFile file = { NULL, -EBADF, -EBADF };
        _cleanup_job_session_ JobSession s = {};
        const char *module = c->options.args[0], *manifest = module ? c->options.args[1] : NULL;
        int r;

        if (c->options.from_kpatch && (manifest || c->options.apply))
                return failure_set(
                                f, FAILURE_USAGE,
                                "'--from-kpatch' takes one folder, and applies nothing: 'kpatchctl install' "
                                "has patches applied at boot.");
        if (c->options.from_kpatch)
                return import_from_kpatch(c, module ? module : KPATCH_FOLDER, f);
        if (!module)
                return failure_set(f, FAILURE_USAGE, "Which module is to be imported? Name its file.");
        if (manifest && text_ends_with(manifest, MODULE_SUFFIX) && !text_ends_with(module, MODULE_SUFFIX))
                return failure_set(f, FAILURE_USAGE, "The module comes first: 'kpatchctl import %s %s'.",
                                   manifest, module);
        r = import_file_open(module, manifest, &file, f);
        if (r >= 0)
                r = job_session_open(c, &s, f);
        if (r < 0)
                return r;
        return c->options.apply ? import_and_apply(&s, &file, f)
                                : import_file_run(&s, &file, false, NULL, f);
}
