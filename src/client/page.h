/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "terminal.h"

/* Labelled lines: a label, its text in one column below each other, broken between words. */

/* label NULL continues the one above. The text is safe to be anyone's. */
void page_line(const Terminal *out, const char *label, Style style, const char *text);

/* As page_line() with text made from a format. Returns 0 or -ENOMEM. */
int page_linef(const Terminal *out, const char *label, Style style, const char *format, ...) _printf_(4, 5);

/* As page_line() with texts that stand in another column. */
void page_entry(const Terminal *out, const char *label, size_t column, Style style, const char *text);

/* The column in which the texts of page_line() stand; a label is shorter. */
#define PAGE_INDENT 13
