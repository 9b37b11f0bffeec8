/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-internal.h"
#include "names.h"

static int read_generation(sd_bus_message *m, GenerationList *list)
{
        GenerationInfo *larger = reallocarray(list->items, list->n + 1, sizeof(GenerationInfo)), *g;
        const char *created, *cause;
        int r;

        if (!larger)
                return -ENOMEM;
        list->items = larger;
        g = &larger[list->n++];
        *g = (GenerationInfo){};
        r = sd_bus_message_read(m, "ttss", &g->number, &g->previous, &created, &cause);
        if (r < 0)
                return r;
        g->created = strdup(created);
        g->cause = strdup(cause);
        return g->created && g->cause ? sd_bus_message_read_strv(m, &g->patches) : -ENOMEM;
}

static int read_generations(sd_bus_message *m, GenerationList *list)
{
        int r;

        r = sd_bus_message_enter_container(m, 'a', "(ttssas)");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'r', "ttssas")) > 0) {
                r = read_generation(m, list);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_fetch_generations(Bus *bus, GenerationList *ret, Failure *f)
{
        _cleanup_message_ sd_bus_message *reply = NULL;
        _cleanup_generation_list_ GenerationList list = {};
        int r;

        r = bus_call_method(bus, BUS_PATH, BUS_IFACE_MANAGER, "ListGenerations", &reply, f, "a{sv}", 0);
        if (r < 0)
                return r;
        r = read_generations(reply, &list);
        if (r < 0)
                return bus_failure_from_errno(bus, r, f);
        *ret = list;
        list = (GenerationList){};
        return 0;
}
