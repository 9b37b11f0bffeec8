/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-settle.h"

#include "cleanup.h"
#include "log.h"
#include "names.h"

#include <time.h>

#define SYSTEMD_NAME  "org.freedesktop.systemd1"
#define SYSTEMD_PATH  "/org/freedesktop/systemd1"
#define SYSTEMD_IFACE "org.freedesktop.systemd1.Manager"
#define USEC_PER_SEC  UINT64_C(1000000)
/* For as long as a busy machine may take to start a small program, and less than a stop may take. */
#define START_USEC (20 * USEC_PER_SEC)

typedef struct Start {
        bool ended, done;
} Start;

static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        const char *unit, *result;
        Start *start = userdata;
        int r;

        (void) e;
        r = sd_bus_message_read(m, "uoss", NULL, NULL, &unit, &result);
        if (r >= 0 && streq(unit, UNIT_SETTLE)) {
                start->ended = true;
                start->done = streq(result, "done");
        }
        return 0;
}

static uint64_t now(void)
{
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
}

static int wait_for_end(sd_bus *bus, const Start *start)
{
        uint64_t deadline = now() + START_USEC;

        while (!start->ended) {
                uint64_t at = now();
                int r;

                if (at >= deadline)
                        return -ETIMEDOUT;
                r = sd_bus_process(bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(bus, deadline - at);
                if (r < 0)
                        return r;
        }
        return start->done ? 0 : -ECANCELED;
}

static int start_unit(sd_bus *bus)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
        Start start = {};
        int r;

        r = sd_bus_match_signal(bus, &slot, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_IFACE, "JobRemoved",
                                on_job_removed, &start);
        if (r >= 0)
                r = sd_bus_message_new_method_call(bus, &m, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_IFACE,
                                                   "StartUnit");
        /* "fail": not against anything that is under way, as a shutdown, which it conflicts with. */
        if (r >= 0)
                r = sd_bus_message_append(m, "ss", UNIT_SETTLE, "fail");
        if (r >= 0)
                r = sd_bus_call(bus, m, START_USEC, NULL, NULL);
        return r < 0 ? r : wait_for_end(bus, &start);
}

bool bus_pass_on_settling(Bus *b)
{
        int r;

        if (b->manager->settles_at == UINT64_MAX)
                return false;
        r = start_unit(b->bus);
        if (r < 0) {
                log_debug("%s is not started: %s", UNIT_SETTLE, strerror(-r));
                return false;
        }
        log_info("What was put in force has not settled yet: %s waits for that.", UNIT_SETTLE);
        return true;
}
