/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "json-scan.h"

#include "util.h"

#include <stdint.h>

/* The length of the UTF-8 sequence (RFC 3629) at the start of n bytes, 0 when there is none. */
static size_t utf8_length(const uint8_t *s, size_t n)
{
        uint8_t low = 0x80, high = 0xbf;
        size_t length;

        if (s[0] < 0x80)
                return 1;
        if (s[0] >= 0xc2 && s[0] <= 0xdf)
                length = 2;
        else if (s[0] >= 0xe0 && s[0] <= 0xef)
                length = 3;
        else if (s[0] >= 0xf0 && s[0] <= 0xf4)
                length = 4;
        else
                return 0;
        /* Overlong forms, surrogates, and what lies above U+10FFFF. */
        if (s[0] == 0xe0)
                low = 0xa0;
        else if (s[0] == 0xed)
                high = 0x9f;
        else if (s[0] == 0xf0)
                low = 0x90;
        else if (s[0] == 0xf4)
                high = 0x8f;
        if (n < length || s[1] < low || s[1] > high)
                return 0;
        for (size_t i = 2; i < length; i++)
                if (s[i] < 0x80 || s[i] > 0xbf)
                        return 0;
        return length;
}

/* Scans a string from behind its opening quote; *pos is then behind the closing one. */
static const char *scan_string(const char *text, size_t size, size_t *pos)
{
        size_t i = *pos;

        while (i < size && text[i] != '"') {
                size_t length = utf8_length((const uint8_t *) text + i, size - i);

                if (length == 0)
                        return "has a string that is not UTF-8";
                if ((uint8_t) text[i] < 0x20)
                        return "has a control character in a string";
                if (text[i] == '\\') {
                        if (size - i >= 6 && memcmp(text + i, "\\u0000", 6) == 0)
                                return "has a NUL in a string";
                        length = 2;
                }
                i += length;
        }
        if (i >= size)
                return "ends within a string";
        *pos = i + 1;
        return NULL;
}

static size_t skip_digits(const char *text, size_t size, size_t i)
{
        while (i < size && text[i] >= '0' && text[i] <= '9')
                i++;
        return i;
}

/* Scans a number from its first character; *pos is then behind it. */
static const char *scan_number(const char *text, size_t size, size_t *pos)
{
        static const char wrong[] = "has a number that is written wrongly";
        size_t start = *pos + (text[*pos] == '-'), i = skip_digits(text, size, start), digits;

        if (i == start || (text[start] == '0' && i > start + 1))
                return wrong;
        if (i < size && text[i] == '.') {
                digits = i + 1;
                i = skip_digits(text, size, digits);
                if (i == digits)
                        return wrong;
        }
        if (i < size && (text[i] == 'e' || text[i] == 'E')) {
                digits = i + 1;
                if (digits < size && (text[digits] == '+' || text[digits] == '-'))
                        digits++;
                i = skip_digits(text, size, digits);
                if (i == digits)
                        return wrong;
        }
        *pos = i;
        return NULL;
}

const char *json_scan(const char *text, size_t size, size_t *ret_members)
{
        size_t depth = 0, containers = 0, members = 0;

        for (size_t i = 0; i < size;) {
                char c = text[i++];
                const char *wrong;

                /* The letters are those of true, false and null: json-c takes NaN, too. */
                if (!c || !strchr(" \t\r\n{}[]:,\"-0123456789aeflnrstu", c))
                        return "has a byte that JSON does not have";
                if (c == '-' || (c >= '0' && c <= '9')) {
                        i--;
                        wrong = scan_number(text, size, &i);
                        if (wrong)
                                return wrong;
                        continue;
                }
                switch (c) {
                case '"':
                        wrong = scan_string(text, size, &i);
                        if (wrong)
                                return wrong;
                        break;
                case ':':
                        members++;
                        break;
                case '{':
                case '[':
                        if (++depth > JSON_DEPTH_MAX)
                                return "is nested too deeply";
                        if (++containers > JSON_CONTAINERS_MAX)
                                return "has too many objects and arrays";
                        break;
                case '}':
                case ']':
                        if (depth-- == 0)
                                return "closes more than it opened";
                        break;
                default:
                        break;
                }
        }
        *ret_members = members;
        return NULL;
}
