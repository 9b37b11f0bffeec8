/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "zstd-data.h"

#include "cleanup.h"

#include <zstd.h>

#define LEVEL 19

DEFINE_CLEANUP(ZSTD_CCtx *, ZSTD_freeCCtx);
DEFINE_CLEANUP(ZSTD_DCtx *, ZSTD_freeDCtx);

int zstd_compress(const void *data, size_t size, void **ret_data, size_t *ret_size, Failure *f)
{
        _cleanup_(ZSTD_freeCCtxp) ZSTD_CCtx *context = ZSTD_createCCtx();
        size_t room = ZSTD_compressBound(size), n;
        _cleanup_free_ void *packed = malloc(room);

        if (!context || !packed)
                return failure_set_errno(f, -ENOMEM, "Cannot compress");
        n = ZSTD_compressCCtx(context, packed, room, data, size, LEVEL);
        if (ZSTD_isError(n))
                return failure_set(f, FAILURE_FAILED, "Cannot compress: %s.", ZSTD_getErrorName(n));
        *ret_data = TAKE_PTR(packed);
        *ret_size = n;
        return 0;
}

int zstd_decompress(const void *data, size_t size, size_t expected, const char *what, char **ret_data,
                    Failure *f)
{
        _cleanup_(ZSTD_freeDCtxp) ZSTD_DCtx *context = ZSTD_createDCtx();
        _cleanup_free_ char *plain = malloc(expected + 1);
        size_t n;

        if (!context || !plain)
                return failure_set_errno(f, -ENOMEM, "Cannot decompress the %s", what);
        /* One frame and nothing behind it, that is: what follows would be another file's. */
        if (ZSTD_findFrameCompressedSize(data, size) != size)
                return failure_set(f, FAILURE_DOWNLOAD_MISMATCH, "The %s is not one Zstandard frame.", what);
        /* In one go into a buffer of the right size: no window is allocated, and a frame that holds more
         * fails. */
        n = ZSTD_decompressDCtx(context, plain, expected, data, size);
        if (ZSTD_isError(n))
                return failure_set(f, FAILURE_DOWNLOAD_MISMATCH, "The %s cannot be decompressed: %s.", what,
                                   ZSTD_getErrorName(n));
        if (n != expected)
                return failure_set(f, FAILURE_DOWNLOAD_MISMATCH,
                                   "The %s has %zu bytes when decompressed where %zu were signed.", what, n,
                                   expected);
        plain[n] = 0;
        *ret_data = TAKE_PTR(plain);
        return 0;
}
