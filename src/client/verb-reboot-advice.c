/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus.h"
#include "client.h"
#include "page.h"

static int print(const Client *c, const RebootList *reboot)
{
        FOREACH_ARRAY (item, reboot->items, reboot->n) {
                int r = page_linef(&c->out, item == reboot->items ? "Reboot" : NULL, STYLE_WARN,
                                   "advised (%s): %s", strempty(item->kind), strempty(item->reason));

                if (r < 0)
                        return r;
        }
        return 0;
}

int verb_reboot_advice(const Client *c, Failure *f)
{
        _cleanup_manager_info_ ManagerInfo m = {};
        _cleanup_(bus_freep) Bus *bus = NULL;
        int r;

        r = bus_open_within(STATUS_LIMIT, STATUS_START_LIMIT, &bus, f);
        if (r >= 0)
                r = bus_fetch_manager(bus, &m, f);
        if (r < 0)
                return r;
        if (c->reply)
                r = json_add_reboot(c->reply, &m.reboot, f);
        else if (!c->options.quiet && print(c, &m.reboot) < 0)
                r = failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        return r < 0 ? r : m.reboot.n > 0;
}
