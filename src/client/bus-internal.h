/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bus.h"

#include <systemd/sd-bus.h>

/* Shared by the client's bus-*.c files, the only ones that know sd-bus. */

struct Bus {
        sd_bus *sd;
        unsigned limit;    /* seconds, as it was asked for */
        uint64_t deadline; /* CLOCK_MONOTONIC, in us */
        bool starting;     /* what is waited for is that the daemon comes up */
};

#define _cleanup_message_ _cleanup_(sd_bus_message_unrefp)

/* Handles one message or waits for one until deadline (CLOCK_MONOTONIC, in us; UINT64_MAX: for ever).
 * Returns 0, -ETIMEDOUT, -EINTR when interrupt_fd (which may be negative) is readable, or the connection's
 * error. */
int bus_pump(Bus *bus, uint64_t deadline, int interrupt_fd);

/* Calls and waits for the reply within the limit. */
int bus_call(Bus *bus, sd_bus_message *call, sd_bus_message **ret_reply, Failure *f);

/* The same of a method of the daemon's, with arguments as of sd_bus_message_append(); types may be NULL. */
int bus_call_method(Bus *bus, const char *path, const char *interface, const char *method,
                    sd_bus_message **ret_reply, Failure *f, const char *types, ...);

/* Says in our own words what a D-Bus error, or a negative errno of sd-bus or bus_pump(), means. */
int bus_failure_from_error(const sd_bus_error *error, Failure *f);
int bus_failure_from_errno(const Bus *bus, int r, Failure *f);

/* Reads the a{sv} at which m stands into j. */
int bus_read_job(sd_bus_message *m, JobInfo *j);
