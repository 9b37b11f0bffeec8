/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "feed-file.h"

#include "cleanup.h"
#include "file.h"

#include <fcntl.h>
#include <sys/stat.h>

int feed_file_read(const char *path, const char *what, size_t max, char **ret_data, size_t *ret_size,
                   Failure *f)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        int r;

        if (fd < 0)
                return failure_set_errno(f, -errno, "Cannot open the %s %s", what, path);
        r = file_read_fd(fd, max, ret_data, ret_size);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read the %s %s", what, path);
        return 0;
}

int feed_file_write(const char *path, const char *text, Failure *f)
{
        return feed_file_write_bytes(path, text, strlen(text), f);
}

int feed_file_write_bytes(const char *path, const void *data, size_t size, Failure *f)
{
        int r;

        if (streq(path, "-"))
                r = write_all(STDOUT_FILENO, data, size);
        else
                r = file_write_atomic(AT_FDCWD, path, data, size, 0644);
        return r < 0 ? failure_set_errno(f, r, "Cannot write %s", path) : 0;
}

int feed_file_create(const char *path, const void *data, size_t size, unsigned mode, Failure *f)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        int r;

        if (fd < 0)
                return failure_set_errno(f, -errno, "Cannot create %s", path);
        r = write_all(fd, data, size);
        if (r >= 0 && fsync(fd) < 0)
                r = -errno;
        if (r < 0) {
                (void) unlink(path);
                return failure_set_errno(f, r, "Cannot write %s", path);
        }
        return 0;
}
