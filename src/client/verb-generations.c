/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus.h"
#include "client.h"
#include "table.h"
#include "text-list.h"
#include "text.h"

static int add_row(Table *table, const GenerationInfo *g, char **ret_number, char **ret_patches)
{
        *ret_number = text_format("%llu", (unsigned long long) g->number);
        if (!*ret_number)
                return -ENOMEM;
        *ret_patches = text_list_join(g->patches);
        if (!*ret_patches)
                return -ENOMEM;
        return table_add_row(table, (const Cell[]){ { *ret_number },
                                                    { g->created },
                                                    { g->cause },
                                                    { (*ret_patches)[0] ? *ret_patches : "-" } });
}

static int print(const GenerationList *list, const Terminal *out)
{
        static const char *const headers[] = { "GENERATION", "CREATED", "CAUSE", "PATCHES" };
        _cleanup_(table_freep) Table *table = table_new(headers, ELEMENTSOF(headers));
        _cleanup_strv_free_ char **cells = calloc(2 * list->n + 1, sizeof(char *));
        int r = table && cells ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < list->n; i++)
                r = add_row(table, &list->items[i], &cells[2 * i], &cells[2 * i + 1]);
        if (r >= 0)
                table_print(table, out, 0);
        return r;
}

static void print_numbers(const GenerationList *list, FILE *out)
{
        FOREACH_ARRAY (g, list->items, list->n)
                fprintf(out, "%llu\n", (unsigned long long) g->number);
}

int verb_generations(const Client *c, Failure *f)
{
        _cleanup_generation_list_ GenerationList list = {};
        _cleanup_(bus_freep) Bus *bus = NULL;
        int r;

        r = bus_open(READ_LIMIT, &bus, f);
        if (r >= 0)
                r = bus_fetch_generations(bus, &list, f);
        if (r < 0)
                return r;
        if (c->reply)
                return json_add_generations(c->reply, &list, f);
        if (c->options.quiet)
                print_numbers(&list, c->out.file);
        else if (list.n == 0)
                fputs("No generation was recorded for this kernel yet.\n", c->out.file);
        else if (print(&list, &c->out) < 0)
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        return 0;
}
