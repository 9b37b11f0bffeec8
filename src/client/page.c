/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "page.h"

#include "cleanup.h"
#include "text.h"

#include <stdarg.h>

void page_line(const Terminal *out, const char *label, Style style, const char *text)
{
        terminal_style_begin(out, STYLE_BOLD);
        fprintf(out->file, "%-*s", PAGE_INDENT, strempty(label));
        terminal_style_end(out, STYLE_BOLD);
        terminal_style_begin(out, style);
        text_write_wrapped(out, text, PAGE_INDENT);
        terminal_style_end(out, style);
}

int page_linef(const Terminal *out, const char *label, Style style, const char *format, ...)
{
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&text, format, ap);
        va_end(ap);
        if (r < 0) {
                text = NULL;
                return -ENOMEM;
        }
        page_line(out, label, style, text);
        return 0;
}
