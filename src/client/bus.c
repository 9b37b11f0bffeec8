/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-internal.h"
#include "names.h"

#include <poll.h>
#include <time.h>

#define USEC_PER_SEC  UINT64_C(1000000)
#define NSEC_PER_USEC 1000

#define DBUS_NAME "org.freedesktop.DBus"
#define DBUS_PATH "/org/freedesktop/DBus"
/* Seconds: longer than the bus and systemd wait for a service. */
#define START_LIMIT 100

static uint64_t now_usec(void)
{
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / NSEC_PER_USEC;
}

void bus_set_limit(Bus *bus, unsigned limit)
{
        bus->limit = limit;
        bus->deadline = now_usec() + limit * USEC_PER_SEC;
}

static int wait_for_input(Bus *bus, uint64_t deadline, int interrupt_fd)
{
        struct pollfd fds[] = {
                { .fd = sd_bus_get_fd(bus->sd) },
                { .fd = interrupt_fd, .events = POLLIN },
        };
        uint64_t timeout, now;
        struct timespec ts;
        int events, r;

        events = sd_bus_get_events(bus->sd);
        if (events < 0)
                return events;
        fds[0].events = (short) events;
        r = sd_bus_get_timeout(bus->sd, &timeout);
        if (r < 0)
                return r;
        if (timeout > deadline)
                timeout = deadline;
        now = now_usec();
        timeout = timeout > now ? timeout - now : 0;
        ts.tv_sec = (time_t) (timeout / USEC_PER_SEC);
        ts.tv_nsec = (long) (timeout % USEC_PER_SEC * NSEC_PER_USEC);
        r = ppoll(fds, ELEMENTSOF(fds), deadline == UINT64_MAX && timeout > UINT32_MAX ? NULL : &ts, NULL);
        if (r < 0 && errno != EINTR)
                return -errno;
        return r > 0 && fds[1].revents ? -EINTR : 0;
}

int bus_pump(Bus *bus, uint64_t deadline, int interrupt_fd)
{
        int r;

        if (now_usec() >= deadline)
                return -ETIMEDOUT;
        r = sd_bus_process(bus->sd, NULL);
        if (r != 0)
                return r < 0 ? r : 0;
        return wait_for_input(bus, deadline, interrupt_fd);
}

int bus_failure_from_errno(const Bus *bus, int r, Failure *f)
{
        switch (-r) {
        case ETIMEDOUT:
                return failure_set(
                                f, FAILURE_DAEMON_UNAVAILABLE,
                                bus->starting ? "kpatchd is being started and has not answered within %u "
                                                "seconds; 'systemctl status kpatchd.service' says more."
                                              : "kpatchd did not answer within %u seconds; 'systemctl status "
                                                "kpatchd.service' says whether it runs.",
                                bus->limit);
        case ECONNRESET:
        case ENOTCONN:
        case EPIPE:
                return failure_set(f, FAILURE_DAEMON_UNAVAILABLE,
                                   "The connection to the system bus was lost.");
        case EBADMSG:
        case ENXIO:
                return failure_set(
                                f, FAILURE_FAILED,
                                "kpatchd's answer is not understood; are kpatchctl and kpatchd of the same "
                                "version?");
        default:
                return failure_set_errno(f, r, "Cannot talk to kpatchd");
        }
}

