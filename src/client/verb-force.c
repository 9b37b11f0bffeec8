/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "agent.h"
#include "bus.h"
#include "cleanup.h"
#include "client.h"
#include "patch-ref.h"
#include "suggest.h"

int verb_force(const Client *c, Failure *f)
{
        _cleanup_free_ char *id = NULL, *version = NULL;
        _cleanup_objects_info_ ObjectsInfo objects = {};
        _cleanup_(bus_freep) Bus *bus = NULL;
        const char *name = c->options.args[0];
        const PatchInfo *patch;
        pid_t agent;
        int r;

        r = patch_ref_parse(name, &id, &version, f);
        if (r >= 0)
                r = bus_open(READ_LIMIT, &bus, f);
        if (r >= 0)
                r = bus_fetch_objects(bus, &objects, f);
        if (r < 0)
                return r;
        patch = patches_find(objects.patches, objects.n_patches, id, version);
        if (!patch)
                return suggest_patch(&objects, name, f);
        agent = c->options.no_ask_password ? 0 : agent_start();
        bus_set_limit(bus, CHANGE_LIMIT);
        r = bus_force_patch(bus, patch->reference, !c->options.no_ask_password, f);
        agent_stop(agent);
        if (r >= 0 && !c->reply && !c->options.quiet)
                fprintf(c->out.file,
                        "The transition was ended by force; the patch's module stays until the next boot.\n");
        return r;
}
