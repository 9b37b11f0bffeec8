/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "lock.h"

#include "cleanup.h"
#include "file.h"

#include <sys/file.h>

static int take(const char *state_dir, int how, int *ret_fd, Failure *f)
{
        _cleanup_close_ int fd = dir_create_open(state_dir, 0700);

        if (fd < 0)
                return failure_set_errno(f, fd, "Cannot open %s", state_dir);
        while (flock(fd, how) < 0) {
                if (errno == EWOULDBLOCK)
                        return -EWOULDBLOCK;
                if (errno != EINTR)
                        return failure_set_errno(f, -errno, "Cannot lock %s", state_dir);
        }
        *ret_fd = TAKE_FD(fd);
        return 0;
}

int lock_take(const char *state_dir, int *ret_fd, Failure *f)
{
        return take(state_dir, LOCK_EX, ret_fd, f);
}

int lock_try(const char *state_dir, int *ret_fd, Failure *f)
{
        return take(state_dir, LOCK_EX | LOCK_NB, ret_fd, f);
}
