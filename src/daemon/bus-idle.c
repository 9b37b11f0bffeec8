/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-idle.h"

#include "cleanup.h"
#include "log.h"

#include <systemd/sd-daemon.h>
#include <time.h>

#define USEC_PER_SEC 1000000ULL

struct BusIdle {
        Bus *bus;
        sd_event_source *timer;
        sd_bus_slot *filter;
};
DEFINE_CLEANUP(BusIdle *, bus_idle_free);

static void arm(BusIdle *idle)
{
        uint64_t seconds = idle->bus->manager->config.idle_sec;
        int r;

        if (seconds == 0) {
                (void) sd_event_source_set_enabled(idle->timer, SD_EVENT_OFF);
                return;
        }
        r = sd_event_source_set_time_relative(idle->timer, seconds * USEC_PER_SEC);
        if (r >= 0)
                r = sd_event_source_set_enabled(idle->timer, SD_EVENT_ONESHOT);
        if (r < 0)
                log_debug("Cannot tell when nobody calls any more: %s", strerror(-r));
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        BusIdle *idle = userdata;

        (void) e;
        if (sd_bus_message_is_method_call(m, NULL, NULL) > 0)
                arm(idle);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        BusIdle *idle = userdata;
        Bus *b = idle->bus;

        (void) source;
        (void) usec;
        if (b->questions || manager_is_busy(b->manager)) {
                arm(idle);
                return 0;
        }
        log_info("Nobody has called for a while: kpatchd ends until somebody does.");
        /* Said before the name is given up, so that systemd does not take a daemon that is about to end for
         * one that serves the next call. */
        (void) sd_notify(0, "STOPPING=1");
        bus_close(b);
        return 0;
}

int bus_idle_new(Bus *b, sd_event *event, BusIdle **ret)
{
        _cleanup_(bus_idle_freep) BusIdle *idle = calloc(1, sizeof(BusIdle));
        int r;

        if (!idle)
                return -ENOMEM;
        idle->bus = b;
        r = sd_event_add_time(event, &idle->timer, CLOCK_MONOTONIC, UINT64_MAX, USEC_PER_SEC, on_timer,
                              idle);
        if (r >= 0)
                r = sd_bus_add_filter(b->bus, &idle->filter, on_message, idle);
        if (r < 0)
                return r;
        arm(idle);
        *ret = TAKE_PTR(idle);
        return 0;
}

BusIdle *bus_idle_free(BusIdle *idle)
{
        if (!idle)
                return NULL;
        sd_event_source_disable_unref(idle->timer);
        sd_bus_slot_unref(idle->filter);
        free(idle);
        return NULL;
}
