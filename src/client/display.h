/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "terminal.h"

/* Text of others, made safe for a terminal as it is written: white space of any kind becomes one space, and
 * control characters, direction marks, broken UTF-8 and what the locale cannot show become '?'. So no title
 * of a patch can move the cursor, colour a line or hide a word. */

/* Columns that text takes. */
size_t display_width(const char *text);

/* Writes at most width columns of text, the last of them an ellipsis where that is not all. Returns the
 * columns written. */
size_t display_write(FILE *out, const char *text, size_t width);

/* Writes text of several lines, broken between words so that no line passes t->width. All
 * lines but the first, which the caller has begun, are indented; indent counts the columns already used on
 * it. */
void display_write_wrapped(const Terminal *t, const char *text, size_t indent);

/* The same where the caller has used more columns of the first line than the others are indented by. Returns
 * the columns used on the last one. */
size_t display_write_wrapped_at(const Terminal *t, const char *text, size_t column, size_t indent);
