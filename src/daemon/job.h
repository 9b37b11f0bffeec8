/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "operation.h"

#include <pthread.h>
#include <systemd/sd-event.h>

/* An operation that was asked for on the bus: it waits in the manager's queue, then runs in a thread of its
 * own, so that the daemon answers readers meanwhile. */

typedef struct Job Job;

typedef struct JobEvents {
        void (*changed)(Job *j, void *userdata); /* step or patch */
        void (*ended)(Job *j, void *userdata);   /* may free the job */
} JobEvents;

struct Job {
        uint32_t id;
        const OperationKind *kind;
        OperationOptions options;
        Requester by;
        char *ref; /* NULL while unknown */
        bool running;
        bool wanted; /* by the daemon itself, whoever else asked for it: on the word of a feed */
        size_t step;
        char *sentence;  /* of what the step does just now; NULL: the step's own */
        Failure failure; /* when it has ended */

        /* Below is the job's own. */
        Operation *operation; /* the thread's while running */
        const JobEvents *events;
        void *userdata;
        sd_event_source *source;
        int event_fd;
        pthread_t thread;
        pthread_mutex_t lock; /* guards the fields below */
        size_t thread_step;
        char *thread_sentence;
        char *thread_ref;
        bool thread_ended;
};

/* Takes over operation, also when it fails. */
int job_new(uint32_t id, Operation *operation, const JobEvents *events, void *userdata, Job **ret,
            Failure *f);

/* Starts the thread. The events are called from the event loop. */
int job_start(Job *j, sd_event *event, Failure *f);

/* "Loading the patch". */
const char *job_sentence(const Job *j);
const char *job_step(const Job *j);

/* Waits for the thread of a job that runs. */
Job *job_free(Job *j);
