/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Whole files: read with a bound, written so that after a power cut either the old or the new content is
 * there. All return negative errno. dir_fd may be AT_FDCWD where a path is absolute. */

/* Reads all of fd from its present offset. A NUL byte that size does not count follows the data, so that
 * text can be used as a string. Errors: -EFBIG above max bytes. The caller frees *ret_data. */
int file_read_fd(int fd, size_t max, char **ret_data, size_t *ret_size);

/* Opens (never through a symbolic link in the last component) and reads a regular file, kernel ones
 * included. Errors: as open(), and -EFBIG. */
int file_read(int dir_fd, const char *path, size_t max, char **ret_data, size_t *ret_size);

/* Like file_read() for a one-line text of sysfs and its like: trailing white space is cut off. */
int file_read_line(int dir_fd, const char *path, char **ret_line);

/* Writes value to an existing file of sysfs in one write(), so that its error is the attribute's. */
int file_write_attribute(int dir_fd, const char *path, const char *value);

/* Replaces path by a temporary file beside it, fsync, rename, fsync of the folder. On error the
 * temporary is gone and the old file is as it was, unless the last fsync was what failed: then the new one
 * is in place, but may not survive a power cut. */
int file_write_atomic(int dir_fd, const char *path, const void *data, size_t size, mode_t mode);

/* Like it, but a power cut may leave the new file empty or as it likes: for many files, with one syncfs()
 * before anything relies on them. */
int file_write_unsynced(int dir_fd, const char *path, const void *data, size_t size, mode_t mode);

/* Removes path and makes that durable. */
int file_remove(int dir_fd, const char *path);

/* Creates a folder and those above it, each made durable, and opens it. Existing ones are fine. */
int dir_create_open(const char *path, mode_t mode);

int write_all(int fd, const void *data, size_t size);
