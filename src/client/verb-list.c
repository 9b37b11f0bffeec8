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

/* What kpatch calls the state of what is loaded; NULL where it is not. */
static const char *kpatch_state(const PatchInfo *p)
{
        static const struct {
                PatchState state;
                const char *word;
        } table[] = {
                { PATCH_STATE_APPLIED, "enabled" },
                { PATCH_STATE_APPLYING, "enabling..." },
                { PATCH_STATE_REVERTING, "disabling..." },
        };

        FOREACH_ARRAY (row, table, ELEMENTSOF(table))
                if (patch_has_state(p, row->state))
                        return row->word;
        return NULL;
}

static void print_kpatch_line(FILE *out, const char *module, const char *brackets, const char *word)
{
        display_write(out, module, SIZE_MAX);
        fprintf(out, " %c", brackets[0]);
        display_write(out, word, SIZE_MAX);
        fprintf(out, "%c\n", brackets[1]);
}

/* As `kpatch list` of kpatch 0.9.11 does, for programs that read that: what is in force, an empty line, and
 * what comes back at boot. */
static void print_as_kpatch(const ObjectsInfo *o, FILE *out)
{
        fputs("Loaded patch modules:\n", out);
        FOREACH_ARRAY (p, o->patches, o->n_patches)
                if (kpatch_state(p))
                        print_kpatch_line(out, strempty(p->module), "[]", kpatch_state(p));
        fputs("\nInstalled patch modules:\n", out);
        FOREACH_ARRAY (p, o->patches, o->n_patches)
                if (p->persistent)
                        print_kpatch_line(out, strempty(p->module), "()", strempty(p->kernel.release));
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
        if (c->options.kpatch)
                print_as_kpatch(&objects, c->out.file);
        else if (c->options.quiet)
                print_references(&objects, c->out.file);
        else if (objects.n_patches == 0)
                fputs("No patches are stored: 'kpatchctl import MODULE.ko' verifies and stores one.\n",
                      c->out.file);
        else if (patch_table_print(&objects, &c->out, 0) < 0)
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        return 0;
}
