/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Where the terminal does not tell. */
#define WIDTH_DEFAULT 80

static bool env_is_set(const char *name)
{
        const char *value = getenv(name);

        return value && value[0];
}

static size_t find_width(int fd)
{
        const char *columns = getenv("COLUMNS");
        struct winsize size;
        char *end;

        if (columns && columns[0]) {
                unsigned long n = strtoul(columns, &end, 10);

                if (!*end && n > 0 && n < 10000)
                        return n;
        }
        if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
                return size.ws_col;
        return WIDTH_DEFAULT;
}

void terminal_init(Terminal *t, FILE *file, ColorMode color)
{
        const char *term = getenv("TERM");
        bool is_tty = isatty(fileno(file));
        bool is_dumb = !term || !term[0] || streq(term, "dumb");

        *t = (Terminal){
                .file = file,
                .is_tty = is_tty,
                .can_redraw = is_tty && !is_dumb,
                .color = color == COLOR_ALWAYS ||
                         (color == COLOR_AUTO && is_tty && !is_dumb && !env_is_set("NO_COLOR")),
                .width = is_tty ? find_width(fileno(file)) : SIZE_MAX,
        };
}

void terminal_style_begin(const Terminal *t, Style style)
{
        static const char *const sequences[] = {
                [STYLE_PLAIN] = "",        [STYLE_BOLD] = "\033[1m",   [STYLE_GOOD] = "\033[32m",
                [STYLE_WARN] = "\033[33m", [STYLE_BAD] = "\033[1;31m",
        };

        if (t->color)
                fputs(sequences[style], t->file);
}

void terminal_style_end(const Terminal *t, Style style)
{
        if (t->color && style != STYLE_PLAIN)
                fputs("\033[0m", t->file);
}
