/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"

/* Whole files in Zstandard frames (RFC 8878). */

/* One frame with its content size; the same input gives the same bytes with one version of the library. The
 * caller frees. */
int zstd_compress(const void *data, size_t size, void **ret_data, size_t *ret_size, Failure *f);

/* Decompresses to exactly expected bytes, and never allocates for more, whatever the frame promises. A NUL
 * that is not counted follows; the caller frees. what is what a sentence calls it ("module"). Errors:
 * FAILURE_DOWNLOAD_MISMATCH. */
int zstd_decompress(const void *data, size_t size, size_t expected, const char *what, char **ret_data,
                    Failure *f);
