/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"
#include "model.h"

/* What an apply is going to do, from what was asked for and what the daemon has: in the order in which it is
 * done, each patch once. */

typedef struct PlanStep {
        char *patch;           /* an id or a reference, as the daemon is asked for it */
        const PatchInfo *info; /* borrowed; NULL: it is not known */
        char *why;             /* a few words for a person; NULL: it was named */
        bool out;              /* it is taken out of force */
        bool dependent;        /* an earlier step has to be done first */
} PlanStep;

typedef struct Plan {
        const ObjectsInfo *objects; /* borrowed */
        const KernelInfo *kernel;   /* borrowed */
        PlanStep *steps;
        size_t n;
        char **effects; /* strv: what else becomes of what is in force */
        char **notes;   /* strv of sentences: what was asked for and is not in it, and why */
} Plan;

/* All return 0, or a negative errno with *f set. */

/* A patch as the caller has named it; it need not be known. */
int plan_add_named(Plan *p, const char *text, Failure *f);

/* A patch that closes the hole, by what the daemon says of it; none where it is closed already. Errors:
 * FAILURE_NO_SUCH_PATCH. */
int plan_add_cve(Plan *p, const char *cve, const CveInfo *info, Failure *f);

/* All that is for this host: of each id the newest that is stored, that its feed offers, and that nobody
 * holds. */
int plan_add_all(Plan *p, Failure *f);

/* Adds what those depend on, before them, and takes what they supersede out after them. What was named
 * supersedes nothing: it is applied as it was asked for. */
int plan_complete(Plan *p, Failure *f);

/* Whether it changes more than what was named. */
bool plan_is_wider(const Plan *p);

void plan_clear(Plan *p);
#define _cleanup_plan_ __attribute__((cleanup(plan_clear)))
