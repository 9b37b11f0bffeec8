/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "file.h"

#include "cleanup.h"
#include "util.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

int file_read_fd(int fd, size_t max, char **ret_data, size_t *ret_size)
{
        _cleanup_free_ char *data = NULL;
        size_t size = 0, room = 0;

        for (;;) {
                ssize_t n;

                if (size == room) {
                        char *larger;

                        /* One byte above max, so that a file of exactly max is told from a larger one, and
                         * one for the NUL. */
                        room = room == 0 ? 4096 : room * 2;
                        if (room > max + 1)
                                room = max + 1;
                        if (size == room)
                                return -EFBIG;
                        larger = realloc(data, room + 1);
                        if (!larger)
                                return -ENOMEM;
                        data = larger;
                }
                n = read(fd, data + size, room - size);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                size += (size_t) n;
        }
        if (size > max)
                return -EFBIG;
        data[size] = 0;
        *ret_data = TAKE_PTR(data);
        if (ret_size)
                *ret_size = size;
        return 0;
}

int file_read(int dir_fd, const char *path, size_t max, char **ret_data, size_t *ret_size)
{
        /* O_NONBLOCK so that a FIFO in place of a file does not hang us before the check. */
        _cleanup_close_ int fd =
                        openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        struct stat st;

        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        return file_read_fd(fd, max, ret_data, ret_size);
}

int file_read_line(int dir_fd, const char *path, char **ret_line)
{
        _cleanup_free_ char *data = NULL;
        size_t size;
        int r;

        r = file_read(dir_fd, path, 64 * 1024, &data, &size);
        if (r < 0)
                return r;
        while (size > 0 && strchr(" \t\r\n", data[size - 1]))
                data[--size] = 0;
        *ret_line = TAKE_PTR(data);
        return 0;
}

int write_all(int fd, const void *data, size_t size)
{
        const char *p = data;

        while (size > 0) {
                ssize_t n = write(fd, p, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return -EIO;
                p += n;
                size -= (size_t) n;
        }
        return 0;
}

int file_write_attribute(int dir_fd, const char *path, const char *value)
{
        _cleanup_close_ int fd = openat(dir_fd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
        ssize_t n;

        if (fd < 0)
                return -errno;
        n = write(fd, value, strlen(value));
        if (n < 0)
                return -errno;
        return (size_t) n == strlen(value) ? 0 : -EIO;
}

/* Opens the folder that holds path; *ret_name points into path. */
static int open_parent(int dir_fd, const char *path, const char **ret_name)
{
        const char *slash = strrchr(path, '/');
        char parent[PATH_MAX];
        int fd;

        if (!slash) {
                *ret_name = path;
                fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                return fd < 0 ? -errno : fd;
        }
        if ((size_t) (slash - path) >= sizeof(parent))
                return -ENAMETOOLONG;
        memcpy(parent, path, (size_t) (slash - path));
        parent[slash - path] = 0;
        *ret_name = slash + 1;
        fd = openat(dir_fd, slash == path ? "/" : parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int write_temporary(int parent_fd, const char *temporary, const void *data, size_t size, mode_t mode,
                           bool durable)
{
        _cleanup_close_ int fd = openat(parent_fd, temporary,
                                        O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
        int r;

        if (fd < 0)
                return -errno;
        r = write_all(fd, data, size);
        if (r < 0)
                return r;
        if (durable && fsync(fd) < 0)
                return -errno;
        return 0;
}

static int replace(int dir_fd, const char *path, const void *data, size_t size, mode_t mode, bool durable)
{
        _cleanup_close_ int parent_fd = -EBADF;
        char temporary[NAME_MAX + 1];
        const char *name;
        int r;

        parent_fd = open_parent(dir_fd, path, &name);
        if (parent_fd < 0)
                return parent_fd;
        /* A fixed name: one writer per file, and what a crash leaves behind is overwritten next time. */
        if (snprintf(temporary, sizeof(temporary), ".%s.tmp", name) >= (int) sizeof(temporary))
                return -ENAMETOOLONG;

        r = write_temporary(parent_fd, temporary, data, size, mode, durable);
        if (r >= 0 && renameat(parent_fd, temporary, parent_fd, name) < 0)
                r = -errno;
        if (r < 0) {
                (void) unlinkat(parent_fd, temporary, 0);
                return r;
        }
        return durable && fsync(parent_fd) < 0 ? -errno : 0;
}

int file_write_atomic(int dir_fd, const char *path, const void *data, size_t size, mode_t mode)
{
        return replace(dir_fd, path, data, size, mode, true);
}

int file_write_unsynced(int dir_fd, const char *path, const void *data, size_t size, mode_t mode)
{
        return replace(dir_fd, path, data, size, mode, false);
}

int file_remove(int dir_fd, const char *path)
{
        _cleanup_close_ int parent_fd = -EBADF;
        const char *name;

        parent_fd = open_parent(dir_fd, path, &name);
        if (parent_fd < 0)
                return parent_fd;
        if (unlinkat(parent_fd, name, 0) < 0)
                return -errno;
        return fsync(parent_fd) < 0 ? -errno : 0;
}

int dir_create_open(const char *path, mode_t mode)
{
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *copy = strdup(path);
        char *save = NULL;

        if (!copy)
                return -ENOMEM;
        /* It is there nearly always. */
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
                return TAKE_FD(fd);
        fd = open(path[0] == '/' ? "/" : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        for (char *part = strtok_r(copy, "/", &save); part; part = strtok_r(NULL, "/", &save)) {
                int next;

                if (mkdirat(fd, part, mode) < 0) {
                        if (errno != EEXIST)
                                return -errno;
                } else if (fsync(fd) < 0)
                        return -errno;
                next = openat(fd, part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (next < 0)
                        return -errno;
                close_fd(fd);
                fd = next;
        }
        return TAKE_FD(fd);
}
