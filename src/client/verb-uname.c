/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus.h"
#include "cleanup.h"
#include "client.h"
#include "display.h"
#include "strv.h"
#include "text-list.h"
#include "text.h"

#include <sys/utsname.h>

static int find_in_force(const ObjectsInfo *o, char ***ret)
{
        _cleanup_strv_free_ char **refs = NULL;

        FOREACH_ARRAY (p, o->patches, o->n_patches)
                if (patch_has_state(p, PATCH_STATE_APPLIED) && strv_append(&refs, p->reference) < 0)
                        return -ENOMEM;
        *ret = TAKE_PTR(refs);
        return 0;
}

/* With -q one word, for scripts: the level, or where nothing is known of one the release. */
static int print(const Client *c, const ManagerInfo *m, const ObjectsInfo *o)
{
        _cleanup_strv_free_ char **refs = NULL;
        _cleanup_free_ char *patches = NULL, *text = NULL;
        const char *level = strempty(m->level.level), *release = strna(m->kernel.release);

        if (find_in_force(o, &refs) < 0 || !(patches = text_list_join(refs)))
                return -ENOMEM;
        text = c->options.quiet ? text_format("%s", level[0] ? level : release)
                                : text_format("%s%s%s%s%s", release, level[0] ? " level " : "", level,
                                              patches[0] ? " with " : "", patches);
        if (!text)
                return -ENOMEM;
        display_write(c->out.file, text, SIZE_MAX);
        fputc('\n', c->out.file);
        return 0;
}

/* What is known without kpatchd. */
static void print_release(const Client *c)
{
        struct utsname name;

        if (!c->reply && uname(&name) >= 0)
                fprintf(c->out.file, "%s\n", name.release);
}

int verb_uname(const Client *c, Failure *f)
{
        _cleanup_manager_info_ ManagerInfo manager = {};
        _cleanup_objects_info_ ObjectsInfo objects = {};
        _cleanup_(bus_freep) Bus *bus = NULL;
        int r;

        r = bus_open_within(STATUS_LIMIT, STATUS_START_LIMIT, &bus, f);
        if (r >= 0)
                r = bus_fetch_manager(bus, &manager, f);
        if (r >= 0)
                r = bus_fetch_objects(bus, &objects, f);
        if (r < 0) {
                /* With -q one word would look like an answer. */
                if (!c->options.quiet)
                        print_release(c);
                return r;
        }
        if (c->reply) {
                r = json_add_kernel(c->reply, &manager, f);
                return r < 0 ? r : json_add_in_force(c->reply, &objects, f);
        }
        return print(c, &manager, &objects) < 0 ? failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.")
                                                : 0;
}
