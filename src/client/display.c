/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "display.h"

#include "utf8.h"

#include <langinfo.h>
#include <stdint.h>
#include <wchar.h>

/* A character as it is shown. */
typedef struct Glyph {
        const char *bytes;
        size_t size;  /* in bytes */
        size_t width; /* in columns: 0, 1 or 2 */
} Glyph;

static bool locale_is_utf8(void)
{
        return streq(nl_langinfo(CODESET), "UTF-8");
}

/* Takes the next character off *text. */
static Glyph next_glyph(const char **text)
{
        const char *start = *text;
        uint32_t c;
        size_t size = utf8_decode(start, &c);
        int width;

        *text += size > 0 ? size : 1;
        if (size == 0)
                return (Glyph){ "?", 1, 1 };
        if (strchr(" \t\n\r\v\f", start[0]))
                return (Glyph){ " ", 1, 1 };
        if (unicode_is_unsafe(c) || (c >= 0x80 && !locale_is_utf8()))
                return (Glyph){ "?", 1, 1 };
        if (c < 0x80)
                return (Glyph){ start, 1, 1 };
        width = wcwidth((wchar_t) c);
        return width < 0 ? (Glyph){ "?", 1, 1 } : (Glyph){ start, size, (size_t) width };
}

size_t display_width(const char *text)
{
        size_t width = 0;

        while (*text)
                width += next_glyph(&text).width;
        return width;
}

size_t display_write(FILE *out, const char *text, size_t width)
{
        const char *ellipsis = locale_is_utf8() ? "…" : ">";
        bool cut = display_width(text) > width;
        size_t used = 0;

        if (width == 0)
                return 0;
        while (*text) {
                Glyph glyph = next_glyph(&text);

                if (cut && used + glyph.width > width - 1) {
                        fputs(ellipsis, out);
                        return used + 1;
                }
                fwrite(glyph.bytes, 1, glyph.size, out);
                used += glyph.width;
        }
        return used;
}

static void write_word(FILE *out, const char *word, const char *end)
{
        while (word < end) {
                Glyph glyph = next_glyph(&word);

                fwrite(glyph.bytes, 1, glyph.size, out);
        }
}

static size_t word_width(const char *word, const char *end)
{
        size_t width = 0;

        while (word < end)
                width += next_glyph(&word).width;
        return width;
}

size_t display_write_wrapped_at(const Terminal *t, const char *text, size_t column, size_t indent)
{
        bool begun = false;

        for (;;) {
                size_t gap = strspn(text, " \t\r\v\f");
                const char *word = text + gap, *end = word + strcspn(word, " \t\r\v\f\n");
                size_t width = word_width(word, end);

                if (width > 0) {
                        if (column > indent && column + begun + width > t->width) {
                                fprintf(t->file, "\n%*s", (int) indent, "");
                                column = indent;
                        } else if (column > indent && begun) {
                                fputc(' ', t->file);
                                column++;
                        }
                        write_word(t->file, word, end);
                        column += width;
                        begun = true;
                }
                text = end;
                if (*text == '\n' && text[1]) {
                        /* An empty line is not indented. */
                        fprintf(t->file, "\n%*s", text[1] == '\n' ? 0 : (int) indent, "");
                        column = indent;
                        text++;
                } else if (*text == '\n' || !*text)
                        return column;
        }
}

void display_write_wrapped(const Terminal *t, const char *text, size_t indent)
{
        (void) display_write_wrapped_at(t, text, indent, indent);
}
