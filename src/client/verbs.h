/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>

typedef struct Client Client;
typedef struct Terminal Terminal;

typedef struct Verb {
        const char *name;
        const char *arguments; /* as the help has them; "" for none */
        size_t min_args;
        size_t max_args;  /* SIZE_MAX: any number */
        const char *help; /* NULL: it is for programs, and not shown */

        /* Does it: prints to c->out, or fills c->reply where that is set. Returns 0, a negative errno with
         * *f set, or a positive exit status where no failure is to be reported. */
        int (*run)(const Client *c, Failure *f);

        bool paged; /* what it says may be long */

        int failure_status; /* with which it ends, whatever went wrong; 0: what the table of failures says */
} Verb;

/* NULL means the default verb. Errors: FAILURE_USAGE, naming the nearest verb. */
int verb_find(const char *name, const Verb **ret, Failure *f);

void verbs_print_help(const Terminal *out);

int verb_apply(const Client *c, Failure *f);
int verb_cancel(const Client *c, Failure *f);
int verb_check(const Client *c, Failure *f);
int verb_complete(const Client *c, Failure *f);
int verb_cve(const Client *c, Failure *f);
int verb_doctor(const Client *c, Failure *f);
int verb_feeds(const Client *c, Failure *f);
int verb_force(const Client *c, Failure *f);
int verb_generations(const Client *c, Failure *f);
int verb_history(const Client *c, Failure *f);
int verb_hold(const Client *c, Failure *f);
int verb_import(const Client *c, Failure *f);
int verb_info(const Client *c, Failure *f);
int verb_kpatch(const Client *c, Failure *f);
int verb_list(const Client *c, Failure *f);
int verb_metrics(const Client *c, Failure *f);
int verb_monitor(const Client *c, Failure *f);
int verb_quarantine(const Client *c, Failure *f);
int verb_reboot_advice(const Client *c, Failure *f);
int verb_refresh(const Client *c, Failure *f);
int verb_remove(const Client *c, Failure *f);
int verb_rollback(const Client *c, Failure *f);
int verb_status(const Client *c, Failure *f);
int verb_uname(const Client *c, Failure *f);
int verb_unhold(const Client *c, Failure *f);
int verb_verify(const Client *c, Failure *f);
