/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Base64 (RFC 4648). */

/* Decodes the standard or the URL-safe alphabet, not a mixture of both, with its padding, and nothing
 * besides: no white space, no bits that a decoder would drop. A NUL that *ret_size does not count follows
 * the data, which the caller frees. Errors: -EINVAL, -ENOMEM. */
int base64_decode(const char *text, size_t size, uint8_t **ret_data, size_t *ret_size);

/* The standard alphabet, padded; the caller frees. NULL when memory is out. */
char *base64_encode(const void *data, size_t size);
