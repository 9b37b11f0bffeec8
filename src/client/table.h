/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "terminal.h"

/* Rows of text in aligned columns under a header. On a terminal that is too narrow the last column is cut,
 * and left out where hardly anything of it would be seen; then the widest of the others are cut. Cells are
 * borrowed until the table is printed. */

#define TABLE_COLUMNS_MAX 8

typedef struct Cell {
        const char *text;
        Style style;
} Cell;

typedef struct Table Table;

/* n_columns at most TABLE_COLUMNS_MAX; headers outlive the table. NULL when memory is out. */
Table *table_new(const char *const *headers, size_t n_columns);
Table *table_free(Table *t);
DEFINE_CLEANUP(Table *, table_free);

/* cells has as many elements as there are columns. Returns 0 or -ENOMEM. */
int table_add_row(Table *t, const Cell *cells);

/* Every line is indented by so many columns. */
void table_print(const Table *t, const Terminal *out, size_t indent);
