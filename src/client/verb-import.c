/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "cleanup.h"
#include "import-file.h"
#include "import-kpatch.h"

/* Where kpatch keeps what it has installed. */
#define KPATCH_FOLDER "/var/lib/kpatch"

static int apply_imported(JobSession *s, const char *patch, Failure *f)
{
        JobRequest request = { .method = "Apply", .patch = patch };

        if (!patch)
                return failure_set(
                                f, FAILURE_FAILED,
                                "kpatchd did not say which patch it imported; 'kpatchctl list' shows it.");
        return job_run(s, "apply", request, NULL, f);
}

int verb_import(const Client *c, Failure *f)
{
        _cleanup_import_file_ ImportFile file = { NULL, -EBADF, -EBADF };
        _cleanup_job_session_ JobSession s = {};
        _cleanup_free_ char *patch = NULL;
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
        if (r >= 0)
                /* With --apply it is no obstacle to what was asked for. */
                r = import_file_run(&s, &file, c->options.apply, &patch, f);
        return r != 0 || !c->options.apply ? r : apply_imported(&s, patch, f);
}
