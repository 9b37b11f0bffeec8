/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "config-file.h"
#include "failure.h"

#include <stdint.h>
#include <sys/types.h>

/* What happened, for ever: history/history.jsonl below the state folder, one line of JSON an event, only
 * ever appended to. A file that has grown to its limit becomes history.jsonl.1, that one .2, and so on. */

typedef struct HistoryEvent {
        uint64_t time;       /* seconds since 1970 */
        const char *kind;    /* "apply" */
        const char *patch;   /* reference, or "" */
        const char *result;  /* "done" or an error's name */
        const char *message; /* a sentence */
        uid_t uid;           /* of who asked; -1: nobody, or it cannot be told */
        const char *comm;    /* of the process that asked, or "" */
        uint64_t duration;   /* in us */
        uint64_t generation; /* the present one after it; 0: none, or not known */
        bool recorded;       /* that one was made by it */
} HistoryEvent;

/* Appends and makes it durable; sets time. Whoever cannot write down what happened says so in the log and
 * goes on. */
void history_append(const char *state_dir, const Config *config, const HistoryEvent *e);

/* Called for one event after the other, the latest first, until it returns 0 (go on: 1). */
typedef int (*HistoryVisit)(const HistoryEvent *e, void *userdata);

/* Lines that are torn or damaged are passed over. Looks at the last MiB of each file. */
int history_visit(const char *state_dir, HistoryVisit visit, void *userdata);
