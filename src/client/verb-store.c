/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "job.h"

int verb_remove(const Client *c, Failure *f)
{
        return job_run_each(c, "Remove", f);
}

int verb_verify(const Client *c, Failure *f)
{
        JobRequest request = { .method = "Verify", .patch = "" };
        _cleanup_job_session_ JobSession s = {};
        int r;

        if (c->options.n_args > 0)
                return job_run_each(c, "Verify", f);
        r = job_session_open(c, &s, f);
        return r < 0 ? r : job_run(&s, "verify", request, NULL, f);
}
