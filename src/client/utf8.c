/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "utf8.h"

size_t utf8_decode(const char *text, uint32_t *ret)
{
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        const unsigned char *s = (const unsigned char *) text;
        size_t size = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
        uint32_t c = size == 1 ? s[0] : s[0] & (0x7fU >> size);

        if ((s[0] >= 0x80 && s[0] < 0xc2) || s[0] > 0xf4)
                return 0;
        for (size_t i = 1; i < size; i++) {
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (s[i] & 0x3f);
        }
        if (c < least[size] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                return 0;
        *ret = c;
        return size;
}

bool unicode_is_unsafe(uint32_t c)
{
        static const struct {
                uint32_t first, last;
        } ranges[] = {
                { 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad },   { 0x061c, 0x061c },
                { 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },   { 0x2060, 0x206f },
                { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff },
        };

        FOREACH_ARRAY (range, ranges, ELEMENTSOF(ranges))
                if (c >= range->first && c <= range->last)
                        return true;
        return false;
}
