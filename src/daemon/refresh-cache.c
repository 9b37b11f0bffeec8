/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "refresh-cache.h"

#include "cleanup.h"
#include "file.h"
#include "hex.h"
#include "state-file.h"
#include "text.h"
#include "trust.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#define OBJECTS  "objects"
#define PARTIALS "partial"

/* "objects/SHA256"; the caller frees. */
static char *name_of(const char *folder, const FileRef *ref)
{
        _cleanup_free_ char *digest = hex_encode(ref->sha256, SHA256_SIZE);

        return digest ? text_format("%s/%s", folder, digest) : NULL;
}

static int open_folder(const Host *host, const char *feed, const char *folder)
{
        _cleanup_free_ char *path = trust_path(host, feed, folder);

        return path ? state_create_folder(path) : -ENOMEM;
}

int refresh_cache_read_named(const Host *host, const char *feed, const char *name, size_t max,
                             char **ret_data, size_t *ret_size)
{
        _cleanup_free_ char *path = trust_path(host, feed, name);

        return path ? file_read(AT_FDCWD, path, max, ret_data, ret_size) : -ENOMEM;
}

int refresh_cache_read(const Host *host, const char *feed, const FileRef *ref, char **ret_data,
                       size_t *ret_size)
{
        _cleanup_free_ char *name = name_of(OBJECTS, ref), *data = NULL;
        size_t size;
        int r;

        if (!name)
                return -ENOMEM;
        r = refresh_cache_read_named(host, feed, name, ref->size, &data, &size);
        if (r < 0)
                return r == -ENOMEM ? r : -ENOENT;
        if (file_ref_check(ref, data, size, "file", NULL) < 0)
                return -ENOENT;
        *ret_data = TAKE_PTR(data);
        *ret_size = size;
        return 0;
}

int refresh_cache_write_named(const Host *host, const char *feed, const char *name, const void *data,
                              size_t size, Failure *f)
{
        _cleanup_free_ char *path = trust_path(host, feed, name);
        _cleanup_close_ int fd = open_folder(host, feed, OBJECTS);
        int r;

        r = !path ? -ENOMEM : fd < 0 ? fd : state_write(path, data, size);
        return r < 0 ? failure_set_errno(f, r, "Cannot keep a file of the feed %s", feed) : 0;
}

int refresh_cache_write(const Host *host, const char *feed, const FileRef *ref, const void *data,
                        size_t size, Failure *f)
{
        _cleanup_free_ char *name = name_of(OBJECTS, ref);

        return name ? refresh_cache_write_named(host, feed, name, data, size, f)
                    : failure_set_errno(f, -ENOMEM, "Cannot keep a file of the feed %s", feed);
}

int refresh_cache_open_partial(const Host *host, const char *feed, const FileRef *ref, int *ret_fd,
                               uint64_t *ret_size, Failure *f)
{
        _cleanup_free_ char *digest = hex_encode(ref->sha256, SHA256_SIZE);
        _cleanup_close_ int folder = open_folder(host, feed, PARTIALS), fd = -EBADF;
        struct stat st;
        int r = 0;

        if (!digest)
                r = -ENOMEM;
        else if (folder < 0)
                r = folder;
        else {
                fd = openat(folder, digest, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
                if (fd < 0 || fstat(fd, &st) < 0)
                        r = -errno;
                /* More than it may ever become. */
                else if ((uint64_t) st.st_size > ref->size) {
                        st.st_size = 0;
                        r = ftruncate(fd, 0) < 0 ? -errno : 0;
                }
        }
        if (r < 0)
                return failure_set_errno(f, r, "Cannot write a download of the feed %s", feed);
        *ret_fd = TAKE_FD(fd);
        *ret_size = (uint64_t) st.st_size;
        return 0;
}

void refresh_cache_remove_partial(const Host *host, const char *feed, const FileRef *ref)
{
        _cleanup_free_ char *name = name_of(PARTIALS, ref);
        _cleanup_free_ char *path = name ? trust_path(host, feed, name) : NULL;

        if (path)
                (void) unlink(path);
}

static void prune(const Host *host, const char *feed, const char *folder, const FileRef *const *keep,
                  size_t n_keep)
{
        _cleanup_free_ char *path = trust_path(host, feed, folder);
        struct dirent *entry;
        DIR *dir = path ? opendir(path) : NULL;

        while (dir && (entry = readdir(dir))) {
                uint8_t digest[SHA256_SIZE];
                bool kept = entry->d_name[0] == '.';

                if (hex_decode(entry->d_name, digest, SHA256_SIZE) >= 0)
                        for (size_t i = 0; i < n_keep && !kept; i++)
                                kept = memcmp(keep[i]->sha256, digest, SHA256_SIZE) == 0;
                if (!kept)
                        (void) unlinkat(dirfd(dir), entry->d_name, 0);
        }
        if (dir)
                closedir(dir);
}

void refresh_cache_prune(const Host *host, const char *feed, const FileRef *const *keep, size_t n_keep)
{
        prune(host, feed, OBJECTS, keep, n_keep);
        prune(host, feed, PARTIALS, keep, n_keep);
}
