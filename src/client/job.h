/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bus.h"
#include "client.h"

/* The exit status of a wait that a signal ended, as a shell has it: this plus the signal's number. */
#define EXIT_SIGNAL_BASE 128

/* Changes, as a person at a terminal sees them: kpatchd is asked, polkit may ask back, a line shows how far
 * it is, and a sentence how it ended. */

typedef struct JobSession {
        const Client *client;
        Bus *bus;
        int interrupt_fd; /* readable once SIGINT or SIGTERM came */
        int signal;       /* the last one that was read from it; 0: none */
} JobSession;

/* From here on SIGINT and SIGTERM make this readable, and do no more. */
int job_open_interrupt_fd(int *ret_fd, Failure *f);

/* From here on SIGINT and SIGTERM end a wait in job_run() rather than the process. *s must be {}. */
int job_session_open(const Client *c, JobSession *s, Failure *f);
void job_session_close(JobSession *s);
#define _cleanup_job_session_ __attribute__((cleanup(job_session_close)))

/* Makes the request (whose interactive is filled in here) and waits until the job has ended. kind is the
 * verb that names it. ret_patch may be NULL; else *ret_patch is the reference of the job's patch, set also
 * on failure where it is known, for the caller to free. Returns 0, a negative errno with *f set, or 128 plus
 * the signal that ended the wait; the job then goes on. */
int job_run(JobSession *s, const char *kind, JobRequest request, char **ret_patch, Failure *f);

/* Runs one job for each argument of the verb, until one fails. */
int job_run_each(const Client *c, const char *method, Failure *f);
