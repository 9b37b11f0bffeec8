/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "import-kpatch.h"

#include "cleanup.h"
#include "display.h"
#include "file.h"
#include "hex.h"
#include "import-file.h"
#include "names.h"
#include "text.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <unistd.h>

typedef struct Migration {
        const Client *client;
        JobSession session;
        ManagerInfo manager;
        ObjectsInfo objects;
        size_t n;          /* modules of the kernel that runs */
        size_t n_unsigned; /* of these */
        Failure first;     /* of what went wrong with one */
} Migration;

static void migration_clear(Migration *m)
{
        failure_clear(&m->first);
        objects_info_clear(&m->objects);
        manager_info_clear(&m->manager);
        job_session_close(&m->session);
}
#define _cleanup_migration_ __attribute__((cleanup(migration_clear)))

static int tell(const Migration *m, Failure *f, const char *format, ...) _printf_(3, 4);

static int tell(const Migration *m, Failure *f, const char *format, ...)
{
        const Client *c = m->client;
        _cleanup_free_ char *text = NULL;
        va_list ap;

        va_start(ap, format);
        text = text_formatv(format, ap);
        va_end(ap);
        if (!text)
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        if (c->reply)
                return json_append_note(c->reply, text, f);
        if (!c->options.quiet) {
                display_write(c->out.file, text, SIZE_MAX);
                fputc('\n', c->out.file);
        }
        return 0;
}

/* What is stored with these very bytes; NULL where nothing is. */
static const PatchInfo *find_stored(const Migration *m, const char *path)
{
        _cleanup_free_ char *data = NULL, *text = NULL;
        uint8_t digest[SHA256_SIZE];
        size_t size;

        if (file_read(AT_FDCWD, path, MODULE_SIZE_MAX, &data, &size) < 0)
                return NULL;
        SHA256((const uint8_t *) data, size, digest);
        text = hex_encode(digest, sizeof(digest));
        FOREACH_ARRAY (p, m->objects.patches, m->objects.n_patches)
                if (text && streq_ptr(p->module_sha256, text))
                        return p;
        return NULL;
}

/* Counts it as refused, and says so; refused is taken over. */
static int leave_out(Migration *m, const char *path, Failure *refused, Failure *f)
{
        int r = tell(m, f, "%s is left out: %s", path, failure_sentence(refused));

        if (m->first.kind == FAILURE_NONE) {
                m->first = *refused;
                *refused = (Failure){};
        }
        return r;
}

static bool is_believed(const Migration *m, const char *path)
{
        for (char **folder = m->manager.unsigned_from; folder && *folder; folder++) {
                size_t n = strlen(*folder);

                if (strncmp(path, *folder, n) == 0 && path[n] == '/')
                        return true;
        }
        return false;
}

/* kpatchd opens it itself: what it gets from callers it does not believe without a signature. Returns as
 * take(). */
static int take_unsigned(Migration *m, const char *path, const char *real, Failure *f)
{
        JobRequest request = { .method = "ImportUnsigned", .argument = JOB_ARGUMENT_PATCH, .patch = real };
        _cleanup_failure_ Failure refused = {};
        int r;

        r = job_run(&m->session, "import", request, NULL, &refused);
        if (r >= 0 || refused.kind == FAILURE_ALREADY_STORED)
                return r < 0 ? 0 : r;
        return leave_out(m, path, &refused, f);
}

static int take_without_manifest(Migration *m, const char *path, Failure *f)
{
        const PatchInfo *p = find_stored(m, path);
        _cleanup_free_ char *real = NULL;

        if (p)
                return tell(m, f, "%s is patch %s, which is stored.", path, p->reference);
        real = realpath(path, NULL);
        if (real && is_believed(m, real))
                return take_unsigned(m, path, real, f);
        m->n_unsigned++;
        return tell(m, f, "%s is left out: it has no signed manifest, and nobody vouches for it.", path);
}

static bool has_manifest(const char *path)
{
        char beside[PATH_MAX];
        int n = snprintf(beside, sizeof(beside), "%.*s%s", (int) (strlen(path) - strlen(MODULE_SUFFIX)),
                         path, MANIFEST_SUFFIX);

        return n > 0 && (size_t) n < sizeof(beside) && access(beside, F_OK) >= 0;
}

/* Returns 128 plus a signal that ended it, or what ends it all; a module that is refused does not. */
static int take(Migration *m, const char *path, Failure *f)
{
        _cleanup_import_file_ ImportFile file = { NULL, -EBADF, -EBADF };
        _cleanup_failure_ Failure refused = {};
        int r;

        m->n++;
        if (!has_manifest(path))
                return take_without_manifest(m, path, f);
        r = import_file_open(path, NULL, &file, &refused);
        if (r == 0)
                r = import_file_run(&m->session, &file, true, NULL, &refused);
        return r >= 0 ? r : leave_out(m, path, &refused, f);
}

static int is_module_file(const struct dirent *entry)
{
        return entry->d_name[0] != '.' && text_ends_with(entry->d_name, MODULE_SUFFIX);
}

static int is_visible(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

/* Calls for each entry of a folder that fits, in the order of their names, until one does not return 0. */
static int visit(Migration *m, const char *folder, int (*fits)(const struct dirent *),
                 int (*call)(Migration *m, const char *path, Failure *f), Failure *f)
{
        struct dirent **entries = NULL;
        int n = scandir(folder, &entries, fits, alphasort), r = 0;

        if (n < 0)
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "Cannot read %s: %s.", folder,
                                   strerror(errno));
        for (int i = 0; i < n; i++) {
                _cleanup_free_ char *path = NULL;

                if (r == 0 && !(path = text_format("%s/%s", folder, entries[i]->d_name)))
                        r = failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
                if (r == 0)
                        r = call(m, path, f);
                free(entries[i]);
        }
        free(entries);
        return r;
}

static int take_release(Migration *m, const char *path, Failure *f)
{
        const char *release = strrchr(path, '/') + 1;

        if (streq_ptr(m->manager.kernel.release, release))
                return visit(m, path, is_module_file, take, f);
        return tell(m, f, "%s is left out: its modules are for another kernel than the one that runs.",
                    path);
}

static int conclude(Migration *m, const char *folder, Failure *f)
{
        if (m->first.kind != FAILURE_NONE)
                return failure_set(f, m->first.kind, "%s", failure_sentence(&m->first));
        if (m->n_unsigned > 0)
                return failure_set(f, FAILURE_KEY_UNKNOWN,
                                   "%zu of %zu modules were not imported: each needs a manifest that its "
                                   "publisher has signed with kpatch-feed.",
                                   m->n_unsigned, m->n);
        return m->n > 0 ? 0
                        : tell(m, f, "%s has no module for kernel %s.", folder,
                               strna(m->manager.kernel.release));
}

int import_from_kpatch(const Client *c, const char *folder, Failure *f)
{
        _cleanup_migration_ Migration m = { .client = c };
        int r;

        r = job_session_open(c, &m.session, f);
        if (r >= 0)
                r = bus_fetch_manager(m.session.bus, &m.manager, f);
        if (r >= 0)
                r = bus_fetch_objects(m.session.bus, &m.objects, f);
        if (r == 0)
                r = visit(&m, folder, is_visible, take_release, f);
        return r != 0 ? r : conclude(&m, folder, f);
}
