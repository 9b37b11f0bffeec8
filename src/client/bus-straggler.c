/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Kernel stacks of the tasks that patches wait for. */

#include "bus-internal.h"
#include "names.h"

static StragglerInfo *find(StragglerList *l, uint32_t pid)
{
        FOREACH_ARRAY (s, l->items, l->n)
                if (s->pid == pid)
                        return s;
        return NULL;
}

/* Those that have come since the list was made are passed over. */
static int read_stacks(sd_bus_message *m, StragglerList *l)
{
        int r;

        r = sd_bus_message_enter_container(m, 'a', "(uas)");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'r', "uas")) > 0) {
                _cleanup_strv_free_ char **stack = NULL;
                StragglerInfo *straggler;
                uint32_t pid;

                r = sd_bus_message_read(m, "u", &pid);
                if (r >= 0)
                        r = sd_bus_message_read_strv(m, &stack);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
                straggler = r >= 0 ? find(l, pid) : NULL;
                if (straggler && !straggler->stack)
                        straggler->stack = TAKE_PTR(stack);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int fetch_of_patch(Bus *bus, PatchInfo *p, Failure *f)
{
        _cleanup_message_ sd_bus_message *reply = NULL;
        _cleanup_free_ char *path = NULL;
        int r;

        r = sd_bus_path_encode(BUS_PATH_PATCH, p->reference, &path);
        if (r < 0)
                return bus_failure_from_errno(bus, r, f);
        r = bus_call_method(bus, path, BUS_IFACE_PATCH, "GetStacks", &reply, f, "a{sv}", 0);
        if (r < 0)
                return r;
        r = read_stacks(reply, &p->stragglers);
        return r < 0 ? bus_failure_from_errno(bus, r, f) : 0;
}

int bus_fetch_stacks(Bus *bus, ObjectsInfo *o)
{
        FOREACH_ARRAY (p, o->patches, o->n_patches) {
                _cleanup_failure_ Failure why_not = {};

                if (p->stragglers.n == 0 || fetch_of_patch(bus, p, &why_not) >= 0)
                        continue;
                p->stragglers.why_no_stacks = strdup(failure_sentence(&why_not));
                if (!p->stragglers.why_no_stacks)
                        return -ENOMEM;
        }
        return 0;
}
