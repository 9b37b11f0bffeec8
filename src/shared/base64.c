/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "base64.h"

#include "cleanup.h"
#include "util.h"

/* 0 to 63, or -EINVAL. Sets the bit of the alphabet that c belongs to alone. */
static int sextet(char c, unsigned *alphabets)
{
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        if (c == '+' || c == '/') {
                *alphabets |= 1;
                return c == '+' ? 62 : 63;
        }
        if (c == '-' || c == '_') {
                *alphabets |= 2;
                return c == '-' ? 62 : 63;
        }
        return -EINVAL;
}

static size_t count_padding(const char *text, size_t size)
{
        if (size == 0 || text[size - 1] != '=')
                return 0;
        return text[size - 2] == '=' ? 2 : 1;
}

int base64_decode(const char *text, size_t size, uint8_t **ret_data, size_t *ret_size)
{
        _cleanup_free_ uint8_t *data = NULL;
        unsigned alphabets = 0, bits = 0;
        uint32_t held = 0;
        size_t n = 0, digits;

        if (size % 4 != 0)
                return -EINVAL;
        digits = size - count_padding(text, size);
        data = malloc(size / 4 * 3 + 1);
        if (!data)
                return -ENOMEM;
        for (size_t i = 0; i < digits; i++) {
                int value = sextet(text[i], &alphabets);

                if (value < 0)
                        return -EINVAL;
                held = held << 6 | (uint32_t) value;
                bits += 6;
                if (bits >= 8) {
                        bits -= 8;
                        data[n++] = (uint8_t) (held >> bits);
                        held &= (1U << bits) - 1;
                }
        }
        if (held != 0 || alphabets == 3)
                return -EINVAL;
        data[n] = 0;
        *ret_data = TAKE_PTR(data);
        *ret_size = n;
        return 0;
}
