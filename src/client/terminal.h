/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "options.h"

#include <stdint.h>
#include <stdio.h>

/* What is known of where output goes: a terminal with a width and colours, or a pipe without either. */
typedef struct Terminal {
        FILE *file;
        bool is_tty;
        bool can_redraw; /* a terminal on which a line can be written over */
        bool color;
        size_t width; /* columns; SIZE_MAX where lines may be of any length */
} Terminal;

typedef enum Style {
        STYLE_PLAIN,
        STYLE_BOLD,
        STYLE_GOOD,
        STYLE_WARN,
        STYLE_BAD,
} Style;

void terminal_init(Terminal *t, FILE *file, ColorMode color);

/* Begins and ends a style; nothing is written where there are no colours. */
void terminal_style_begin(const Terminal *t, Style style);
void terminal_style_end(const Terminal *t, Style style);
