/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-internal.h"
#include "names.h"

/* Following one job. Its signals may arrive before the reply that names it, and other callers' jobs emit
 * theirs too, so what is heard is kept by object path and sender until the reply says which is ours. Anyone
 * may send us a signal, so only those of the connection that sent the reply count in the end. */

/* How many jobs are kept at most while ours is not known. */
#define HEARD_MAX 64

typedef struct Heard {
        char *sender; /* unique name */
        JobInfo info; /* its path is what it is found by */
        char *result; /* NULL while it goes on */
        char *message;
} Heard;

struct BusJob {
        Bus *bus;
        sd_bus_slot *slots[6]; /* two subscriptions, the call, and three of follow() */
        size_t n_slots;
        Heard heard[HEARD_MAX];
        size_t n_heard;

        sd_bus_message *reply;
        Heard *ours;     /* into heard; NULL until the reply came */
        bool owner_gone; /* the daemon left the bus */
        int error;       /* of a callback: sd-bus drops what they return */
};

static void heard_clear(Heard *h)
{
        free(h->sender);
        job_info_clear(&h->info);
        free(h->result);
        free(h->message);
        *h = (Heard){};
}

BusJob *bus_job_free(BusJob *job)
{
        if (!job)
                return NULL;
        for (size_t i = 0; i < job->n_slots; i++)
                sd_bus_slot_unref(job->slots[i]);
        for (size_t i = 0; i < job->n_heard; i++)
                heard_clear(&job->heard[i]);
        sd_bus_message_unref(job->reply);
        free(job);
        return NULL;
}

/* Finds or begins what is kept of a job. NULL where it is none of ours, or memory is out (job->error). */
static Heard *heard_get(BusJob *job, const char *sender, const char *path)
{
        Heard *h;

        FOREACH_ARRAY (old, job->heard, job->n_heard)
                if (streq(old->sender, sender) && streq(old->info.path, path))
                        return old;
        if (job->ours || job->n_heard == ELEMENTSOF(job->heard))
                return NULL;
        h = &job->heard[job->n_heard];
        h->sender = strdup(sender);
        h->info.path = strdup(path);
        if (!h->sender || !h->info.path) {
                heard_clear(h);
                job->error = -ENOMEM;
                return NULL;
        }
        job->n_heard++;
        return h;
}

static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
        BusJob *job = userdata;
        const char *path, *result, *message;
        Heard *h;
        int r;

        r = sd_bus_message_read(m, "oss", &path, &result, &message);
        if (r < 0)
                return 0;
        h = heard_get(job, sd_bus_message_get_sender(m), path);
        if (!h || h->result)
                return 0;
        h->message = strdup(message);
        h->result = strdup(result);
        if (!h->message || !h->result)
                job->error = -ENOMEM;
        return 0;
}

static int on_properties_changed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
        BusJob *job = userdata;
        Heard *h = heard_get(job, sd_bus_message_get_sender(m), sd_bus_message_get_path(m));

        /* A property that cannot be read costs a line of progress, no more. */
        if (h && sd_bus_message_skip(m, "s") >= 0)
                (void) bus_read_job(m, &h->info);
        return 0;
}

static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
        BusJob *job = userdata;

        /* Of a unique name there is one change only: its owner leaves the bus. */
        job->owner_gone = true;
        return 0;
}

static int on_job_properties(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
        BusJob *job = userdata;

        if (!sd_bus_message_is_method_error(m, NULL))
                (void) bus_read_job(m, &job->ours->info);
        else if (sd_bus_message_is_method_error(m, "org.freedesktop.DBus.Error.ServiceUnknown") ||
                 sd_bus_message_is_method_error(m, "org.freedesktop.DBus.Error.NameHasNoOwner"))
                /* It left before we watched it. */
                job->owner_gone = true;
        /* Any other error: the job ended before we asked, and JobRemoved says all. */
        return 0;
}

static int on_reply(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
        BusJob *job = userdata;

        job->reply = sd_bus_message_ref(m);
        return 0;
}

static int add_match(BusJob *job, const char *match, sd_bus_message_handler_t handler)
{
        int r;

        /* The bus handles our messages in order: the match holds for whatever the call brings about. */
        r = sd_bus_add_match_async(job->bus->sd, &job->slots[job->n_slots], match, handler, NULL, job);
        if (r >= 0)
                job->n_slots++;
        return r;
}

static int subscribe(BusJob *job)
{
        int r;

        r = add_match(job,
                      "type='signal',sender='" BUS_NAME "',path='" BUS_PATH "',interface='" BUS_IFACE_MANAGER
                      "',member='JobRemoved'",
                      on_job_removed);
        if (r >= 0)
                r = add_match(job,
                              "type='signal',sender='" BUS_NAME "',path_namespace='" BUS_PATH_JOB
                              "',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged',"
                              "arg0='" BUS_IFACE_JOB "'",
                              on_properties_changed);
        return r;
}

/* A kpatchd that is being stopped gives its name away and ends its job. So from the reply on it is followed
 * by the name of its connection; what this hears twice does no harm. */
