/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"

/* Files of the publisher's own, named on the command line: symbolic links are followed. */

/* Reads a file of at most max bytes; what is what a sentence calls it ("manifest"). The caller frees. */
int feed_file_read(const char *path, const char *what, size_t max, char **ret_data, size_t *ret_size,
                   Failure *f);

/* Writes a text to path, replacing what is there at once, or to standard output where path is "-". */
int feed_file_write(const char *path, const char *text, Failure *f);
int feed_file_write_bytes(const char *path, const void *data, size_t size, Failure *f);

/* Creates a file that must not exist, and makes it durable. */
int feed_file_create(const char *path, const void *data, size_t size, unsigned mode, Failure *f);
