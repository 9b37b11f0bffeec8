/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "cleanup.h"
#include "job.h"

#include <fcntl.h>
#include <sys/stat.h>

#define MODULE_SUFFIX   ".ko"
#define MANIFEST_SUFFIX ".manifest.json"

static bool ends_with(const char *text, const char *suffix)
{
        size_t n = strlen(text), m = strlen(suffix);

        return n > m && streq(text + n - m, suffix);
}

/* Names the manifest that stands beside the module. */
static int default_manifest(const char *module, char **ret, Failure *f)
{
        if (!ends_with(module, MODULE_SUFFIX))
                return failure_set(f, FAILURE_USAGE,
                                   "'%s' does not end in " MODULE_SUFFIX
                                   ": name the manifest after the module.",
                                   module);
        if (asprintf(ret, "%.*s%s", (int) (strlen(module) - strlen(MODULE_SUFFIX)), module,
                     MANIFEST_SUFFIX) < 0) {
                *ret = NULL;
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        }
        return 0;
}

/* Opens with the caller's own rights: kpatchd reads only what its caller can. */
static int open_file(const char *path, const char *what, int *ret_fd, Failure *f)
{
        /* O_NONBLOCK so that a FIFO does not hang us before the check. */
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "Cannot open the %s '%s': %s.", what, path,
                                   strerror(errno));
        if (!S_ISREG(st.st_mode))
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "The %s '%s' is not a regular file.", what,
                                   path);
        *ret_fd = TAKE_FD(fd);
        return 0;
}

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
        _cleanup_free_ char *default_path = NULL, *patch = NULL;
        _cleanup_close_ int module_fd = -EBADF, manifest_fd = -EBADF;
        _cleanup_job_session_ JobSession s = {};
        const char *module = c->options.args[0], *manifest = c->options.args[1];
        JobRequest request;
        int r;

        if (manifest && ends_with(manifest, MODULE_SUFFIX) && !ends_with(module, MODULE_SUFFIX))
                return failure_set(f, FAILURE_USAGE, "The module comes first: 'kpatchctl import %s %s'.",
                                   manifest, module);
        if (!manifest) {
                r = default_manifest(module, &default_path, f);
                if (r < 0)
                        return r;
                manifest = default_path;
        }
        r = open_file(module, "module", &module_fd, f);
        if (r >= 0)
                r = open_file(manifest, "manifest", &manifest_fd, f);
        if (r >= 0)
                r = job_session_open(c, &s, f);
        if (r < 0)
                return r;

        request = (JobRequest){ .method = "Import",
                                .argument = JOB_ARGUMENT_FILES,
                                .module_fd = module_fd,
                                .manifest_fd = manifest_fd };
        r = job_run(&s, "import", request, &patch, f);
        if (!c->options.apply || r > 0)
                return r;
        /* That it is stored already is no obstacle to what was asked for. */
        if (r < 0 && (f->kind != FAILURE_ALREADY_STORED || !patch))
                return r;
        failure_clear(f);
        return apply_imported(&s, patch, f);
}