int bus_failure_from_error(const sd_bus_error *error, Failure *f)
{
        static const struct {
                const char *name;
                FailureKind kind;
                const char *sentence;
        } table[] = {
                { "ServiceUnknown", FAILURE_DAEMON_UNAVAILABLE,
                  "kpatchd does not run and cannot be started by the bus; is it installed?" },
                { "NameHasNoOwner", FAILURE_DAEMON_UNAVAILABLE, "kpatchd does not run." },
                { "NoReply", FAILURE_DAEMON_UNAVAILABLE,
                  "kpatchd went away without an answer; 'journalctl -u kpatchd.service' says more." },
                { "Timeout", FAILURE_DAEMON_UNAVAILABLE, "kpatchd took too long to start or to answer." },
                { "TimedOut", FAILURE_DAEMON_UNAVAILABLE, "kpatchd took too long to start or to answer." },
                { "Disconnected", FAILURE_DAEMON_UNAVAILABLE, "The connection to the system bus was lost." },
                { "AccessDenied", FAILURE_NOT_AUTHORIZED,
                  "The bus policy does not let this user talk to kpatchd." },
                { "InteractiveAuthorizationRequired", FAILURE_NOT_AUTHORIZED,
                  "This needs authorisation: run it on a terminal without --no-ask-password, or as root." },
                { "NoMemory", FAILURE_NO_MEMORY, "Memory is exhausted." },
                { "LimitsExceeded", FAILURE_BUSY, "kpatchd has too much to do; try again later." },
                { "UnknownMethod", FAILURE_FAILED, "This kpatchd is of another version than kpatchctl." },
                { "UnknownInterface", FAILURE_FAILED, "This kpatchd is of another version than kpatchctl." },
                { "UnknownObject", FAILURE_FAILED, "This kpatchd is of another version than kpatchctl." },
                { "InvalidArgs", FAILURE_FAILED, "This kpatchd is of another version than kpatchctl." },
        };
        static const char bus_prefix[] = "org.freedesktop.DBus.Error.", our_prefix[] = BUS_NAME ".Error.";
        FailureKind kind;

        if (strncmp(error->name, bus_prefix, strlen(bus_prefix)) == 0) {
                const char *name = error->name + strlen(bus_prefix);

                FOREACH_ARRAY (row, table, ELEMENTSOF(table))
                        if (streq(row->name, name))
                                return failure_set(f, row->kind, "%s", row->sentence);
                /* Activation failed: the part after the last dot says how. */
                if (strncmp(name, "Spawn.", strlen("Spawn.")) == 0)
                        return failure_set(f, FAILURE_DAEMON_UNAVAILABLE,
                                           "kpatchd cannot be started: %s; 'journalctl -u kpatchd.service' "
                                           "says more.",
                                           strempty(error->message));
        }
        if (strncmp(error->name, our_prefix, strlen(our_prefix)) == 0) {
                kind = failure_from_name(error->name);
                return failure_set(f, kind, "%s",
                                   error->message && error->message[0] ? error->message
                                                                       : failure_info(kind)->sentence);
        }
        /* Such as what systemd says of a unit that cannot be started. */
        return failure_set(f, FAILURE_FAILED, "%s (%s)", strempty(error->message), error->name);
}

static int keep_reply(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
        sd_bus_message **reply = userdata;

        *reply = sd_bus_message_ref(m);
        return 0;
}

int bus_call(Bus *bus, sd_bus_message *call, sd_bus_message **ret_reply, Failure *f)
{
        _cleanup_message_ sd_bus_message *reply = NULL;
        _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
        int r;

        r = sd_bus_call_async(bus->sd, &slot, call, keep_reply, &reply, UINT64_MAX);
        while (r >= 0 && !reply)
                r = bus_pump(bus, bus->deadline, -EBADF);
        if (!reply)
                return bus_failure_from_errno(bus, r, f);
        if (sd_bus_message_is_method_error(reply, NULL))
                return bus_failure_from_error(sd_bus_message_get_error(reply), f);
        *ret_reply = TAKE_PTR(reply);
        return 0;
}

int bus_call_method(Bus *bus, const char *path, const char *interface, const char *method,
                    sd_bus_message **ret_reply, Failure *f, const char *types, ...)
{
        _cleanup_message_ sd_bus_message *call = NULL;
        va_list ap;
        int r;

        r = sd_bus_message_new_method_call(bus->sd, &call, BUS_NAME, path, interface, method);
        if (r >= 0 && types) {
                va_start(ap, types);
                r = sd_bus_message_appendv(call, types, ap);
                va_end(ap);
        }
        return r < 0 ? bus_failure_from_errno(bus, r, f) : bus_call(bus, call, ret_reply, f);
}

