/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Lower-case hexadecimal of n bytes, to be freed by the caller. NULL when memory is out. */
char *hex_encode(const void *data, size_t n);

/* Decodes exactly 2 * n hexadecimal digits, of either case, and nothing after them. Returns 0 or -EINVAL;
 * ret_data is written on success only. */
int hex_decode(const char *text, void *ret_data, size_t n);
