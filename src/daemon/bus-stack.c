/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* org.kpatchd1.Patch.GetStacks(). The kernel shows stacks to administrators only, as they tell of what other
 * users do and of how the kernel is laid out: so polkit is asked, though nothing is changed. The answer is
 * waited for in the event loop. */

#include "bus-interfaces.h"
#include "bus-polkit.h"
#include "bus-util.h"
#include "cleanup.h"
#include "log.h"
#include "stack.h"
#include "strv.h"

#include <sys/socket.h>

/* systemd starts kpatchd-stack first, perhaps on a busy machine. */
#define ANSWER_USEC (20ULL * 1000000)
/* So many are read at once, of all callers. */
#define STACKS_MAX 4U

typedef struct BusStacks BusStacks;

struct BusStacks {
        Bus *bus;
        BusStacks *next, **link; /* in Bus.stacks: link is what points here */
        sd_bus_message *call;
        sd_event_source *input, *timer;
        int fd;
        uint32_t pids[STACK_TASKS_MAX];
        size_t n, received; /* tasks; bytes of the answers */
        StackAnswer answers[STACK_TASKS_MAX];
};

static BusStacks *stacks_free(BusStacks *s)
{
        if (!s)
                return NULL;
        if (s->link) {
                *s->link = s->next;
                if (s->next)
                        s->next->link = s->link;
        }
        sd_event_source_disable_unref(s->input);
        sd_event_source_disable_unref(s->timer);
        close_fd(s->fd);
        sd_bus_message_unref(s->call);
        free(s);
        return NULL;
}
DEFINE_CLEANUP(BusStacks *, stacks_free);

static int append(sd_bus_message *reply, uint32_t pid, const StackAnswer *answer)
{
        _cleanup_strv_free_ char **frames = NULL;
        int r;

        r = stack_frames(answer, &frames);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'r', "uas");
        if (r >= 0)
                r = sd_bus_message_append(reply, "u", pid);
        if (r >= 0)
                r = sd_bus_message_append_strv(reply, frames);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int reply(const BusStacks *s)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        /* One that came in part counts as one that did not come. */
        size_t n = s->received / sizeof(StackAnswer);
        int r;

        r = sd_bus_message_new_method_return(s->call, &m);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "(uas)");
        for (size_t i = 0; r >= 0 && i < s->n; i++)
                r = append(m, s->pids[i], i < n ? &s->answers[i] : &(StackAnswer){});
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return r < 0 ? r : sd_bus_send(NULL, m, NULL);
}

/* error: what ended it before the last answer came. */
static void finish(BusStacks *s, int error)
{
        _cleanup_failure_ Failure f = {};
        int r;

        if (s->n > 0 && s->received < sizeof(StackAnswer)) {
                (void) stack_refuse(s->bus->manager->host, error, &f);
                bus_reply_failure(s->call, &f);
        } else {
                r = reply(s);
                if (r < 0)
                        log_debug("Cannot answer a call: %s", strerror(-r));
        }
        stacks_free(s);
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        BusStacks *s = userdata;
        size_t size = s->n * sizeof(StackAnswer);
        ssize_t n;

        (void) source;
        (void) events;
        n = recv(fd, (char *) s->answers + s->received, size - s->received, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n > 0)
                s->received += (size_t) n;
        if (n <= 0 || s->received == size)
                finish(s, n < 0 ? -errno : -ECONNRESET);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void) source;
        (void) usec;
        finish(userdata, -ETIMEDOUT);
        return 0;
}

static int ask(BusStacks *s, const Patch *p, Failure *f)
{
        const Manager *manager = s->bus->manager;
        EngineModule module = patch_module(p);
        Straggler *stragglers = NULL;
        size_t n = 0;
        int r;

        r = p->engine->read_stragglers(manager->host, &module, &stragglers, &n);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot read which tasks are in the way of %s", p->ref);
        r = stack_ask(manager->host, stragglers, n, s->pids, &s->n, &s->fd, f);
        stragglers_free(stragglers, n);
        if (r < 0 || s->n == 0)
                return r;
        r = sd_event_add_io(manager->event, &s->input, s->fd, EPOLLIN, on_input, s);
        if (r >= 0)
                r = sd_event_add_time_relative(manager->event, &s->timer, CLOCK_MONOTONIC, ANSWER_USEC, 0,
                                               on_timer, s);
        return r < 0 ? failure_set_errno(f, r, "Cannot wait for kernel stacks") : 0;
}

static size_t number(const Bus *b)
{
        size_t n = 0;

        for (const BusStacks *s = b->stacks; s; s = s->next)
                n++;
        return n;
}

static int begin(Bus *b, sd_bus_message *call, Failure *f)
{
        _cleanup_(stacks_freep) BusStacks *s = calloc(1, sizeof(BusStacks));
        const Patch *p = bus_find_patch(b, sd_bus_message_get_path(call));
        int r;

        if (!s)
                return failure_set_errno(f, -ENOMEM, "Cannot read kernel stacks");
        s->bus = b;
        s->fd = -EBADF;
        s->call = sd_bus_message_ref(call);
        if (!p)
                return failure_set(f, FAILURE_NO_SUCH_PATCH, "That patch is no longer there.");
        if (number(b) >= STACKS_MAX)
                return failure_set(f, FAILURE_BUSY, "%u others read kernel stacks; try again.", STACKS_MAX);
        r = ask(s, p, f);
        if (r < 0)
                return r;
        s->next = b->stacks;
        s->link = &b->stacks;
        if (s->next)
                s->next->link = &s->next;
        b->stacks = s;
        if (s->n == 0)
                finish(s, 0);
        TAKE_PTR(s);
        return 0;
}

static void on_authorized(Bus *b, sd_bus_message *call, int r, const Failure *f, void *userdata)
{
        _cleanup_failure_ Failure failure = {};

        (void) userdata;
        if (r >= 0) {
                r = begin(b, call, &failure);
                f = &failure;
        }
        if (r < 0)
                bus_reply_failure(call, f);
}

/* Not an operation: what polkit is asked about. */
static const OperationKind kind = {
        .name = "inspect",
        .polkit_action = "org.kpatchd1.inspect",
        .polkit_message =
                        "Authentication is required to see kernel stacks of tasks that live patch $(patch) "
                        "waits for",
};

int bus_method_get_stacks(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        const Patch *p = bus_find_patch(userdata, sd_bus_message_get_path(m));
        OperationRequest request = { .kind = &kind };
        _cleanup_failure_ Failure f = {};
        int r;

        if (!p)
                return -ENOENT;
        r = bus_refuse_options(m, e);
        if (r < 0)
                return r;
        request.ref = p->ref;
        bus_read_requester(m, &request.by);
        if (bus_authorize(userdata, m, &request, on_authorized, NULL, &f) < 0)
                return bus_error_from_failure(e, &f);
        return 1;
}

void bus_stacks_drop_all(Bus *b)
{
        while (b->stacks)
                finish(b->stacks, -ECANCELED);
}
