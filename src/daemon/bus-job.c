/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* org.kpatchd1.Job */

#include "bus-interfaces.h"
#include "bus-util.h"
#include "cleanup.h"
#include "names.h"
#include "strv.h"

static int find_object(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret,
                       sd_bus_error *e)
{
        Bus *b = userdata;

        for (size_t i = 0; i < b->manager->n_jobs; i++) {
                _cleanup_free_ char *job = NULL;
                int r = bus_job_path(b->manager->jobs[i], &job);

                if (r < 0)
                        return r;
                if (streq(job, path)) {
                        *ret = b->manager->jobs[i];
                        return 1;
                }
        }
        return 0;
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *e)
{
        _cleanup_strv_free_ char **nodes = NULL;
        Bus *b = userdata;

        for (size_t i = 0; i < b->manager->n_jobs; i++) {
                _cleanup_free_ char *path = NULL;
                int r;

                r = bus_job_path(b->manager->jobs[i], &path);
                if (r >= 0)
                        r = strv_append(&nodes, path);
                if (r < 0)
                        return r;
        }
        *ret_nodes = TAKE_PTR(nodes);
        return 0;
}

static int get_kind(sd_bus *bus, const char *path, const char *interface, const char *property,
                    sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        const Job *j = userdata;

        return sd_bus_message_append(reply, "s", j->kind->name);
}

static int get_patch(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        const Job *j = userdata;

        return sd_bus_message_append(reply, "s", strempty(j->ref));
}

static int get_state(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        const Job *j = userdata;

        return sd_bus_message_append(reply, "s", j->running ? "running" : "queued");
}

static int get_step(sd_bus *bus, const char *path, const char *interface, const char *property,
                    sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        return sd_bus_message_append(reply, "s", job_step(userdata));
}

static int get_progress(sd_bus *bus, const char *path, const char *interface, const char *property,
                        sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
        const Job *j = userdata;

        return sd_bus_message_append(reply, "(uus)", (uint32_t) j->step, (uint32_t) j->kind->n_steps,
                                     job_sentence(j));
}

#define CONST SD_BUS_VTABLE_PROPERTY_CONST
#define EMITS SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Kind", "s", get_kind, 0, CONST),
        SD_BUS_PROPERTY("Patch", "s", get_patch, 0, EMITS),
        SD_BUS_PROPERTY("State", "s", get_state, 0, EMITS),
        SD_BUS_PROPERTY("Step", "s", get_step, 0, EMITS),
        SD_BUS_PROPERTY("Progress", "(uus)", get_progress, 0, EMITS),
        SD_BUS_VTABLE_END,
};

int bus_job_add(Bus *b)
{
        int r;

        r = sd_bus_add_fallback_vtable(b->bus, NULL, BUS_PATH_JOB, BUS_IFACE_JOB, vtable, find_object, b);
        return r < 0 ? r : sd_bus_add_node_enumerator(b->bus, NULL, BUS_PATH_JOB, enumerate, b);
}
