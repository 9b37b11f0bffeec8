/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* org.kpatchd1.Patch.Force(). No job: it ends the wait of one, which the others would have to wait for, or a
 * transition that somebody else began. */

#include "attempt.h"
#include "audit.h"
#include "bus-interfaces.h"
#include "bus-polkit.h"
#include "bus-util.h"
#include "cleanup.h"
#include "history.h"
#include "log-ids.h"
#include "log.h"
#include "text.h"

static const OperationKind kind = {
        .name = "force",
        .polkit_action = "org.kpatchd1.force",
        .polkit_message =
                        "Authentication is required to end the transition of live patch $(patch) by force, "
                        "whatever tasks execute",
};

/* What polkit is asked about. */
typedef struct Force {
        EngineState state;
        Requester by;
} Force;

static int read_transition(const Manager *m, const Patch *p, EngineState *ret, Failure *f)
{
        EngineModule module = patch_module(p);
        EngineState state;
        int r;

        r = p->engine->read_state(m->host, &module, &state, f);
        if (r < 0)
                return r;
        if (!engine_state_is_transition(state))
                return failure_set(f, FAILURE_NO_TRANSITION,
                                   "No transition of patch %s is under way: there is nothing to force.",
                                   p->ref);
        *ret = state;
        return 0;
}

/* For ever, however it ended: what tasks execute from now on is nobody's promise any more. */
static void conclude(const Manager *m, const Force *force, const char *ref, const char *message, int r,
                     const Failure *f, uint64_t began)
{
        HistoryEvent e = {
                .kind = kind.name,
                .patch = ref,
                .result = r < 0 ? failure_bus_name(f->kind) : "done",
                .message = r < 0 ? failure_sentence(f) : message,
                .uid = force->by.uid,
                .comm = force->by.comm,
                .duration = attempt_now() - began,
                .generation = m->generation->number,
        };

        history_append(m->host->state_dir, &m->config, &e);
        /* As a rollback, it needs nobody's signature. */
        if (m->host->audit)
                audit_tell(m->host,
                           &(AuditEvent){ .operation = kind.name, .patch = ref, .success = r >= 0 });
}

static int force_now(const Manager *m, const Force *force, const Patch *p, Failure *f)
{
        _cleanup_free_ char *message = text_format(
                        "The transition of patch %s is ended by force: tasks may execute old and new functions mixed, and "
                        "its module stays until the next boot.",
                        p->ref);
        EngineModule module = patch_module(p);
        uint64_t began = attempt_now();
        int r;

        log_patch(LOG_WARNING, LOG_ID_FORCED, p->ref, "%s", strempty(message));
        r = p->engine->force(m->host, &module, f);
        if (r < 0)
                (void) failure_set_errno(f, r, "Cannot force it");
        conclude(m, force, p->ref, strempty(message), r, f, began);
        return r;
}

static int finish(Bus *b, const Force *force, const char *path, Failure *f)
{
        const Patch *p = bus_find_patch(b, path);
        EngineState state;
        int r;

        if (!p)
                return failure_set(f, FAILURE_NO_SUCH_PATCH, "That patch is no longer there.");
        r = read_transition(b->manager, p, &state, f);
        if (r < 0)
                return r;
        /* Whoever wanted it in force does not want it out of force at any price, nor the other way round. */
        if (state != force->state)
                return failure_set(
                                f, FAILURE_NO_TRANSITION,
                                "The transition of patch %s has turned back since you asked, so nothing was forced: look "
                                "at it again.",
                                p->ref);
        r = force_now(b->manager, force, p, f);
        return r < 0 ? r : manager_look(b->manager, f);
}

static void on_authorized(Bus *b, sd_bus_message *call, int r, const Failure *f, void *userdata)
{
        _cleanup_failure_ Failure failure = {};
        _cleanup_free_ Force *force = userdata;

        if (r >= 0) {
                r = finish(b, force, sd_bus_message_get_path(call), &failure);
                f = &failure;
        }
        if (r < 0) {
                bus_reply_failure(call, f);
                return;
        }
        r = sd_bus_reply_method_return(call, NULL);
        if (r < 0)
                log_debug("Cannot answer a call: %s", strerror(-r));
}

int bus_method_force(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        Bus *b = userdata;
        const Patch *p = bus_find_patch(b, sd_bus_message_get_path(m));
        _cleanup_free_ Force *force = calloc(1, sizeof(Force));
        OperationRequest request = { .kind = &kind };
        _cleanup_failure_ Failure f = {};
        int r;

        if (!force)
                return -ENOMEM;
        if (!p)
                return -ENOENT;
        r = bus_refuse_options(m, e);
        if (r < 0)
                return r;
        r = read_transition(b->manager, p, &force->state, &f);
        if (r < 0)
                return bus_error_from_failure(e, &f);
        bus_read_requester(m, &force->by);
        request.ref = p->ref;
        request.by = force->by;
        if (bus_authorize(b, m, &request, on_authorized, force, &f) < 0)
                return bus_error_from_failure(e, &f);
        TAKE_PTR(force);
        return 1;
}
