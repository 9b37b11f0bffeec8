/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-change.h"

#include "bus-polkit.h"
#include "bus-util.h"
#include "cleanup.h"
#include "log.h"

#include <fcntl.h>

typedef struct Change {
        const OperationKind *kind;
        char *ref;
        int manifest_fd, module_fd;
} Change;

static void change_free(Change *c)
{
        close_fd(c->manifest_fd);
        close_fd(c->module_fd);
        free(c->ref);
        free(c);
}
DEFINE_CLEANUP(Change *, change_free);

static int duplicate(int fd)
{
        int copy;

        if (fd < 0)
                return -EBADF;
        copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        return copy < 0 ? -errno : copy;
}

static int change_new(const OperationKind *kind, const char *ref, int manifest_fd, int module_fd,
                      Change **ret)
{
        _cleanup_(change_freep) Change *c = calloc(1, sizeof(Change));

        if (!c)
                return -ENOMEM;
        c->kind = kind;
        c->manifest_fd = duplicate(manifest_fd);
        c->module_fd = duplicate(module_fd);
        if ((manifest_fd >= 0 && c->manifest_fd < 0) || (module_fd >= 0 && c->module_fd < 0))
                return -EMFILE;
        if (ref) {
                c->ref = strdup(ref);
                if (!c->ref)
                        return -ENOMEM;
        }
        *ret = TAKE_PTR(c);
        return 0;
}

/* The answer may have taken minutes: what was asked about is looked at again. */
static int submit(Bus *b, Change *c, Job **ret, Failure *f)
{
        if (b->leaving)
                return failure_set(f, FAILURE_BUSY, "kpatchd is being stopped; try again.");
        if (c->ref && !manager_find(b->manager, c->ref))
                return failure_set(f, FAILURE_NO_SUCH_PATCH, "Patch %s is no longer stored.", c->ref);
        return manager_submit(b->manager, c->kind, c->ref, TAKE_FD(c->manifest_fd), TAKE_FD(c->module_fd),
                              ret, f);
}

static void on_authorized(Bus *b, sd_bus_message *call, int r, const Failure *f, void *userdata)
{
        _cleanup_(change_freep) Change *c = userdata;
        _cleanup_free_ char *path = NULL;
        _cleanup_failure_ Failure failure = {};
        Job *j;

        if (r < 0) {
                bus_reply_failure(call, f);
                return;
        }
        if (submit(b, c, &j, &failure) < 0) {
                bus_reply_failure(call, &failure);
                return;
        }
        r = bus_job_path(j, &path);
        if (r >= 0)
                r = sd_bus_reply_method_return(call, "o", path);
        if (r < 0)
                log_debug("Cannot answer a call: %s", strerror(-r));
}

/* An option that is not known is refused: to leave it out would be to do something else than was asked. */
static int check_options(sd_bus_message *call, Failure *f)
{
        const char *name;
        int r;

        r = sd_bus_message_enter_container(call, 'a', "{sv}");
        if (r >= 0)
                r = sd_bus_message_enter_container(call, 'e', "sv");
        if (r == 0)
                return 0;
        if (r > 0)
                r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "The options cannot be read.");
        return failure_set(f, FAILURE_INVALID_ARGUMENT, "There is no option '%.40s'.", name);
}

int bus_change(Bus *b, sd_bus_message *call, const OperationKind *kind, const char *ref, int manifest_fd,
               int module_fd, sd_bus_error *e)
{
        _cleanup_(change_freep) Change *c = NULL;
        _cleanup_failure_ Failure f = {};
        int r;

        r = check_options(call, &f);
        if (r < 0)
                return bus_error_from_failure(e, &f);
        r = change_new(kind, ref, manifest_fd, module_fd, &c);
        if (r < 0) {
                (void) failure_set_errno(&f, r, "Cannot take the request");
                return bus_error_from_failure(e, &f);
        }
        r = bus_authorize(b, call, kind, ref, on_authorized, c, &f);
        if (r < 0)
                return bus_error_from_failure(e, &f);
        (void) TAKE_PTR(c);
        return 1;
}
