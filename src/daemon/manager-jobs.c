/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

/* The manager's queue of jobs. */

#include "cleanup.h"
#include "log.h"
#include "manager.h"
#include "patch-details.h"

static void start_next(Manager *m);

static void remove_job(Manager *m, Job *j)
{
        for (size_t i = 0; i < m->n_jobs; i++)
                if (m->jobs[i] == j) {
                        memmove(&m->jobs[i], &m->jobs[i + 1], (m->n_jobs - i - 1) * sizeof(Job *));
                        m->n_jobs--;
                        return;
                }
}

/* With its state, or with those whom the transition waits for. */
static void tell_patch(Manager *m, Patch *p, const Job *j)
{
        PatchState state = manager_patch_state(m, p);
        bool changed = p->shown != state;
        bool details_changed = (changed || j->sentence) && patch_look(p, m->host);

        patch_set_shown(p, state);
        if (!m->events)
                return;
        if (changed)
                m->events->patch_changed(p, m->userdata);
        else if (details_changed)
                m->events->patch_details_changed(p, m->userdata);
}

static void on_job_changed(Job *j, void *userdata)
{
        Manager *m = userdata;
        Patch *p = j->ref ? manager_find(m, j->ref) : NULL;

        if (m->events)
                m->events->job_changed(j, m->userdata);
        if (p && j->kind->state != _PATCH_STATE_MAX)
                tell_patch(m, p, j);
}

static void on_job_ended(Job *j, void *userdata)
{
        Manager *m = userdata;
        _cleanup_failure_ Failure f = {};
        bool follow;

        remove_job(m, j);
        /* One that was to be applied and was not may have kept another out. */
        follow = !m->ending &&
                 (j->kind == &operation_refresh ||
                  (j->wanted && (j->kind == &operation_apply || j->failure.kind == FAILURE_NONE)));
        if (j->kind == &operation_refresh) {
                refresh_memories_update(&m->unwritten, &j->operation->memories);
                if (manager_refresh_feeds(m, &f) < 0)
                        log_error("%s", failure_sentence(&f));
        }
        failure_clear(&f);
        if (manager_refresh(m, &f) < 0)
                log_error("%s", failure_sentence(&f));
        if (j->kind == &operation_refresh)
                manager_forget_followed(m);
        m->many = m->many && !j->kind->many;
        /* After the patches' own signals, so that who hears this sees the new state. */
        if (m->events)
                m->events->job_removed(j, m->userdata);
        job_free(j);
        start_next(m);
        if (follow)
                manager_follow_feeds(m);
        if (m->n_jobs == 0 && m->events)
                m->events->idle(m->userdata);
}

static const JobEvents job_events = {
        .changed = on_job_changed,
        .ended = on_job_ended,
};

/* The first of its lane that waits, where none of it runs: there is one for what may run beside, and one for
 * all else. */
static Job *find_next(const Manager *m, bool beside)
{
        for (size_t i = 0; i < m->n_jobs; i++)
                if (m->jobs[i]->kind->beside == beside)
                        return m->jobs[i]->running ? NULL : m->jobs[i];
        return NULL;
}

static void start_lane(Manager *m, bool beside)
{
        Job *j;

        while ((j = find_next(m, beside))) {
                if (job_start(j, m->event, &j->failure) >= 0) {
                        m->many = m->many || j->kind->many;
                        return;
                }
                remove_job(m, j);
                if (m->events)
                        m->events->job_removed(j, m->userdata);
                job_free(j);
        }
}

static void start_next(Manager *m)
{
        start_lane(m, false);
        start_lane(m, true);
}

/* What polkit is not asked about costs all the same: a user has one of it at a time. */
static int check_harmless(const Manager *m, const OperationRequest *request, Failure *f)
{
        if (!request->kind->harmless || request->by.uid == 0)
                return 0;
        for (size_t i = 0; i < m->n_jobs; i++)
                if (m->jobs[i]->kind->harmless && m->jobs[i]->by.uid == request->by.uid)
                        return failure_set(
                                        f, FAILURE_BUSY,
                                        "Job %u (%s) of yours is under way, and there can be one; try again when it "
                                        "has ended.",
                                        m->jobs[i]->id, m->jobs[i]->kind->name);
        return 0;
}

