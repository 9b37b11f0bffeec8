/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* What org.kpatchd1.Manager has of generations. */

#include "bus-change.h"
#include "bus-interfaces.h"
#include "bus-util.h"
#include "cleanup.h"
#include "generation-goal.h"

static int rollback_to(sd_bus_message *m, Bus *b, uint64_t target, sd_bus_error *e)
{
        return bus_change(b, m,
                          &(OperationRequest){ .kind = &operation_rollback_to,
                                               .target = target,
                                               .manifest_fd = -EBADF,
                                               .module_fd = -EBADF },
                          e);
}

int bus_method_rollback_previous(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        return rollback_to(m, userdata, GENERATION_PREVIOUS, e);
}

int bus_method_rollback_to(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        uint64_t number;
        int r;

        r = sd_bus_message_read(m, "t", &number);
        if (r < 0)
                return r;
        /* That number is no generation's, but a word of ours. */
        return rollback_to(m, userdata, number < GENERATION_PREVIOUS ? number : number - 1, e);
}

static int append_generation(sd_bus_message *reply, uint64_t number, const Generation *g)
{
        int r;

        r = sd_bus_message_open_container(reply, 'r', "ttssas");
        if (r >= 0)
                r = sd_bus_message_append(reply, "ttss", number, g ? g->previous : 0, g ? g->created : "",
                                          g ? g->cause : "damaged");
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "s");
        for (size_t i = 0; r >= 0 && g && i < g->n_patches; i++)
                r = sd_bus_message_append(reply, "s", g->patches[i].ref);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* One that cannot be read is listed too: somebody may look for it. */
static int append_generations(sd_bus_message *reply, const Host *host)
{
        const char *build_id = host->kernel->build_id_text;
        _cleanup_free_ uint64_t *numbers = NULL;
        size_t n = 0;
        int r;

        r = generation_list(host->state_dir, build_id, &numbers, &n);
        while (r >= 0 && n-- > 0) {
                _cleanup_(generation_freep) Generation *g = NULL;

                if (generation_load_number(host->state_dir, build_id, numbers[n], &g) < 0)
                        g = NULL;
                r = append_generation(reply, numbers[n], g);
        }
        return r;
}

int bus_method_list_generations(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        Bus *b = userdata;
        int r;

        r = bus_refuse_options(m, e);
        if (r >= 0)
                r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(ttssas)");
        if (r >= 0)
                r = append_generations(reply, b->manager->host);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (r >= 0)
                r = sd_bus_send(NULL, reply, NULL);
        return r < 0 ? r : 1;
}
