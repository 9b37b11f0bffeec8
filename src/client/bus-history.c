/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-internal.h"
#include "names.h"

static int read_event(sd_bus_message *m, EventList *list)
{
        EventInfo *larger = reallocarray(list->items, list->n + 1, sizeof(EventInfo)), *e;
        const char *kind, *patch, *result, *message, *comm;
        int r;

        if (!larger)
                return -ENOMEM;
        list->items = larger;
        e = &larger[list->n];
        *e = (EventInfo){};
        r = sd_bus_message_read(m, "(tssssustt)", &e->time, &kind, &patch, &result, &message, &e->uid, &comm,
                                &e->duration, &e->generation);
        if (r <= 0)
                return r;
        list->n++;
        e->kind = strdup(kind);
        e->patch = strdup(patch);
        e->result = strdup(result);
        e->message = strdup(message);
        e->comm = strdup(comm);
        return e->kind && e->patch && e->result && e->message && e->comm ? 1 : -ENOMEM;
}

static int read_events(sd_bus_message *m, EventList *list)
{
        int r;

        r = sd_bus_message_enter_container(m, 'a', "(tssssustt)");
        while (r >= 0 && (r = read_event(m, list)) > 0)
                ;
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_fetch_history(Bus *bus, uint32_t limit, EventList *ret, Failure *f)
{
        _cleanup_message_ sd_bus_message *reply = NULL;
        _cleanup_event_list_ EventList list = {};
        int r;

        r = bus_call_method(bus, BUS_PATH, BUS_IFACE_MANAGER, "GetHistory", &reply, f, "ua{sv}", limit, 0);
        if (r < 0)
                return r;
        r = read_events(reply, &list);
        if (r < 0)
                return bus_failure_from_errno(bus, r, f);
        *ret = list;
        list = (EventList){};
        return 0;
}
