/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bus.h"

/* What kpatchd and its objects do, as it happens. Nothing here starts kpatchd or keeps it from ending when
 * nobody calls it: signals are listened to, and it is asked once when it has come. */

/* One thing that has happened. Texts are borrowed, and NULL where they do not apply. */
typedef struct MonitorEvent {
        const char *object; /* daemon, job, patch or feed */
        const char *name;   /* a job's number, a patch's reference, a feed's name, kpatchd */
        const char *change; /* new, changed or removed; of the daemon: present, absent, started or stopped */
        const char *property; /* that has changed */
        const char *value;    /* its new value */
        const char *kind;     /* of a job */
        const char *patch;    /* of a job */
        const char *result;   /* of a job that has ended: done, or an error's name */
        const char *message;
} MonitorEvent;

typedef int (*MonitorHandler)(const MonitorEvent *e, void *userdata);

/* Calls the handler, whose first failure ends it, until interrupt_fd is readable: then it returns 0. */
int monitor_run(Bus *bus, int interrupt_fd, MonitorHandler handler, void *userdata, Failure *f);
