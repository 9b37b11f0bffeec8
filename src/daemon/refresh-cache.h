/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "file-ref.h"
#include "host.h"

/* Files of a feed that are kept so that they need not come again, below feeds/NAME/ of the state folder:
 * objects/SHA256, partial/SHA256 (the beginning of one) and timestamp.json. Whatever is read is verified as
 * if it had come over the network. */

/* Errors: -ENOENT where it is not kept, or is not that file any more. */
int refresh_cache_read(const Host *host, const char *feed, const FileRef *ref, char **ret_data,
                       size_t *ret_size);

/* A file that is not found by its content. */
#define REFRESH_CACHE_TIMESTAMP "timestamp.json"
int refresh_cache_read_named(const Host *host, const char *feed, const char *name, size_t max,
                             char **ret_data, size_t *ret_size);

int refresh_cache_write(const Host *host, const char *feed, const FileRef *ref, const void *data,
                        size_t size, Failure *f);
int refresh_cache_write_named(const Host *host, const char *feed, const char *name, const void *data,
                              size_t size, Failure *f);

/* Opens what has come of a file, for reading on and writing; *ret_size is how much that is. */
int refresh_cache_open_partial(const Host *host, const char *feed, const FileRef *ref, int *ret_fd,
                               uint64_t *ret_size, Failure *f);
void refresh_cache_remove_partial(const Host *host, const char *feed, const FileRef *ref);

/* Removes what none of keep names. Logs nothing: what stays is in nobody's way. */
void refresh_cache_prune(const Host *host, const char *feed, const FileRef *const *keep, size_t n_keep);
