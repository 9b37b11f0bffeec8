/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-util.h"

#include "cleanup.h"
#include "log.h"
#include "names.h"

int bus_error_from_failure(sd_bus_error *e, const Failure *f)
{
        return sd_bus_error_set(e, failure_bus_name(f->kind), failure_sentence(f));
}

void bus_reply_failure(sd_bus_message *call, const Failure *f)
{
        int r = sd_bus_reply_method_errorf(call, failure_bus_name(f->kind), "%s", failure_sentence(f));

        if (r < 0)
                log_debug("Cannot answer a call: %s", strerror(-r));
}

int bus_patch_path(const Patch *p, char **ret)
{
        return sd_bus_path_encode(BUS_PATH_PATCH, p->ref, ret);
}

int bus_job_path(const Job *j, char **ret)
{
        if (asprintf(ret, BUS_PATH_JOB "/%u", j->id) < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
        return 0;
}
