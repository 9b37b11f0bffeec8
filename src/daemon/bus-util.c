/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-util.h"

#include "cleanup.h"
#include "log.h"
#include "names.h"
#include "text.h"

int bus_error_from_failure(sd_bus_error *e, const Failure *f)
{
        return sd_bus_error_set(e, failure_bus_name(f->kind), failure_sentence(f));
}

int bus_refuse_options(sd_bus_message *call, sd_bus_error *e)
{
        _cleanup_failure_ Failure f = {};
        const char *name;
        int r;

        r = sd_bus_message_enter_container(call, 'a', "{sv}");
        if (r >= 0)
                r = sd_bus_message_enter_container(call, 'e', "sv");
        if (r == 0)
                return sd_bus_message_exit_container(call);
        if (r > 0)
                r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;
        (void) failure_set(&f, FAILURE_INVALID_ARGUMENT, "There is no option '%.40s' of %s.", name,
                           sd_bus_message_get_member(call));
        return bus_error_from_failure(e, &f);
}

void bus_reply_failure(sd_bus_message *call, const Failure *f)
{
        int r = sd_bus_reply_method_errorf(call, failure_bus_name(f->kind), "%s", failure_sentence(f));

        if (r < 0)
                log_debug("Cannot answer a call: %s", strerror(-r));
}

void bus_read_requester(sd_bus_message *call, Requester *ret)
{
        sd_bus_creds *creds = NULL;
        const char *comm;

        *ret = (Requester){ .uid = (uid_t) -1 };
        if (sd_bus_query_sender_creds(call, SD_BUS_CREDS_EUID | SD_BUS_CREDS_COMM | SD_BUS_CREDS_AUGMENT,
                                      &creds) < 0)
                return;
        if (sd_bus_creds_get_euid(creds, &ret->uid) < 0)
                ret->uid = (uid_t) -1;
        if (sd_bus_creds_get_comm(creds, &comm) >= 0) {
                (void) snprintf(ret->comm, sizeof(ret->comm), "%s", comm);
                text_sanitize(ret->comm);
        }
        sd_bus_creds_unref(creds);
}

Patch *bus_find_patch(Bus *b, const char *path)
{
        _cleanup_free_ char *ref = NULL;

        return sd_bus_path_decode(path, BUS_PATH_PATCH, &ref) > 0 ? manager_find_any(b->manager, ref) : NULL;
}

int bus_patch_path(const Patch *p, char **ret)
{
        return sd_bus_path_encode(BUS_PATH_PATCH, p->ref, ret);
}

int bus_feed_path(const char *name, char **ret)
{
        return sd_bus_path_encode(BUS_PATH_FEED, name, ret);
}

int bus_job_path(const Job *j, char **ret)
{
        *ret = text_format(BUS_PATH_JOB "/%u", j->id);
        if (!*ret)
                return -ENOMEM;
        return 0;
}
