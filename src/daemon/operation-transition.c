/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Waiting for the tasks that are still in the functions of the other side. */

#include "cleanup.h"
#include "log-ids.h"
#include "log.h"
#include "operation.h"
#include "text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

/* The kernel wakes a poll() when the state changes, where it can; the tasks that are behind change without
 * that, and are read as often. */
#define UNDO_SEC      60U /* nobody can cut it short, so it has an end */
#define INTERVAL_MSEC 250
#define NAMED_MAX     3U
#define NSEC_PER_MSEC 1000000U
#define MSEC_PER_SEC  1000U

typedef struct Wait {
        Operation *operation;
        EngineState wanted, transition;
        uint64_t begin, deadline; /* in ms of the monotonic clock; a deadline of UINT64_MAX is none */
        int cancel_fd;            /* negative: cannot be cancelled */
        int state_fd;             /* negative: the kernel does not wake us */
        bool leave;               /* at the deadline the kernel goes on alone, and that will do */
        bool turns_back;          /* who waits turns it back where this fails, as it has begun it */
} Wait;

static uint64_t now_msec(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * MSEC_PER_SEC + (uint64_t) t.tv_nsec / NSEC_PER_MSEC;
}

/* "2 tasks: sleeper (123) in do_nanosleep, cat (7)"; NULL when memory is out. */
static char *describe(const Straggler *stragglers, size_t n)
{
        char *text = NULL;
        size_t size;
        FILE *out;

        out = open_memstream(&text, &size);
        if (!out)
                return NULL;
        fprintf(out, "%zu task%s", n, n == 1 ? "" : "s");
        for (size_t i = 0; i < n && i < NAMED_MAX; i++)
                fprintf(out, "%s%s (%" PRIu32 ")%s%s", i == 0 ? ": " : ", ", stragglers[i].comm,
                        stragglers[i].pid, stragglers[i].function[0] ? " in " : "", stragglers[i].function);
        if (n > NAMED_MAX)
                fprintf(out, " and %zu more", n - NAMED_MAX);
        /* The text is whole, and ours, only now. */
        if (fclose(out) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

static char *describe_stragglers(const Operation *o)
{
        Straggler *stragglers = NULL;
        size_t n = 0;
        char *text;

        if (o->engine->read_stragglers(o->host, &o->identity, &stragglers, &n) < 0)
                return NULL;
        text = n > 0 ? describe(stragglers, n) : NULL;
        stragglers_free(stragglers, n);
        return text;
}

static void tell(Operation *o)
{
        _cleanup_free_ char *who = describe_stragglers(o);
        char *sentence;

        sentence = text_format("Waiting for %s", who ? who : "tasks in functions of the other side");
        operation_tell(o, sentence);
}

static void wait_for_change(const Wait *w)
{
        struct pollfd fds[] = {
                { .fd = w->cancel_fd, .events = POLLIN },
                { .fd = w->state_fd, .events = POLLPRI },
        };

        /* Whatever it ends with, the state is read next. */
        (void) poll(fds, ELEMENTSOF(fds), INTERVAL_MSEC);
}

static int stalled(const Wait *w, Failure *f)
{
        const Operation *o = w->operation;
        _cleanup_free_ char *who = describe_stragglers(o), *force = NULL;

        force = text_format("'kpatchctl force %s' ends it", o->ref);
        return failure_set(f, FAILURE_TASK_IN_THE_WAY,
                           "The transition of patch %s did not end within %" PRIu64
                           " s and %s, because of %s; %s.",
                           o->ref, (w->deadline - w->begin) / MSEC_PER_SEC,
                           w->turns_back ? "is turned back" : "goes on",
                           who ? who : "tasks that the kernel does not name",
                           w->turns_back || !force ? "try again later" : force);
}

/* Everybody else has been switched: that is what was asked for, and the rest is a matter of time. */
static int leave_alone(const Wait *w)
{
        const Operation *o = w->operation;
        _cleanup_free_ char *who = describe_stragglers(o);

        log_patch(LOG_NOTICE, LOG_ID_TRANSITION_GOES_ON, o->ref,
                  "The transition of patch %s goes on in the kernel, for %s; everybody else has been switched.",
                  o->ref, who ? who : "tasks that it does not name");
        return 1;
}

/* A module may take itself away with its patch, and another patch may have taken its place meanwhile. */
static bool is_there(const Wait *w, EngineState state)
{
        return state == w->wanted || (w->wanted == ENGINE_STATE_OFF &&
                                      (state == ENGINE_STATE_ABSENT || state == ENGINE_STATE_SUPERSEDED));
}

/* 1 when there is no more to wait for. */
static int check_state(const Wait *w, EngineState state, Failure *f)
{
        const Operation *o = w->operation;

        if (state != w->transition)
                return failure_set(f, FAILURE_NOT_CONFIRMED,
                                   "Patch %s was switched meanwhile by somebody else.", o->ref);
        if (w->cancel_fd >= 0 && operation_is_canceled(o))
                return failure_set(f, FAILURE_CANCELED, "The %s of %s was cancelled, and the transition %s.",
                                   o->kind->name, o->ref,
                                   w->turns_back ? "turned back" : "that was under way before goes on");
        if (now_msec() < w->deadline)
                return 0;
        return w->leave ? leave_alone(w) : stalled(w, f);
}

static int await(Wait *w, Failure *f)
{
        Operation *o = w->operation;
        EngineState state;
        int r;

        for (;;) {
                char c;

                /* Reading from its start arms the poll() below. */
                if (w->state_fd >= 0)
                        (void) !pread(w->state_fd, &c, 1, 0);
                r = o->engine->read_state(o->host, &o->identity, &state, f);
                if (r < 0)
                        return r;
                if (is_there(w, state))
                        return 0;
                r = check_state(w, state, f);
                if (r != 0)
                        return r < 0 ? r : 0;
                tell(o);
                wait_for_change(w);
        }
}

static int wait_for(Operation *o, EngineState state, bool undo, Failure *f)
{
        uint64_t seconds = o->options.has_deadline ? o->options.deadline_sec : o->config.transition_sec;
        _cleanup_close_ int state_fd = -EBADF;
        char path[PATH_MAX];
        Wait w = {
                .operation = o,
                .wanted = state,
                .transition = state == ENGINE_STATE_ON ? ENGINE_STATE_APPLYING : ENGINE_STATE_REVERTING,
                .begin = now_msec(),
                .deadline = UINT64_MAX,
                .cancel_fd = undo ? -EBADF : o->cancel_fd,
                .turns_back = !undo && engine_state_is_in_force(o->found) != (state == ENGINE_STATE_ON),
        };

        if (undo)
                seconds = UNDO_SEC;
        else
                w.leave = o->engine->patient && !o->options.has_deadline;
        if (seconds > 0)
                w.deadline = w.begin + seconds * MSEC_PER_SEC;
        if (w.leave && o->kind->unattended)
                w.deadline = w.begin;
        (void) snprintf(path, sizeof(path), "%s/%s/%s/%s", o->host->sysfs, o->engine->folder,
                        o->identity.name, o->engine->state_file);
        state_fd = open(path, O_RDONLY | O_CLOEXEC);
        w.state_fd = state_fd;
        return await(&w, f);
}

int operation_await(Operation *o, EngineState state, Failure *f)
{
        return wait_for(o, state, false, f);
}

int operation_await_undo(Operation *o, EngineState state, Failure *f)
{
        return wait_for(o, state, true, f);
}