static int check_queue(const Manager *m, const OperationRequest *request, Failure *f)
{
        const char *ref = request->ref;
        size_t n_of_user = 0;

        for (size_t i = 0; ref && i < m->n_jobs; i++)
                if (streq_ptr(m->jobs[i]->ref, ref))
                        return failure_set(
                                        f, FAILURE_BUSY,
                                        "Cannot %s %s: job %u (%s) of this patch is under way; try again when it has "
                                        "ended.",
                                        request->kind->name, ref, m->jobs[i]->id, m->jobs[i]->kind->name);
        if (m->n_jobs >= JOBS_MAX)
                return failure_set(f, FAILURE_BUSY,
                                   "%u jobs are waiting already; try again when some have ended.", JOBS_MAX);
        for (size_t i = 0; i < m->n_jobs; i++)
                n_of_user += m->jobs[i]->by.uid == request->by.uid;
        if (request->by.uid != 0 && n_of_user >= m->config.jobs_per_user)
                return failure_set(f, FAILURE_BUSY,
                                   "%zu jobs of yours are waiting already; try again when some have ended.",
                                   n_of_user);
        return check_harmless(m, request, f);
}

void manager_cancel(Manager *m, uint32_t id)
{
        for (size_t i = 0; i < m->n_jobs; i++) {
                Job *j = m->jobs[i];

                if (j->id != id)
                        continue;
                if (j->running) {
                        operation_cancel(j->operation);
                        return;
                }
                (void) failure_set(&j->failure, FAILURE_CANCELED, "The %s was cancelled before it began.",
                                   j->kind->name);
                remove_job(m, j);
                if (m->events)
                        m->events->job_removed(j, m->userdata);
                job_free(j);
                return;
        }
}

void manager_end(Manager *m)
{
        m->ending = true;
        /* Those that wait first: the end of one that runs would start them. */
        for (size_t i = m->n_jobs; i-- > 0;)
                if (!m->jobs[i]->running)
                        manager_cancel(m, m->jobs[i]->id);
        for (size_t i = 0; i < m->n_jobs; i++)
                operation_cancel(m->jobs[i]->operation);
}

static Job *find_same(const Manager *m, const OperationRequest *request)
{
        for (size_t i = 0; i < m->n_jobs; i++) {
                Job *j = m->jobs[i];

                if (operation_request_is_same(j->operation, request) && !operation_is_canceled(j->operation))
                        return j;
        }
        return NULL;
}

int manager_submit(Manager *m, const OperationRequest *request, Job **ret, Failure *f)
{
        _cleanup_close_ int manifest_fd = request->manifest_fd, module_fd = request->module_fd;
        Operation *operation;
        Job *j = find_same(m, request);
        int r;

        if (j) {
                j->wanted = j->wanted || request->automatic;
                *ret = j;
                return 0;
        }

        r = check_queue(m, request, f);
        if (r < 0)
                return r;
        (void) TAKE_FD(manifest_fd);
        (void) TAKE_FD(module_fd);
        r = operation_new(request, m->host, &m->config, &operation, f);
        if (r < 0)
                return r;
        r = job_new(m->last_job_id + 1, operation, &job_events, m, &j, f);
        if (r < 0)
                return r;
        j->wanted = request->automatic;
        m->last_job_id++;
        m->jobs[m->n_jobs++] = j;
        if (find_next(m, request->kind->beside) == j) {
                r = job_start(j, m->event, f);
                if (r < 0) {
                        remove_job(m, j);
                        job_free(j);
                        return r;
                }
                m->many = m->many || j->kind->many;
        }
        if (m->events)
                m->events->job_added(j, m->userdata);
        *ret = j;
        return 0;
}
