/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

char *text_formatv(const char *format, va_list ap)
{
        char *text;

        return vasprintf(&text, format, ap) < 0 ? NULL : text;
}

char *text_format(const char *format, ...)
{
        char *text;
        va_list ap;

        va_start(ap, format);
        text = text_formatv(format, ap);
        va_end(ap);
        return text;
}

/* The length of the character at s, or 0 when it is none that may be shown (Unicode, table 3-7). */
static size_t character_length(const uint8_t *s)
{
        static const struct {
                uint8_t first_min, first_max, second_min, second_max;
                size_t length;
        } rows[] = {
                { 0xc2, 0xc2, 0xa0, 0xbf, 2 }, /* without the C1 control characters */
                { 0xc3, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
                { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
                { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
        };

        if (s[0] >= 0x20 && s[0] < 0x7f)
                return 1;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                if (s[0] < rows[i].first_min || s[0] > rows[i].first_max)
                        continue;
                if (s[1] < rows[i].second_min || s[1] > rows[i].second_max)
                        return 0;
                /* A NUL is no continuation, so this never looks past the end. */
                for (size_t k = 2; k < rows[i].length; k++)
                        if ((s[k] & 0xc0) != 0x80)
                                return 0;
                return rows[i].length;
        }
        return 0;
}

void text_sanitize(char *text)
{
        while (*text) {
                size_t n = character_length((const uint8_t *) text);

                if (n == 0) {
                        *text = '?';
                        n = 1;
                }
                text += n;
        }
}
