/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-change.h"

#include "bus-claim.h"
#include "bus-polkit.h"
#include "bus-util.h"
#include "cleanup.h"
#include "log.h"

#include <fcntl.h>

typedef struct Change {
        OperationRequest request; /* ref, path and descriptors are owned */
        char *ref, *path;
        uint8_t digest[SHA256_SIZE]; /* of the patch that polkit was asked about */
} Change;

static void change_free(Change *c)
{
        close_fd(c->request.manifest_fd);
        close_fd(c->request.module_fd);
        free(c->ref);
        free(c->path);
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

static int change_new(const OperationRequest *request, Change **ret)
{
        _cleanup_(change_freep) Change *c = calloc(1, sizeof(Change));

        if (!c)
                return -ENOMEM;
        c->request = *request;
        c->request.manifest_fd = duplicate(request->manifest_fd);
        c->request.module_fd = duplicate(request->module_fd);
        if ((request->manifest_fd >= 0 && c->request.manifest_fd < 0) ||
            (request->module_fd >= 0 && c->request.module_fd < 0))
                return -EMFILE;
        if (request->ref) {
                c->ref = strdup(request->ref);
                if (!c->ref)
                        return -ENOMEM;
        }
        c->request.ref = c->ref;
        if (request->path) {
                c->path = strdup(request->path);
                if (!c->path)
                        return -ENOMEM;
        }
        c->request.path = c->path;
        *ret = TAKE_PTR(c);
        return 0;
}

static int submit(Bus *b, Change *c, sd_bus_message *call, Job **ret, Failure *f)
{
        OperationRequest request = c->request;
        int r;

        if (b->leaving)
                return failure_set(f, FAILURE_BUSY, "kpatchd is being stopped; try again.");
        c->request.manifest_fd = c->request.module_fd = -EBADF;
        r = manager_submit(b->manager, &request, ret, f);
        if (r < 0)
                return r;
        r = bus_claim_add(b, *ret, call, request.options.attached);
        if (r < 0)
                log_warning("Cannot note who asked for job %u: %s", (*ret)->id, strerror(-r));
        return 0;
}

static void answer(Bus *b, Change *c, sd_bus_message *call)
{
        _cleanup_free_ char *path = NULL;
        _cleanup_failure_ Failure f = {};
        Job *j;
        int r;

        if (submit(b, c, call, &j, &f) < 0) {
                bus_reply_failure(call, &f);
                return;
        }
        r = bus_job_path(j, &path);
        if (r >= 0)
                r = sd_bus_reply_method_return(call, "o", path);
        if (r < 0)
                log_debug("Cannot answer a call: %s", strerror(-r));
}

/* What polkit is asked about: the patch that is stored under that name now, and who vouches for it; or the
 * generation to go on from. */
static int identify(const Bus *b, const Change *c, uint8_t ret_digest[SHA256_SIZE], Failure *f)
{
        const Patch *p;

        memset(ret_digest, 0, SHA256_SIZE);
        /* What lies between the present generation and another depends on which is the present one. */
        if (c->request.kind->many)
                memcpy(ret_digest, &b->manager->generation->number, sizeof(uint64_t));
        if (!c->ref)
                return 0;
        p = manager_find(b->manager, c->ref);
        if (!p && c->request.kind->any_ref)
                return 0;
        if (!p)
                return failure_set(f, FAILURE_NO_SUCH_PATCH, "Patch %s is no longer stored.", c->ref);
        memcpy(ret_digest, p->digest, SHA256_SIZE);
        return 0;
}

static void on_authorized(Bus *b, sd_bus_message *call, int r, const Failure *f, void *userdata);

/* Takes over c unless it fails. */
static int authorize(Bus *b, sd_bus_message *call, Change *c, Failure *f)
{
        int r;

        r = identify(b, c, c->digest, f);
        return r < 0 ? r : bus_authorize(b, call, &c->request, on_authorized, c, f);
}

/* The answer may have taken minutes. If something else is stored under that name meanwhile, or other patches
 * would be switched, it was not this that was allowed. */
static void on_authorized(Bus *b, sd_bus_message *call, int r, const Failure *f, void *userdata)
{
        _cleanup_(change_freep) Change *c = userdata;
        _cleanup_failure_ Failure failure = {};
        uint8_t digest[SHA256_SIZE];

        if (r >= 0) {
                r = identify(b, c, digest, &failure);
                f = &failure;
        }
        if (r >= 0 && memcmp(digest, c->digest, SHA256_SIZE) == 0) {
                answer(b, c, call);
                return;
        }
        if (r >= 0)
                r = authorize(b, call, c, &failure);
        if (r < 0)
                bus_reply_failure(call, f);
        else
                (void) TAKE_PTR(c);
}

typedef struct OptionInfo {
        const char *name;
        char type; /* of D-Bus */
        OperationOption option;
        int (*set)(OperationOptions *o, sd_bus_message *call);
} OptionInfo;

static int set_bool(bool *field, sd_bus_message *call)
{
        int value, r;

        r = sd_bus_message_read(call, "b", &value);
        if (r >= 0)
                *field = value;
        return r;
}

static int set_runtime(OperationOptions *o, sd_bus_message *call)
{
        return set_bool(&o->runtime, call);
}

static int set_dry_run(OperationOptions *o, sd_bus_message *call)
{
        return set_bool(&o->dry_run, call);
}

static int set_expect_generation(OperationOptions *o, sd_bus_message *call)
{
        o->has_expected_generation = true;
        return sd_bus_message_read(call, "t", &o->expected_generation);
}

static int set_policy(OperationOptions *o, sd_bus_message *call)
{
        const char *word;
        int r;

        r = sd_bus_message_read(call, "s", &word);
        return r < 0 ? r : engine_policy_parse(word, &o->policy);
}

static int set_deadline(OperationOptions *o, sd_bus_message *call)
{
        o->has_deadline = true;
        return sd_bus_message_read(call, "u", &o->deadline_sec);
}

static int set_attached(OperationOptions *o, sd_bus_message *call)
{
        return set_bool(&o->attached, call);
}

static int set_scheduled(OperationOptions *o, sd_bus_message *call)
{
        return set_bool(&o->scheduled, call);
}

static int set_download(OperationOptions *o, sd_bus_message *call)
{
        return set_bool(&o->download, call);
}

static const OptionInfo option_table[] = {
        { "runtime", 'b', OPERATION_OPTION_RUNTIME, set_runtime },
        { "dry-run", 'b', OPERATION_OPTION_DRY_RUN, set_dry_run },
        { "expect-generation", 't', OPERATION_OPTION_EXPECT_GENERATION, set_expect_generation },
        { "policy", 's', OPERATION_OPTION_POLICY, set_policy },
        { "deadline", 'u', OPERATION_OPTION_DEADLINE, set_deadline },
        { "attached", 'b', OPERATION_OPTION_ATTACHED, set_attached },
        { "scheduled", 'b', OPERATION_OPTION_SCHEDULED, set_scheduled },
        { "download", 'b', OPERATION_OPTION_DOWNLOAD, set_download },
};

static const OptionInfo *find_option(const OperationKind *kind, const char *name)
{
        FOREACH_ARRAY (row, option_table, ELEMENTSOF(option_table))
                if (kind->options & row->option && streq(row->name, name))
                        return row;
        return NULL;
}

static int read_option(sd_bus_message *call, OperationRequest *request, Failure *f)
{
        const OptionInfo *row;
        char type[2] = {};
        const char *name;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "The options cannot be read.");
        row = find_option(request->kind, name);
        /* To leave it out would be to do something else than was asked. */
        if (!row)
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "There is no option '%.40s' of %s.", name,
                                   request->kind->name);
        type[0] = row->type;
        r = sd_bus_message_enter_container(call, 'v', type);
        if (r < 0)
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "The option '%s' must be of type '%s'.",
                                   name, type);
        r = row->set(&request->options, call);
        if (r == -EINVAL)
                return failure_set(f, FAILURE_INVALID_ARGUMENT, "The option '%s' cannot have that value.",
                                   name);
        if (r >= 0)
                r = sd_bus_message_exit_container(call);
        return r < 0 ? failure_set(f, FAILURE_INVALID_ARGUMENT, "The options cannot be read.") : 0;
}

