/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* org.kpatchd1.Job */

#include "bus-claim.h"
#include "bus-interfaces.h"
#include "bus-polkit.h"
#include "bus-util.h"
#include "cleanup.h"
#include "log.h"
#include "names.h"
#include "strv.h"

static Job *find_by_path(const Bus *b, const char *path)
{
        for (size_t i = 0; i < b->manager->n_jobs; i++) {
                _cleanup_free_ char *job = NULL;

                if (bus_job_path(b->manager->jobs[i], &job) >= 0 && streq(job, path))
                        return b->manager->jobs[i];
        }
        return NULL;
}

static int find_object(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret,
                       sd_bus_error *e)
{
        if (!find_by_path(userdata, path))
                return 0;
        *ret = userdata;
        return 1;
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

static void on_authorized(Bus *b, sd_bus_message *call, int r, const Failure *f, void *userdata)
{
        const Job *j = find_by_path(b, sd_bus_message_get_path(call));

        (void) userdata;
        if (r < 0) {
                bus_reply_failure(call, f);
                return;
        }
        /* One that has ended meanwhile needs no cancelling. */
        if (j)
                manager_cancel(b->manager, j->id);
        r = sd_bus_reply_method_return(call, NULL);
        if (r < 0)
                log_debug("Cannot answer a call: %s", strerror(-r));
}

/* Who asked for a job, and nobody else did, may take it back. Others need what it takes to ask for it. */
static int method_cancel(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        Bus *b = userdata;
        const Job *j = find_by_path(b, sd_bus_message_get_path(m));
        _cleanup_failure_ Failure f = {};
        OperationRequest request;
        int r;

        if (!j)
                return -ENOENT;
        r = bus_refuse_options(m, e);
        if (r < 0)
                return r;
        if (bus_claim_is_alone(b, j, sd_bus_message_get_sender(m))) {
                on_authorized(b, m, 0, NULL, NULL);
                return 1;
        }
        request = (OperationRequest){ .kind = j->kind, .ref = j->ref, .target = j->operation->target };
        bus_read_requester(m, &request.by);
        if (bus_authorize(b, m, &request, on_authorized, NULL, &f) < 0)
                return bus_error_from_failure(e, &f);
        return 1;
}

/* Each property reads one thing of a job. */
typedef int (*ReadProperty)(const Job *j, sd_bus_message *reply);

static int read_kind(const Job *j, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", j->kind->name);
}

static int read_patch(const Job *j, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", strempty(j->ref));
}

static int read_state(const Job *j, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", j->running ? "running" : "queued");
}

static int read_step(const Job *j, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "s", job_step(j));
}

static int read_progress(const Job *j, sd_bus_message *reply)
{
        return sd_bus_message_append(reply, "(uus)", (uint32_t) j->step, (uint32_t) j->kind->n_steps,
                                     job_sentence(j));
}

static int get(Bus *b, const char *path, sd_bus_message *reply, ReadProperty read)
{
        const Job *j = find_by_path(b, path);

        return j ? read(j, reply) : -ENOENT;
}

/* One function of sd-bus' shape for each. */
#define GETTER(name)                                                                                      \
        static int get_##name(sd_bus *bus, const char *path, const char *interface, const char *property, \
                              sd_bus_message *reply, void *userdata, sd_bus_error *e)                     \
        {                                                                                                 \
                return get(userdata, path, reply, read_##name);                                           \
        }

GETTER(kind)
GETTER(patch)
GETTER(state)
GETTER(step)
GETTER(progress)

#define CONST SD_BUS_VTABLE_PROPERTY_CONST
#define EMITS SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define OPEN  SD_BUS_VTABLE_UNPRIVILEGED /* polkit decides */

/* clang-format off */
static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Cancel", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_cancel, OPEN),
        SD_BUS_PROPERTY("Kind", "s", get_kind, 0, CONST),
        SD_BUS_PROPERTY("Patch", "s", get_patch, 0, EMITS),
        SD_BUS_PROPERTY("State", "s", get_state, 0, EMITS),
        SD_BUS_PROPERTY("Step", "s", get_step, 0, EMITS),
        SD_BUS_PROPERTY("Progress", "(uus)", get_progress, 0, EMITS),
        SD_BUS_VTABLE_END,
};
/* clang-format on */

int bus_job_add(Bus *b)
{
        int r;

        r = sd_bus_add_fallback_vtable(b->bus, NULL, BUS_PATH_JOB, BUS_IFACE_JOB, vtable, find_object, b);
        return r < 0 ? r : sd_bus_add_node_enumerator(b->bus, NULL, BUS_PATH_JOB, enumerate, b);
}
