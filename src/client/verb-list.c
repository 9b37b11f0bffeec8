/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus.h"
#include "client.h"
#include "display.h"
#include "patch-view.h"

static void print_references(const ObjectsInfo *o, FILE *out)
{
        FOREACH_ARRAY (p, o->patches, o->n_patches) {
                display_write(out, p->reference, SIZE_MAX);
                fputc('\n', out);
        }
}

int verb_list(const Client *c, Failure *f)
{
        _cleanup_objects_info_ ObjectsInfo objects = {};
        _cleanup_(bus_freep) Bus *bus = NULL;
        int r;

        r = bus_open(READ_LIMIT, &bus, f);
        if (r >= 0)
                r = bus_fetch_objects(bus, &objects, f);
        if (r < 0)
                return r;
        if (c->reply)
                return json_add_patches(c->reply, &objects, f);
        if (c->options.quiet)
                print_references(&objects, c->out.file);
        else if (objects.n_patches == 0)
                fputs("No patches are stored: 'kpatchctl import MODULE.ko' verifies and stores one.\n",
                      c->out.file);
        else if (patch_table_print(&objects, &c->out, 0) < 0)
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        return 0;
}