static int read_options(sd_bus_message *call, OperationRequest *request, Failure *f)
{
        int r;

        r = sd_bus_message_enter_container(call, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
                int q = read_option(call, request, f);

                if (q < 0)
                        return q;
                r = sd_bus_message_exit_container(call);
        }
        return r < 0 ? failure_set(f, FAILURE_INVALID_ARGUMENT, "The options cannot be read.") : 0;
}

int bus_change(Bus *b, sd_bus_message *call, const OperationRequest *wanted, sd_bus_error *e)
{
        _cleanup_(change_freep) Change *c = NULL;
        _cleanup_failure_ Failure f = {};
        OperationRequest request = *wanted;
        int r;

        r = read_options(call, &request, &f);
        if (r < 0)
                return bus_error_from_failure(e, &f);
        bus_read_requester(call, &request.by);
        r = change_new(&request, &c);
        if (r < 0) {
                (void) failure_set_errno(&f, r, "Cannot take the request");
                return bus_error_from_failure(e, &f);
        }
        if (request.kind->harmless) {
                answer(b, c, call);
                return 1;
        }
        r = authorize(b, call, c, &f);
        if (r < 0)
                return bus_error_from_failure(e, &f);
        (void) TAKE_PTR(c);
        return 1;
}

int bus_change_marked(Bus *b, sd_bus_message *call, const OperationKind *kind,
                      bool (*is_marked)(const Manager *m, const char *ref), sd_bus_error *e)
{
        OperationRequest request = { .kind = kind, .manifest_fd = -EBADF, .module_fd = -EBADF };
        _cleanup_failure_ Failure f = {};
        const char *name;
        Patch *p;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;
        if (is_marked && is_marked(b->manager, name))
                request.ref = name;
        else if (name[0] || !kind->done_all) {
                r = manager_resolve(b->manager, name, &p, &f);
                if (r < 0)
                        return bus_error_from_failure(e, &f);
                request.ref = p->ref;
        }
        return bus_change(b, call, &request, e);
}

int bus_change_named(Bus *b, sd_bus_message *call, const OperationKind *kind, sd_bus_error *e)
{
        return bus_change_marked(b, call, kind, NULL, e);
}