static int follow(BusJob *job)
{
        const char *sender = job->ours->sender;
        char match[512];
        int r;

        snprintf(match, sizeof(match),
                 "type='signal',sender='%s',path='" BUS_PATH "',interface='" BUS_IFACE_MANAGER
                 "',member='JobRemoved'",
                 sender);
        r = add_match(job, match, on_job_removed);
        if (r < 0)
                return r;
        snprintf(match, sizeof(match),
                 "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
                 "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='%s'",
                 sender);
        r = add_match(job, match, on_owner_changed);
        if (r < 0)
                return r;
        r = sd_bus_call_method_async(job->bus->sd, &job->slots[job->n_slots], sender, job->ours->info.path,
                                     "org.freedesktop.DBus.Properties", "GetAll", on_job_properties, job,
                                     "s", BUS_IFACE_JOB);
        if (r >= 0)
                job->n_slots++;
        return r;
}

static int append_bool(sd_bus_message *call, const char *name, bool value)
{
        return value ? sd_bus_message_append(call, "{sv}", name, "b", 1) : 0;
}

/* Those alone that were asked for, so that an older daemon takes the call without them. */
static int append_options(sd_bus_message *call, const JobRequest *request)
{
        int r;

        r = sd_bus_message_open_container(call, 'a', "{sv}");
        if (r >= 0)
                r = append_bool(call, "dry-run", request->dry_run);
        if (r >= 0)
                r = append_bool(call, "scheduled", request->scheduled);
        if (r >= 0)
                r = append_bool(call, "download", request->download);
        if (r >= 0)
                r = append_bool(call, "runtime", request->runtime);
        if (r >= 0 && request->policy)
                r = sd_bus_message_append(call, "{sv}", "policy", "s", request->policy);
        if (r >= 0 && request->has_deadline)
                r = sd_bus_message_append(call, "{sv}", "deadline", "u", request->deadline);
        return r < 0 ? r : sd_bus_message_close_container(call);
}

static int append_argument(sd_bus_message *call, const JobRequest *request)
{
        switch (request->argument) {
        case JOB_ARGUMENT_PATCH:
                return sd_bus_message_append(call, "s", request->patch);
        case JOB_ARGUMENT_FILES:
                return sd_bus_message_append(call, "hh", request->manifest_fd, request->module_fd);
        case JOB_ARGUMENT_GENERATION:
                return sd_bus_message_append(call, "t", request->generation);
        default:
                return 0;
        }
}

static int send_request(BusJob *job, const JobRequest *request)
{
        _cleanup_message_ sd_bus_message *call = NULL;
        int r;

        r = sd_bus_message_new_method_call(job->bus->sd, &call, BUS_NAME, BUS_PATH, BUS_IFACE_MANAGER,
                                           request->method);
        if (r >= 0)
                r = sd_bus_message_set_allow_interactive_authorization(call, request->interactive);
        if (r >= 0)
                r = append_argument(call, request);
        if (r >= 0)
                r = append_options(call, request);
        if (r >= 0)
                r = sd_bus_call_async(job->bus->sd, &job->slots[job->n_slots], call, on_reply, job,
                                      UINT64_MAX);
        if (r >= 0)
                job->n_slots++;
        return r;
}

int bus_job_start(Bus *bus, const JobRequest *request, BusJob **ret, Failure *f)
{
        _cleanup_(bus_job_freep) BusJob *job = calloc(1, sizeof(*job));
        int r;

        if (!job)
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        job->bus = bus;
        r = subscribe(job);
        if (r >= 0)
                r = send_request(job, request);
        if (r < 0)
                return bus_failure_from_errno(bus, r, f);
        *ret = TAKE_PTR(job);
        return 0;
}

/* From the reply on the job has a name. */
static int accept_reply(BusJob *job, Failure *f)
{
        const char *path;
        int r;

        if (sd_bus_message_is_method_error(job->reply, NULL))
                return bus_failure_from_error(sd_bus_message_get_error(job->reply), f);
        r = sd_bus_message_read(job->reply, "o", &path);
        if (r < 0)
                return bus_failure_from_errno(job->bus, r, f);
        job->ours = heard_get(job, sd_bus_message_get_sender(job->reply), path);
        if (!job->ours && job->n_heard == ELEMENTSOF(job->heard)) {
                /* The list is full of others' jobs. */
                heard_clear(&job->heard[--job->n_heard]);
                job->ours = heard_get(job, sd_bus_message_get_sender(job->reply), path);
        }
        if (!job->ours)
                return failure_set(f, FAILURE_NO_MEMORY, "Memory is exhausted.");
        r = follow(job);
        return r < 0 ? bus_failure_from_errno(job->bus, r, f) : 0;
}

int bus_job_wait(BusJob *job, int interrupt_fd, Failure *f)
{
        int r;

        r = bus_pump(job->bus, job->ours ? UINT64_MAX : job->bus->deadline, interrupt_fd);
        if (r == -EINTR)
                return r;
        if (r >= 0)
                r = job->error;
        if (r < 0)
                return bus_failure_from_errno(job->bus, r, f);
        if (job->reply && !job->ours)
                return accept_reply(job, f);
        if (job->owner_gone && job->ours && !job->ours->result)
                return failure_set(
                                f, FAILURE_DAEMON_UNAVAILABLE,
                                "kpatchd went away before the operation ended; 'kpatchctl status' says what is "
                                "in force.");
        return 0;
}

const JobInfo *bus_job_info(const BusJob *job)
{
        return job->ours ? &job->ours->info : NULL;
}

bool bus_job_ended(const BusJob *job, const char **ret_result, const char **ret_message)
{
        if (!job->ours || !job->ours->result)
                return false;
        *ret_result = job->ours->result;
        *ret_message = strempty(job->ours->message);
        return true;
}
