/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Methods of a job or a patch that take no more than options and give nothing. */

#include "bus-internal.h"
#include "names.h"

static int act(Bus *bus, const char *path, const char *interface, const char *method, bool interactive,
               Failure *f)
{
        _cleanup_message_ sd_bus_message *call = NULL, *reply = NULL;
        int r;

        r = sd_bus_message_new_method_call(bus->sd, &call, BUS_NAME, path, interface, method);
        if (r >= 0)
                r = sd_bus_message_append(call, "a{sv}", 0);
        if (r >= 0)
                r = sd_bus_message_set_allow_interactive_authorization(call, interactive);
        return r < 0 ? bus_failure_from_errno(bus, r, f) : bus_call(bus, call, &reply, f);
}

int bus_cancel_job(Bus *bus, const char *path, bool interactive, Failure *f)
{
        return act(bus, path, BUS_IFACE_JOB, "Cancel", interactive, f);
}

int bus_force_patch(Bus *bus, const char *reference, bool interactive, Failure *f)
{
        _cleanup_free_ char *path = NULL;
        int r;

        r = sd_bus_path_encode(BUS_PATH_PATCH, reference, &path);
        return r < 0 ? bus_failure_from_errno(bus, r, f)
                     : act(bus, path, BUS_IFACE_PATCH, "Force", interactive, f);
}
