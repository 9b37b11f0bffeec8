/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "work.h"

#include "feed-client.h"
#include "feed-file.h"
#include "file.h"
#include "json-typed.h"
#include "names.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>
#include <sys/stat.h>

#define SETTINGS      "publisher.json"
#define SETTINGS_SIZE (64 * 1024)
#define DAYS_MAX      3650

Work *work_free(Work *work)
{
        if (!work)
                return NULL;
        root_free(work->root);
        close_fd(work->dir_fd);
        free(work->path);
        free(work);
        return NULL;
}

int work_read(const Work *work, const char *name, size_t max, char **ret_data, size_t *ret_size, Failure *f)
{
        int r = file_read(work->dir_fd, name, max, ret_data, ret_size);

        if (r == -ENOENT)
                return 0;
        return r < 0 ? failure_set_errno(f, r, "Cannot read %s/%s", work->path, name) : 1;
}

/* Makes the folders that name is in, and does not wait for the disk: the file's own write does. */
static int make_folders(const Work *work, const char *name)
{
        for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
                _cleanup_free_ char *folder = strndup(name, (size_t) (slash - name));

                if (!folder)
                        return -ENOMEM;
                if (mkdirat(work->dir_fd, folder, 0755) < 0 && errno != EEXIST)
                        return -errno;
        }
        return 0;
}

int work_write(const Work *work, const char *name, const void *data, size_t size, Failure *f)
{
        int r;

        r = make_folders(work, name);
        if (r >= 0)
                r = file_write_atomic(work->dir_fd, name, data, size, 0644);
        return r < 0 ? failure_set_errno(f, r, "Cannot write %s/%s", work->path, name) : 0;
}

int work_remove(const Work *work, const char *name, Failure *f)
{
        int r = file_remove(work->dir_fd, name);

        return r < 0 && r != -ENOENT ? failure_set_errno(f, r, "Cannot remove %s/%s", work->path, name) : 0;
}

int work_put_object(const Work *work, const void *data, size_t size, FileRef *ret, Failure *f)
{
        char path[FILE_REF_PATH_SIZE];

        file_ref_make(data, size, ret);
        file_ref_path(ret, path);
        if (faccessat(work->dir_fd, path, F_OK, 0) == 0)
                return 0;
        return work_write(work, path, data, size, f);
}

static int read_settings(Work *work, Failure *f)
{
        _cleanup_(json_object_putp) struct json_object *owner = NULL;
        JsonPlace document = { .document = SETTINGS, .kind = FAILURE_INVALID_ARGUMENT, .failure = f };
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        work->timestamp_days = WORK_TIMESTAMP_DAYS;
        work->feed_days = WORK_FEED_DAYS;
        r = work_read(work, SETTINGS, SETTINGS_SIZE, &text, &size, f);
        if (r <= 0)
                return r;
        r = json_read_document(text, size, &document, &owner);
        if (r < 0)
                return r;
        r = json_read_integer(&document, "timestamp_days", true, DAYS_MAX, &work->timestamp_days);
        if (r < 0)
                return r;
        r = json_read_integer(&document, "feed_days", true, DAYS_MAX, &work->feed_days);
        return r < 0 ? r : 0;
}

static int write_settings(const Work *work, Failure *f)
{
        _cleanup_(json_object_putp) struct json_object *document = json_object_new_object();
        _cleanup_free_ char *text = NULL;
        int r = document ? 0 : -ENOMEM;

        if (r >= 0)
                r = json_write_integer(document, "timestamp_days", work->timestamp_days);
        if (r >= 0)
                r = json_write_integer(document, "feed_days", work->feed_days);
        if (r >= 0)
                r = json_write_text(document, JSON_INDENTED, &text);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot write %s", SETTINGS);
        return work_write(work, SETTINGS, text, strlen(text), f);
}

/* The root of that version, which follows the one that work has, if it has one. 0 where there is none. */
static int read_root(const Work *work, uint64_t version, Root **ret, Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_free_ char *text = NULL;
        char name[FEED_PATH_SIZE];
        size_t size;
        int r;

        (void) snprintf(name, sizeof(name), FEED_PATH_ROOT, version);
        r = work_read(work, name, ENVELOPE_SIZE_MAX, &text, &size, f);
        if (r <= 0)
                return r;
        r = dsse_decode(text, size, &e, f);
        if (r < 0)
                return r;
        r = work->root ? root_follow(work->root, e, ret, f) : root_from_envelope("feed", e, ret, f);
        return r < 0 ? r : 1;
}

static int read_roots(Work *work, Failure *f)
{
        for (uint64_t version = 1;; version++) {
                Root *next = NULL;
                int r;

                r = read_root(work, version, &next, f);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                root_free(work->root);
                work->root = next;
        }
        return work->root ? 0
                          : failure_set(f, FAILURE_INVALID_ARGUMENT,
                                        "%s is not the folder of a feed: it has no root/1.json; 'kpatch-feed "
                                        "init' makes one.",
                                        work->path);
}

static int open_folder(const char *path, Work **ret, Failure *f)
{
        _cleanup_(work_freep) Work *work = calloc(1, sizeof(*work));

        if (!work)
                return failure_set_errno(f, -ENOMEM, "Cannot open %s", path);
        work->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        work->path = strdup(path);
        if (!work->path)
                return failure_set_errno(f, -ENOMEM, "Cannot open %s", path);
        if (work->dir_fd < 0)
                return failure_set_errno(f, -errno, "Cannot open the folder %s", path);
        if (flock(work->dir_fd, LOCK_EX) < 0)
                return failure_set_errno(f, -errno, "Cannot lock %s", path);
        *ret = TAKE_PTR(work);
        return 0;
}

int work_open(const char *path, Work **ret, Failure *f)
{
        _cleanup_(work_freep) Work *work = NULL;
        int r;

        r = open_folder(path, &work, f);
        if (r < 0)
                return r;
        r = read_settings(work, f);
        if (r < 0)
                return r;
        r = read_roots(work, f);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(work);
        return 0;
}

int work_init(const char *path, const char *root, size_t size, uint64_t timestamp_days, uint64_t feed_days,
              Failure *f)
{
        _cleanup_(dsse_freep) DsseEnvelope *e = NULL;
        _cleanup_(root_freep) Root *first = NULL;
        _cleanup_(work_freep) Work *work = NULL;
        char name[FEED_PATH_SIZE];
        int r;

        r = dsse_decode(root, size, &e, f);
        if (r < 0)
                return r;
        r = root_from_envelope("feed", e, &first, f);
        if (r < 0)
                return r;
        if (first->version != 1)
                return failure_set(f, FAILURE_ROOT_INVALID, "A feed begins with root 1, not %" PRIu64 ".",
                                   first->version);
        if (first->roles[ROOT_ROLE_FEED].n_keys == 0 || first->roles[ROOT_ROLE_TIMESTAMP].n_keys == 0)
                return failure_set(f, FAILURE_ROOT_INVALID,
                                   "The root names no key for the roles feed and timestamp.");
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
                return failure_set_errno(f, -errno, "Cannot make the folder %s", path);
        r = open_folder(path, &work, f);
        if (r < 0)
                return r;
        (void) snprintf(name, sizeof(name), FEED_PATH_ROOT, first->version);
        if (faccessat(work->dir_fd, name, F_OK, 0) == 0)
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "%s is the folder of a feed already.", path);
        work->timestamp_days = timestamp_days;
        work->feed_days = feed_days;
        r = write_settings(work, f);
        return r < 0 ? r : work_write(work, name, root, size, f);
}
