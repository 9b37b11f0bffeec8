/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "job.h"
#include "manager-feeds.h"
#include "manager-level.h"
#include "manager-reboot.h"
#include "patch.h"
#include "quarantine.h"
#include "root.h"
#include "watch.h"

#include <systemd/sd-event.h>

/* What the daemon knows: the patches of this host and the jobs under way. Knows nothing of the bus: who
 * wants to be told of changes gives a table of functions. */

#define JOBS_MAX 16U

typedef struct ManagerEvents {
        void (*patch_added)(Patch *p, void *userdata);
        void (*patch_removed)(Patch *p, void *userdata);         /* before it is freed */
        void (*patch_changed)(Patch *p, void *userdata);         /* state or persistence */
        void (*patch_details_changed)(Patch *p, void *userdata); /* as of patch_look(), and nothing else */
        void (*generation_changed)(void *userdata);
        void (*level_changed)(void *userdata);
        void (*reboot_changed)(void *userdata); /* whether and why one is advised */
        void (*job_added)(Job *j, void *userdata);
        void (*job_changed)(Job *j, void *userdata);
        void (*job_removed)(Job *j, void *userdata); /* before it is freed; j->failure says how it ended */
        void (*feed_added)(const char *name, void *userdata);
        void (*feed_removed)(const char *name, void *userdata);
        void (*feed_changed)(const char *name, void *userdata);
        void (*idle)(void *userdata); /* the last job has ended */
} ManagerEvents;

/* A stored manifest that was refused, and the digest of the bytes and roots that it was refused for. */
typedef struct Refusal {
        char *ref;
        uint8_t digest[SHA256_SIZE];
} Refusal;

typedef struct Manager {
        Host *host;
        Config config;
        sd_event *event;
        char *kept_out; /* why nothing is applied at boot; NULL: it is */
        Quarantine *quarantine;
        size_t n_quarantine;
        char **holds;      /* strv */
        char **postponed;  /* strv: wanted at the next boot, and not before */
        char **trials;     /* strv of what is on trial, or was when a daemon died */
        char **complaints; /* strv of what could not be read of these, and was said */
        sd_event_source *settle_timer;
        uint64_t settles_at; /* the next attempt, CLOCK_BOOTTIME in us; UINT64_MAX: none. Not idle until then
                              */
        Generation *generation; /* the present one */
        char **superseded;      /* strv of what patches of it have taken the place of */
        Patch **patches;        /* sorted by id, then version */
        size_t n_patches;
        Refusal *refusals;
        size_t n_refusals;
        uint8_t listed_roots[SHA256_SIZE]; /* digest of the roots that the list was made with */
        Root **roots;                      /* for show: whoever verifies reads them again */
        size_t n_roots;
        uint8_t roots_digest[SHA256_SIZE];
        FeedSet feed_set;
        FeedView *feeds; /* one for each of the set, in its order */
        size_t n_feeds;
        sd_event_source *expiry_timer; /* the next feed to expire. Nobody stays for it */
        EffectiveLevel level;
        RefreshMemories unwritten;
        RebootAdviceList reboot;
        Watch *watch;
        Job *jobs[JOBS_MAX]; /* in the order of the calls; the first one runs, and the first that may beside
                              */
        size_t n_jobs;
        uint32_t last_job_id;
        bool ending;                 /* nothing new is begun */
        unsigned n_looks;            /* at the kernel, while patches are in transition */
        bool many;                   /* a job that moves any number of patches runs, or has just ended */
        const ManagerEvents *events; /* NULL until somebody wants them */
        void *userdata;
} Manager;

/* Takes over host. Reads disk and kernel. */
int manager_new(Host *host, sd_event *event, Manager **ret, Failure *f);
void manager_set_events(Manager *m, const ManagerEvents *events, void *userdata);

/* Reads kpatchd.conf again, for what is asked for from now on. */
void manager_reload_config(Manager *m);

/* Reads disk and kernel again and tells of what has changed. For after a job and after a reload. */
int manager_refresh(Manager *m, Failure *f);

/* Reads the kernel again, cheap enough for every reader. */
int manager_refresh_kernel(Manager *m, Failure *f);

/* The same, and looks at what else the kernel shows of its patches. For when something has changed there. */
int manager_look(Manager *m, Failure *f);

/* The trust roots as they are on disk now; broken ones are said in the log when they change. */
int manager_refresh_roots(Manager *m, Failure *f);

/* Judges what earlier boots and dead processes left, once at start; logs what goes wrong. */
void manager_judge(Manager *m);

/* Counts as good what has been in force for the settle time; where all is set, what has been for less too,
 * as the daemon is stopped in order. */
void manager_settle(Manager *m, bool all);

/* Reads again what is quarantined or held, and whether anything is applied at boot. */
int manager_refresh_guard(Manager *m, Failure *f);

/* Goes on with the trials that were cut off. For the start, and before feeds decide. */
void manager_resume_trials(Manager *m);

/* Sets `since` of what is in force and not listed yet, where the history knows. */
int manager_recall_since(Manager *m);

/* Why a patch is; NULL when it is not. */
const char *manager_quarantined(const Manager *m, const char *ref);

/* The state now: that of the job under way for it, or what the kernel shows. */
PatchState manager_patch_state(const Manager *m, const Patch *p);

/* By reference: of those that are managed; or of all, where one that was loaded by hand has its module's
 * name. NULL where there is none. */
Patch *manager_find(const Manager *m, const char *ref);
Patch *manager_find_any(const Manager *m, const char *ref);

/* Which patch "id" or "id=version" means: without a version the one that is applied, else the newest.
 * Errors: FAILURE_INVALID_PATCH_NAME, FAILURE_NO_SUCH_PATCH. */
int manager_resolve(Manager *m, const char *text, Patch **ret, Failure *f);

/* Queues an operation; the request's descriptors are taken over in any case. Where the very same is queued
 * or runs already, *ret is that job. Errors: FAILURE_BUSY when the same patch has another job, the queue is
 * full, or the caller has more than its share of it. */
int manager_submit(Manager *m, const OperationRequest *request, Job **ret, Failure *f);

/* Ends a job with FAILURE_CANCELED: at once if it waits, else as soon as it can be undone. One whose result
 * is being recorded already ends as it would have. */
void manager_cancel(Manager *m, uint32_t id);

/* Before the daemon ends: cancels all jobs, and has feeds begin no others. */
void manager_end(Manager *m);

/* Whether something is under way, or is waited for, that would be lost or delayed if the daemon ended. */
bool manager_is_busy(const Manager *m);

Manager *manager_free(Manager *m);

DEFINE_CLEANUP(Manager *, manager_free);
