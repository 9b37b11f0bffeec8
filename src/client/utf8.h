/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "util.h"

#include <stdint.h>

/* Decodes the first character of a text (RFC 3629). Returns its bytes, or 0 where it is none; *ret is
 * written on success only. */
size_t utf8_decode(const char *text, uint32_t *ret);

/* Whether a terminal may act upon the character rather than show it: control characters, and those without a
 * shape of their own that change order or look of others. */
bool unicode_is_unsafe(uint32_t c) _const_;
