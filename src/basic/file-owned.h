/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* Opens a regular file for reading that nobody but its owner can have put there: path is absolute, and is
 * walked below root_fd one name after the other. Each folder, root_fd included, and the file are of that
 * owner and not writable by group or others, which in the group's bits counts an access list as well; none
 * is a symbolic link, so that what was looked at is what is opened. Errors: -EPERM (of another owner),
 * -EACCES (writable by others), -ELOOP (a symbolic link), -EINVAL (no absolute path, "." or ".." in it, or
 * not a regular file), and those of open(). Then, where ret_bad is not NULL, *ret_bad is how much of path
 * names what is wrong. */
int file_open_owned(int root_fd, const char *path, uid_t owner, size_t *ret_bad);
