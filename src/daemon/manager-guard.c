/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* The boot guard, as the daemon keeps it: what is quarantined, why nothing is applied at boot, and the timer
 * at which what was applied counts as good. */

#include "attempt.h"
#include "cleanup.h"
#include "generation-repair.h"
#include "guard.h"
#include "hold.h"
#include "lock.h"
#include "log.h"
#include "manager.h"
#include "postpone.h"
#include "strv.h"
#include "trial.h"

#define USEC_PER_SEC UINT64_C(1000000)

/* How late a patch may be counted as good. */
#define SETTLE_ACCURACY_USEC (USEC_PER_SEC / 4)

static int on_settled(sd_event_source *source, uint64_t usec, void *userdata)
{
        Manager *m = userdata;

        (void) source;
        (void) usec;
        manager_settle(m, false);
        return 0;
}

static void arm(Manager *m, uint64_t when)
{
        int r = 0;

        m->settles_at = when;
        if (when == UINT64_MAX) {
                m->settle_timer = sd_event_source_disable_unref(m->settle_timer);
                return;
        }
        if (!m->settle_timer)
                r = sd_event_add_time(m->event, &m->settle_timer, CLOCK_BOOTTIME, when, SETTLE_ACCURACY_USEC,
                                      on_settled, m);
        else {
                r = sd_event_source_set_time(m->settle_timer, when);
                if (r >= 0)
                        r = sd_event_source_set_enabled(m->settle_timer, SD_EVENT_ONESHOT);
        }
        if (r < 0)
                log_warning("Cannot wait for the settle time: %s", strerror(-r));
}

void manager_settle(Manager *m, bool all)
{
        _cleanup_close_ int lock_fd = -EBADF;
        _cleanup_failure_ Failure f = {};
        uint64_t next;
        int r;

        r = all ? lock_take(m->host->state_dir, &lock_fd, &f) : lock_try(m->host->state_dir, &lock_fd, &f);
        if (r == -EWOULDBLOCK) {
                /* A job of ours, or kpatchd --reapply: it will not take long. */
                arm(m, attempt_now() + USEC_PER_SEC);
                return;
        }
        if (r >= 0)
                r = guard_settle(m->host, all, &next, &f);
        if (r < 0) {
                log_error("%s", failure_sentence(&f));
                return;
        }
        if (!all)
                arm(m, next);
}

void manager_judge(Manager *m)
{
        _cleanup_close_ int lock_fd = -EBADF;
        _cleanup_failure_ Failure f = {};
        int r;

        r = lock_try(m->host->state_dir, &lock_fd, &f);
        /* Whoever holds the lock has judged. */
        if (r == -EWOULDBLOCK)
                return;
        if (r >= 0)
                r = guard_judge(m->host, &m->config, &f);
        if (r >= 0)
                r = generation_repair(m->host, &m->config, &f);
        if (r < 0)
                log_error("%s", failure_sentence(&f));
}

/* What cannot be read now is as it was read last: nobody is to wait for that to pass. Said once, as each
 * reader has it read. */
static int tell(Manager *m, int r, Failure *f)
{
        if (r == -ENOMEM)
                return r;
        if (!strv_contains(m->complaints, failure_sentence(f))) {
                log_error("%s", failure_sentence(f));
                (void) strv_append(&m->complaints, failure_sentence(f));
        }
        failure_clear(f);
        return 0;
}

static int refresh_kept_out(Manager *m, Failure *f)
{
        char *why = NULL;
        int r;

        r = guard_is_closed(m->host, &m->config, &why);
        if (r < 0) {
                (void) failure_set_errno(f, r, "Cannot read the state of the boot guard");
                return tell(m, r, f);
        }
        free(m->kept_out);
        m->kept_out = why;
        return 0;
}

static int refresh_quarantine(Manager *m, Failure *f)
{
        Quarantine *list;
        size_t n;
        int r;

        r = quarantine_list(m->host->state_dir, &list, &n, f);
        if (r < 0)
                return tell(m, r, f);
        quarantine_free_many(m->quarantine, m->n_quarantine);
        m->quarantine = list;
        m->n_quarantine = n;
        return 0;
}

static int take_over(Manager *m, int r, char ***present, char ***list, Failure *f)
{
        if (r < 0)
                return tell(m, r, f);
        strv_free(*present);
        *present = *list;
        return 0;
}

int manager_refresh_guard(Manager *m, Failure *f)
{
        char **list = NULL;
        int r;

        r = refresh_kept_out(m, f);
        if (r >= 0)
                r = refresh_quarantine(m, f);
        if (r >= 0)
                r = take_over(m, hold_list(m->host->state_dir, &list, f), &m->holds, &list, f);
        if (r >= 0)
                r = take_over(m, postpone_list(m->host, &list, f), &m->postponed, &list, f);
        if (r >= 0)
                r = take_over(m, trial_list(m->host->state_dir, &list, f), &m->trials, &list, f);
        if (r >= 0)
                arm(m, guard_next(m->host));
        return r;
}

const char *manager_quarantined(const Manager *m, const char *ref)
{
        FOREACH_ARRAY (q, m->quarantine, m->n_quarantine)
                if (streq(q->ref, ref))
                        return q->why;
        return NULL;
}
