/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "table.h"

#include "cleanup.h"
#include "display.h"

#include <stdint.h>

#define GAP 2

/* A last column that is cut below this is left out. */
#define LAST_COLUMN_MIN 10

/* And others are not cut below this, whatever the terminal is. */
#define COLUMN_MIN 8

typedef struct Row {
        Cell cells[TABLE_COLUMNS_MAX];
} Row;

struct Table {
        const char *const *headers;
        size_t n_columns;
        Row *rows;
        size_t n_rows;
};

Table *table_new(const char *const *headers, size_t n_columns)
{
        Table *t = calloc(1, sizeof(*t));

        if (!t)
                return NULL;
        *t = (Table){ .headers = headers, .n_columns = n_columns };
        return t;
}

Table *table_free(Table *t)
{
        if (t)
                free(t->rows);
        free(t);
        return NULL;
}

int table_add_row(Table *t, const Cell *cells)
{
        Row *rows = reallocarray(t->rows, t->n_rows + 1, sizeof(*rows));

        if (!rows)
                return -ENOMEM;
        t->rows = rows;
        memcpy(rows[t->n_rows++].cells, cells, t->n_columns * sizeof(*cells));
        return 0;
}

/* A dash keeps a row's words in their columns for whoever splits it at white space. */
static const char *cell_text(const Table *t, const Cell *cells, size_t column)
{
        const char *text = strempty(cells[column].text);

        return text[0] || column + 1 == t->n_columns ? text : "-";
}

static size_t column_width(const Table *t, size_t column)
{
        size_t width = display_width(t->headers[column]);

        FOREACH_ARRAY (row, t->rows, t->n_rows) {
                size_t cell_width = display_width(cell_text(t, row->cells, column));

                if (cell_width > width)
                        width = cell_width;
        }
        return width;
}

/* Of those before the last one. */
static size_t find_widest(const Table *t, const size_t *widths)
{
        size_t widest = 0;

        for (size_t i = 1; i + 1 < t->n_columns; i++)
                if (widths[i] > widths[widest])
                        widest = i;
        return widest;
}

/* The widths at which the columns are printed; 0 leaves the last one out. */
static void find_widths(const Table *t, size_t available, size_t *widths)
{
        size_t last = t->n_columns - 1, used = 0;

        for (size_t i = 0; i < t->n_columns; i++)
                widths[i] = column_width(t, i);
        for (size_t i = 0; i < last; i++)
                used += widths[i] + GAP;
        if (widths[last] <= available && used <= available - widths[last])
                return;
        widths[last] = available >= used + LAST_COLUMN_MIN ? available - used : 0;
        /* Nothing follows the last one that is left. */
        for (used -= GAP; widths[last] == 0 && used > available; used--) {
                size_t widest = find_widest(t, widths);

                if (widths[widest] <= COLUMN_MIN)
                        return;
                widths[widest]--;
        }
}

static void print_row(const Table *t, const Terminal *out, size_t indent, const size_t *widths,
                      const Cell *cells)
{
        size_t n = t->n_columns;

        while (n > 0 && (widths[n - 1] == 0 || !cell_text(t, cells, n - 1)[0]))
                n--;
        fprintf(out->file, "%*s", (int) indent, "");
        for (size_t i = 0; i < n; i++) {
                size_t used;

                terminal_style_begin(out, cells[i].style);
                used = display_write(out->file, cell_text(t, cells, i), widths[i]);
                terminal_style_end(out, cells[i].style);
                if (i + 1 < n)
                        fprintf(out->file, "%*s", (int) (widths[i] - used + GAP), "");
        }
        fputc('\n', out->file);
}

void table_print(const Table *t, const Terminal *out, size_t indent)
{
        size_t widths[TABLE_COLUMNS_MAX] = {};
        Cell headers[TABLE_COLUMNS_MAX];

        find_widths(t, out->width > indent ? out->width - indent : 0, widths);
        for (size_t i = 0; i < t->n_columns; i++)
                headers[i] = (Cell){ t->headers[i], STYLE_BOLD };
        print_row(t, out, indent, widths, headers);
        FOREACH_ARRAY (row, t->rows, t->n_rows)
                print_row(t, out, indent, widths, row->cells);
}
