/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "job.h"

int verb_hold(const Client *c, Failure *f)
{
        return job_run_each(c, "Hold", f);
}

int verb_unhold(const Client *c, Failure *f)
{
        return job_run_each(c, "Unhold", f);
}
