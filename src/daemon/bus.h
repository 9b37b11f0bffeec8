/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "manager.h"

#include <systemd/sd-bus.h>

/* The D-Bus face of the manager: org.kpatchd1 on the system bus. One file an interface; this one holds them
 * together. Only files called bus-* (and this) know sd-bus. */

typedef struct Bus {
        sd_bus *bus;
        Manager *manager;
        struct BusQuestion *questions; /* open ones to polkit, see bus-polkit.h */
        struct BusClaim *claims;       /* who asked for which job, see bus-claim.h */
        struct BusStacks *stacks;      /* that are being read, see bus-stack.c */
        uint64_t last_question;
        struct BusIdle *idle; /* see bus-idle.h */
        bool closing;         /* has given up the name, brings to its end what was asked for before */
        bool leaving;         /* the same, and takes no new operations */
        bool lost;            /* the connection is gone */
} Bus;

/* Connects, exports the objects and asks for the name. */
int bus_new(Manager *manager, sd_event *event, Bus **ret, Failure *f);

/* Takes no more operations, cancels those that there are, gives up the name, so that what comes next starts
 * a new daemon, and ends the event loop: at once, or when the job that is under way has come to its end. */
void bus_leave(Bus *b);

/* Gives up the name and ends the event loop once all that came before has been answered and done. */
void bus_close(Bus *b);

/* Ends the event loop if all is done that it waited for. */
void bus_end_if_done(Bus *b);

Bus *bus_free(Bus *b);

DEFINE_CLEANUP(Bus *, bus_free);
