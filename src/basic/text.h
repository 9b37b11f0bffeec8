/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "util.h"

#include <stdarg.h>

/* What printf() would write; the caller frees. NULL when memory is out. */
char *text_format(const char *format, ...) _printf_(1, 2);
char *text_formatv(const char *format, va_list ap) _printf_(1, 0);

/* Makes text fit for a bus, a journal and a terminal, in place: whatever is not UTF-8, and every control
 * character, becomes a question mark. */
void text_sanitize(char *text);
