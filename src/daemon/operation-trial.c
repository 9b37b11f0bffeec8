/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* The trial of a patch that is applied on the word of a feed: its health check runs while it is in force and
 * before it is recorded, so that no boot brings back what was never found good. */

#include "cleanup.h"
#include "health.h"
#include "history.h"
#include "log-ids.h"
#include "log.h"
#include "operation.h"
#include "quarantine.h"
#include "text.h"
#include "trial.h"

DEFINE_CLEANUP(Health *, health_free);

/* One that says no twice says it once more whenever the feed is looked at: it is kept out until somebody, or
 * a newer version, ends that. */
static void keep_out(Operation *o, const char *why)
{
        HistoryEvent e = { .kind = "quarantine",
                           .patch = o->ref,
                           .result = "done",
                           .message = why,
                           .uid = (uid_t) -1,
                           .comm = "kpatchd" };
        _cleanup_failure_ Failure f = {};

        if (quarantine_add(o->host->state_dir, o->ref, why, &f) < 0) {
                log_error("%s", failure_sentence(&f));
                return;
        }
        history_append(o->host->state_dir, &o->config, &e);
        log_patch(LOG_ERR, LOG_ID_QUARANTINED, o->ref,
                  "Patch %s is quarantined and not applied again: %s 'kpatchctl quarantine clear %s' lifts this.",
                  o->ref, why, o->ref);
}

int operation_trial_open(Operation *o, Failure *f)
{
        return o->check ? health_open(o->host->health, o->cancel_fd, &o->health, f) : 0;
}

int operation_step_trial(Operation *o, Failure *f)
{
        char *sentence;
        int r;

        if (!o->check)
                return 0;
        sentence = text_format("Waiting for the health check %s", o->check->command);
        if (sentence)
                operation_tell(o, sentence);
        r = health_run(o->health, o->check, o->check_sec, f);
        if (r >= 0)
                return 0;
        if (f->kind == FAILURE_HEALTH_VETO)
                keep_out(o, failure_sentence(f));
        /* One that was in force already, from a trial that was cut off, comes out as well. */
        o->found = ENGINE_STATE_ABSENT;
        return r;
}
