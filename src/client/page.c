/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "page.h"

#include "cleanup.h"
#include "display.h"
#include "text.h"

#include <stdarg.h>

void page_entry(const Terminal *out, const char *label, size_t column, Style style, const char *text)
{
        Style label_style = label ? STYLE_BOLD : STYLE_PLAIN;

        terminal_style_begin(out, label_style);
        fprintf(out->file, "%-*s", (int) column, strempty(label));
        terminal_style_end(out, label_style);
        terminal_style_begin(out, style);
        display_write_wrapped(out, text, column);
        terminal_style_end(out, style);
        fputc('\n', out->file);
}

void page_line(const Terminal *out, const char *label, Style style, const char *text)
{
        page_entry(out, label, PAGE_INDENT, style, text);
}

int page_linef(const Terminal *out, const char *label, Style style, const char *format, ...)
{
        _cleanup_free_ char *text = NULL;
        va_list ap;

        va_start(ap, format);
        text = text_formatv(format, ap);
        va_end(ap);
        if (!text)
                return -ENOMEM;
        page_line(out, label, style, text);
        return 0;
}
