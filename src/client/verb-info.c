/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus.h"
#include "cleanup.h"
#include "client.h"
#include "patch-ref.h"
#include "patch-view.h"
#include "suggest.h"

static int find_patch(const ObjectsInfo *o, const char *text, const PatchInfo **ret, Failure *f)
{
        _cleanup_free_ char *id = NULL, *version = NULL;
        const PatchInfo *patch;
        int r;

        r = patch_ref_parse(text, &id, &version, f);
        if (r < 0)
                return r;
        patch = patches_find(o->patches, o->n_patches, id, version);
        if (!patch)
                return suggest_patch(o, text, f);
        *ret = patch;
        return 0;
}

static int show(const Client *c, const PatchInfo *patch, const KernelInfo *running, Failure *f)
{
        if (c->reply)
                return json_append_patch(c->reply, patch, f);
        if (!c->options.quiet && patch_page_print(patch, running, &c->out) < 0)
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        return 0;
}

int verb_info(const Client *c, Failure *f)
{
        _cleanup_manager_info_ ManagerInfo manager = {};
        _cleanup_objects_info_ ObjectsInfo objects = {};
        _cleanup_(bus_freep) Bus *bus = NULL;
        int r;

        r = bus_open(READ_LIMIT, &bus, f);
        if (r >= 0)
                r = bus_fetch_manager(bus, &manager, f);
        if (r >= 0)
                r = bus_fetch_objects(bus, &objects, f);
        if (r >= 0 && bus_fetch_stacks(bus, &objects) < 0)
                r = failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        for (char **text = c->options.args; r >= 0 && *text; text++) {
                const PatchInfo *patch = NULL;

                r = find_patch(&objects, *text, &patch, f);
                if (r < 0)
                        break;
                if (!c->reply && !c->options.quiet && text > c->options.args)
                        fputc('\n', c->out.file);
                r = show(c, patch, &manager.kernel, f);
        }
        return r;
}
