/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* Trials that a daemon has begun and not ended: it was killed while a patch's health check ran. */

#include "cleanup.h"
#include "lock.h"
#include "log-ids.h"
#include "log.h"
#include "manager-feeds.h"
#include "manager.h"
#include "strv.h"
#include "trial.h"

static bool has_job(const Manager *m, const char *ref)
{
        for (size_t i = 0; i < m->n_jobs; i++)
                if (streq_ptr(m->jobs[i]->ref, ref))
                        return true;
        return false;
}

static void end(const Manager *m, const char *ref)
{
        _cleanup_close_ int lock_fd = -EBADF;
        _cleanup_failure_ Failure f = {};
        int r;

        /* Who has the lock is at work: the next look at it ends it. */
        r = lock_try(m->host->state_dir, &lock_fd, &f);
        if (r >= 0)
                r = trial_end(m->host->state_dir, ref, &f);
        if (r < 0 && r != -EWOULDBLOCK)
                log_warning("%s", failure_sentence(&f));
}

/* What was recorded has passed; what is not in the kernel, as after a boot, is the feed's to apply again. */
static void resume(Manager *m, const char *ref)
{
        const Patch *p = manager_find(m, ref);
        const FeedView *view = p && p->root_name ? manager_find_feed(m, p->root_name) : NULL;

        if (!p || p->shown != PATCH_STATE_APPLIED || p->persistent) {
                end(m, ref);
                return;
        }
        if (!view) {
                log_patch(LOG_WARNING, LOG_ID_INTERRUPTED, ref,
                          "Patch %s is in force until the next boot: its trial was cut off, and its feed is no more.",
                          ref);
                end(m, ref);
                return;
        }
        if (manager_quarantined(m, ref))
                manager_submit_for_feed(m, &operation_rollback, p, view->feed, "its health check said no.");
        else
                manager_submit_for_feed(m, &operation_apply, p, view->feed, "its trial was cut off.");
}

void manager_resume_trials(Manager *m)
{
        for (char **ref = m->trials; ref && *ref; ref++)
                if (!has_job(m, *ref))
                        resume(m, *ref);
}
