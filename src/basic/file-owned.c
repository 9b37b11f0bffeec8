/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "file-owned.h"

#include "cleanup.h"
#include "util.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

static int check(int fd, uid_t owner, mode_t type)
{
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (S_ISLNK(st.st_mode))
                return -ELOOP;
        if ((st.st_mode & S_IFMT) != type)
                return type == S_IFDIR ? -ENOTDIR : -EINVAL;
        if (st.st_uid != owner)
                return -EPERM;
        return st.st_mode & (S_IWGRP | S_IWOTH) ? -EACCES : 0;
}

/* O_NONBLOCK so that a FIFO does not hang us before it is looked at. */
static int open_below(int folder_fd, const char *name, bool last)
{
        int flags = last ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH;
        int fd = openat(folder_fd, name, flags | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

/* The next name of the path; 0 where there is none that may stand there. */
static size_t take_name(const char *path, char ret[NAME_MAX + 1])
{
        size_t n = strcspn(path, "/");

        if (n == 0 || n > NAME_MAX)
                return 0;
        memcpy(ret, path, n);
        ret[n] = 0;
        return streq(ret, ".") || streq(ret, "..") ? 0 : n;
}

int file_open_owned(int root_fd, const char *path, uid_t owner, size_t *ret_bad)
{
        _cleanup_close_ int folder = -EBADF;
        char name[NAME_MAX + 1];
        size_t bad, at = 0;
        int r = check(root_fd, owner, S_IFDIR);

        if (!ret_bad)
                ret_bad = &bad;
        *ret_bad = 1;
        if (r >= 0 && path[0] != '/')
                r = -EINVAL;
        while (r >= 0) {
                size_t n = take_name(path + at + 1, name);
                bool last = !path[at + 1 + n];
                int fd;

                at += 1 + n;
                *ret_bad = at;
                if (n == 0)
                        return -EINVAL;
                fd = open_below(folder < 0 ? root_fd : folder, name, last);
                r = fd < 0 ? fd : check(fd, owner, last ? S_IFREG : S_IFDIR);
                if (r >= 0 && last)
                        return fd;
                close_fd(folder);
                folder = fd;
        }
        return r;
}
