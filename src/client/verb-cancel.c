/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "agent.h"
#include "bus.h"
#include "cleanup.h"
#include "client.h"
#include "suggest.h"

/* Whether text is the job's number, or its patch with or without the version. */
static bool job_is(const JobInfo *job, const char *text)
{
        const char *number = strrchr(job->path, '/'), *patch = strempty(job->patch);
        size_t n = strlen(text);

        return (number && streq(number + 1, text)) ||
               (n > 0 && strncmp(patch, text, n) == 0 && (patch[n] == 0 || patch[n] == '='));
}

static const JobInfo *find_job(const ObjectsInfo *o, const char *text)
{
        FOREACH_ARRAY (job, o->jobs, o->n_jobs)
                if (job_is(job, text))
                        return job;
        return NULL;
}

static int cancel(const Client *c, Bus *bus, const JobInfo *job, Failure *f)
{
        pid_t agent = c->options.no_ask_password ? 0 : agent_start();
        int r;

        bus_set_limit(bus, CHANGE_LIMIT);
        r = bus_cancel_job(bus, job->path, !c->options.no_ask_password, f);
        agent_stop(agent);
        if (r >= 0 && !c->reply && !c->options.quiet)
                fprintf(c->out.file, "The %s is being cancelled: 'kpatchctl status' shows how it goes.\n",
                        strempty(job->kind));
        return r;
}

int verb_cancel(const Client *c, Failure *f)
{
        _cleanup_objects_info_ ObjectsInfo objects = {};
        _cleanup_(bus_freep) Bus *bus = NULL;
        int r;

        r = bus_open(READ_LIMIT, &bus, f);
        if (r >= 0)
                r = bus_fetch_objects(bus, &objects, f);
        for (char **text = c->options.args; r >= 0 && *text; text++) {
                const JobInfo *job = find_job(&objects, *text);

                r = job ? cancel(c, bus, job, f) : suggest_job(&objects, *text, f);
        }
        return r;
}
