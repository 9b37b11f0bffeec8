/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "job.h"
#include "suggest.h"

int verb_refresh(const Client *c, Failure *f)
{
        _cleanup_job_session_ JobSession s = {};
        JobRequest request = { .method = "Refresh", .patch = "" };
        int r;

        r = job_session_open(c, &s, f);
        if (r >= 0 && c->options.n_args == 0)
                return job_run(&s, "refresh", request, NULL, f);
        for (char **feed = c->options.args; r == 0 && *feed; feed++) {
                request.patch = *feed;
                r = job_run(&s, "refresh", request, NULL, f);
                if (r < 0 && f->kind == FAILURE_NO_SUCH_FEED)
                        suggest_feed_from_bus(s.bus, *feed, f);
        }
        return r;
}