/* Calls the bus itself, about the daemon. Some of its methods take flags, which are 0. */
static int call_driver(Bus *bus, const char *method, bool flags, sd_bus_message **ret_reply, Failure *f)
{
        _cleanup_message_ sd_bus_message *call = NULL;
        int r;

        r = sd_bus_message_new_method_call(bus->sd, &call, DBUS_NAME, DBUS_PATH, DBUS_NAME, method);
        if (r >= 0)
                r = sd_bus_message_append(call, flags ? "su" : "s", BUS_NAME, 0);
        return r < 0 ? bus_failure_from_errno(bus, r, f) : bus_call(bus, call, ret_reply, f);
}

int bus_has_daemon(Bus *bus, bool *ret, Failure *f)
{
        _cleanup_message_ sd_bus_message *has = NULL;
        int owned, r;

        r = call_driver(bus, "NameHasOwner", false, &has, f);
        if (r < 0)
                return r;
        r = sd_bus_message_read(has, "b", &owned);
        if (r < 0)
                return bus_failure_from_errno(bus, r, f);
        *ret = owned;
        return 0;
}

/* The limit is for answers: that the bus has to start the daemon first, on a machine that may be booting,
 * does not count, up to in_all. One that runs and does not answer gets no more time by this. */
static int have_daemon_started(Bus *bus, unsigned in_all, Failure *f)
{
        _cleanup_message_ sd_bus_message *started = NULL;
        unsigned limit = bus->limit;
        uint64_t end = now_usec() + in_all * USEC_PER_SEC;
        bool is_there;
        int r;

        r = bus_has_daemon(bus, &is_there, f);
        if (r < 0 || is_there)
                return r;

        bus->starting = true;
        bus_set_limit(bus, in_all < START_LIMIT ? in_all : START_LIMIT);
        r = call_driver(bus, "StartServiceByName", true, &started, f);
        bus->starting = false;
        bus_set_limit(bus, limit);
        if (bus->deadline > end)
                bus->deadline = end;
        return r;
}

int bus_connect(unsigned limit, Bus **ret, Failure *f)
{
        _cleanup_(bus_freep) Bus *bus = calloc(1, sizeof(*bus));
        int r;

        if (!bus)
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        bus_set_limit(bus, limit);
        /* This begins to connect; the rest is done by the pump, which keeps to the limit. */
        r = sd_bus_open_system(&bus->sd);
        while (r >= 0 && (r = sd_bus_is_ready(bus->sd)) == 0)
                r = bus_pump(bus, bus->deadline, -EBADF);
        if (r == -ETIMEDOUT)
                return failure_set(f, FAILURE_DAEMON_UNAVAILABLE,
                                   "The system bus did not answer within %u seconds.", limit);
        if (r < 0)
                return failure_set(f, FAILURE_DAEMON_UNAVAILABLE, "The system bus cannot be reached: %s.",
                                   strerror(-r));
        *ret = TAKE_PTR(bus);
        return 0;
}

int bus_open_within(unsigned limit, unsigned in_all, Bus **ret, Failure *f)
{
        _cleanup_(bus_freep) Bus *bus = NULL;
        int r;

        r = bus_connect(limit, &bus, f);
        if (r >= 0)
                r = have_daemon_started(bus, in_all, f);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(bus);
        return 0;
}

int bus_open(unsigned limit, Bus **ret, Failure *f)
{
        return bus_open_within(limit, START_LIMIT + limit, ret, f);
}

Bus *bus_free(Bus *bus)
{
        if (bus)
                /* Not flush: what is not sent by now need not be, and flushing can hang. */
                sd_bus_close_unref(bus->sd);
        free(bus);
        return NULL;
}
