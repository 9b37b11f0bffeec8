/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "hex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *hex_encode(const void *data, size_t n)
{
        static const char digits[] = "0123456789abcdef";
        const uint8_t *bytes = data;
        char *text = malloc(2 * n + 1);

        if (!text)
                return NULL;
        for (size_t i = 0; i < n; i++) {
                text[2 * i] = digits[bytes[i] >> 4];
                text[2 * i + 1] = digits[bytes[i] & 15];
        }
        text[2 * n] = 0;
        return text;
}

static int digit_value(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -EINVAL;
}

int hex_decode(const char *text, void *ret_data, size_t n)
{
        uint8_t *bytes = ret_data;

        if (strlen(text) != 2 * n || strspn(text, "0123456789abcdefABCDEF") != 2 * n)
                return -EINVAL;
        for (size_t i = 0; i < n; i++)
                bytes[i] = (uint8_t) (digit_value(text[2 * i]) << 4 | digit_value(text[2 * i + 1]));
        return 0;
}
