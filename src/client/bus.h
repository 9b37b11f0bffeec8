/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "failure.h"
#include "model.h"

#include <stdint.h>

/* The connection to kpatchd, in terms of the model. Nothing here waits longer than the limit says. Errors:
 * those of the daemon as the shared table has them; FAILURE_DAEMON_UNAVAILABLE where bus or daemon do not
 * answer; FAILURE_NOT_AUTHORIZED where bus or polkit refuse. */

typedef struct Bus Bus;

/* Connects to the system bus, or to what DBUS_SYSTEM_BUS_ADDRESS names. The limit, in seconds from now,
 * holds for connecting and for all that follows together; that kpatchd has to be started first does not
 * count. */
int bus_open(unsigned limit, Bus **ret, Failure *f);
/* The same, for what is not to wait long for kpatchd to come up, either: where it has to be started first,
 * that and what follows take in_all seconds together, at most. */
int bus_open_within(unsigned limit, unsigned in_all, Bus **ret, Failure *f);
/* The same, but that kpatchd is not started for it. */
int bus_connect(unsigned limit, Bus **ret, Failure *f);
int bus_has_daemon(Bus *bus, bool *ret, Failure *f);
Bus *bus_free(Bus *bus);
DEFINE_CLEANUP(Bus *, bus_free);

/* A new limit, in seconds from now. */
void bus_set_limit(Bus *bus, unsigned limit);

/* *m and *o must be {}; on error they are as they were. */
int bus_fetch_manager(Bus *bus, ManagerInfo *m, Failure *f);
int bus_fetch_objects(Bus *bus, ObjectsInfo *o, Failure *f);
/* Errors: as the daemon answers. interactive: polkit may ask the user. */
int bus_cancel_job(Bus *bus, const char *path, bool interactive, Failure *f);
int bus_force_patch(Bus *bus, const char *reference, bool interactive, Failure *f);
/* Adds the kernel stacks of all stragglers, as far as they are to be had: who may not see them, or where
 * they cannot be read, is no failure of what else is shown. polkit is asked, the user is not. Returns 0 or
 * -ENOMEM. */
int bus_fetch_stacks(Bus *bus, ObjectsInfo *o);
/* Those that patches for this kernel name, stored or offered; a strv, NULL for none. */
int bus_list_cves(Bus *bus, char ***ret, Failure *f);
int bus_check_cve(Bus *bus, const char *id, CveInfo *ret, Failure *f);
int bus_fetch_generations(Bus *bus, GenerationList *ret, Failure *f);
/* The latest first, at most limit; 0: as many as there are in one reply. */
int bus_fetch_history(Bus *bus, uint32_t limit, EventList *ret, Failure *f);
int bus_fetch_diagnoses(Bus *bus, DiagnosisList *ret, Failure *f);

/* A change, from its call until kpatchd says how it ended. */

/* What a method takes before its options. */
typedef enum JobArgument {
        JOB_ARGUMENT_PATCH,
        JOB_ARGUMENT_FILES,
        JOB_ARGUMENT_GENERATION,
        JOB_ARGUMENT_NONE,
} JobArgument;

typedef struct JobRequest {
        const char *method; /* of the manager, as Import and Apply */
        JobArgument argument;
        const char *patch;
        uint64_t generation;
        int manifest_fd;
        int module_fd;
        bool interactive; /* polkit may ask the user */
        bool dry_run;
        bool scheduled;
        bool download;
        bool runtime;
        const char *policy; /* NULL: the patch's own */
        bool has_deadline;
        uint32_t deadline; /* seconds; 0: none */
} JobRequest;

typedef struct BusJob BusJob;

/* Calls the method; the connection's limit then ends the wait for its answer. Signals are subscribed to
 * first, so that none is missed. */
int bus_job_start(Bus *bus, const JobRequest *request, BusJob **ret, Failure *f);
BusJob *bus_job_free(BusJob *job);
DEFINE_CLEANUP(BusJob *, bus_job_free);

/* Waits for the next news of the job. Returns -EINTR, with nothing set, when interrupt_fd is readable. */
int bus_job_wait(BusJob *job, int interrupt_fd, Failure *f);

/* What is known of it; NULL until the daemon has accepted the call. */
const JobInfo *bus_job_info(const BusJob *job);

/* Whether it has ended; then *ret_result is "done" or an error's name, and *ret_message a sentence. Both
 * live as long as the job. */
bool bus_job_ended(const BusJob *job, const char **ret_result, const char **ret_message);
