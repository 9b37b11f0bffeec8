/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "job.h"

static int go_back(const Client *c, Failure *f)
{
        JobRequest request = { .method = "RollbackPrevious", .argument = JOB_ARGUMENT_NONE };
        _cleanup_job_session_ JobSession s = {};
        int r;

        if (c->options.has_to)
                request = (JobRequest){ .method = "RollbackTo",
                                        .argument = JOB_ARGUMENT_GENERATION,
                                        .generation = c->options.to };
        r = job_session_open(c, &s, f);
        return r < 0 ? r : job_run(&s, "rollback", request, NULL, f);
}

int verb_rollback(const Client *c, Failure *f)
{
        if (c->options.n_args == 0)
                return go_back(c, f);
        if (c->options.has_to)
                return failure_set(f, FAILURE_USAGE,
                                   "'--to' goes to a whole generation: name either it or patches.");
        return job_run_each(c, "Rollback", f);
}
