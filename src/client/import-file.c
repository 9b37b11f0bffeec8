/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "import-file.h"

#include "cleanup.h"
#include "display.h"
#include "text.h"

#include <fcntl.h>
#include <sys/stat.h>

bool text_ends_with(const char *text, const char *suffix)
{
        size_t n = strlen(text), m = strlen(suffix);

        return n > m && streq(text + n - m, suffix);
}

bool import_file_is_meant(const char *argument)
{
        return text_ends_with(argument, MODULE_SUFFIX);
}

/* Names the manifest that stands beside the module. */
static int default_manifest(const char *module, char **ret, Failure *f)
{
        if (!text_ends_with(module, MODULE_SUFFIX))
                return failure_set(f, FAILURE_USAGE,
                                   "'%s' does not end in " MODULE_SUFFIX
                                   ": name the manifest after the module.",
                                   module);
        *ret = text_format("%.*s%s", (int) (strlen(module) - strlen(MODULE_SUFFIX)), module,
                           MANIFEST_SUFFIX);
        if (!*ret)
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        return 0;
}

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

int import_file_open(const char *module, const char *manifest, ImportFile *ret, Failure *f)
{
        _cleanup_close_ int module_fd = -EBADF, manifest_fd = -EBADF;
        _cleanup_free_ char *beside = NULL;
        int r;

        if (!manifest) {
                r = default_manifest(module, &beside, f);
                if (r < 0)
                        return r;
                manifest = beside;
        }
        r = open_file(module, "module", &module_fd, f);
        if (r >= 0)
                r = open_file(manifest, "manifest", &manifest_fd, f);
        if (r < 0)
                return r;
        *ret = (ImportFile){ module, TAKE_FD(module_fd), TAKE_FD(manifest_fd) };
        return 0;
}

void import_file_close(ImportFile *file)
{
        close_fd(file->module_fd);
        close_fd(file->manifest_fd);
        *file = (ImportFile){ NULL, -EBADF, -EBADF };
}

static int run(JobSession *s, const ImportFile *file, bool stored_is_fine, bool *ret_stored,
               char **ret_patch, Failure *f)
{
        JobRequest request = { .method = "Import",
                               .argument = JOB_ARGUMENT_FILES,
                               .module_fd = file->module_fd,
                               .manifest_fd = file->manifest_fd };
        char *patch = NULL;
        int r;

        r = job_run(s, "import", request, &patch, f);
        *ret_stored = r == 0 && !s->client->options.dry_run;
        if (r < 0 && stored_is_fine && f->kind == FAILURE_ALREADY_STORED && patch) {
                failure_clear(f);
                *ret_stored = true;
                r = 0;
        }
        *ret_patch = patch;
        return r;
}

int import_file_run(JobSession *s, const ImportFile *file, bool stored_is_fine, char **ret_patch, Failure *f)
{
        _cleanup_free_ char *patch = NULL;
        bool stored;
        int r;

        r = run(s, file, stored_is_fine, &stored, &patch, f);
        if (ret_patch)
                *ret_patch = TAKE_PTR(patch);
        return r;
}

int import_tell(const Client *c, const char *sentence, Failure *f)
{
        if (c->reply)
                return json_append_note(c->reply, sentence, f);
        if (!c->options.quiet) {
                display_write_wrapped(&c->out, sentence, 0);
                fputc('\n', c->out.file);
                fflush(c->out.file);
        }
        return 0;
}

int import_file_for(JobSession *s, const ImportFile *file, const char *done, char **ret_patch, Failure *f)
{
        _cleanup_free_ char *patch = NULL, *text = NULL;
        bool stored;
        int r;

        r = run(s, file, true, &stored, &patch, f);
        if (r != 0)
                return r;
        if (!stored) {
                text = text_format("Patch %s would be %s after its import; that was not tried.",
                                   patch ? patch : file->path, done);
                if (!text)
                        return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
                return import_tell(s->client, text, f);
        }
        if (!patch)
                return failure_set(
                                f, FAILURE_FAILED,
                                "kpatchd did not say which patch it imported; 'kpatchctl list' shows it.");
        *ret_patch = TAKE_PTR(patch);
        return 0;
}
