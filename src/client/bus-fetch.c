/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus-internal.h"
#include "bus-read.h"
#include "names.h"

/* Reading properties into the model's structs, by tables of fields. Readers return negative errno, and leave
 * in the struct only what its clear function releases. */

typedef struct Field {
        const char *name;
        const char *type;
        int (*read)(sd_bus_message *m, void *field);
        size_t offset;
} Field;

static int read_text(sd_bus_message *m, void *field)
{
        const char *text;
        int r;

        r = sd_bus_message_read(m, "s", &text);
        return r < 0 ? r : bus_replace_text(field, text);
}

static int read_bool(sd_bus_message *m, void *field)
{
        bool *value = field;
        int b, r;

        r = sd_bus_message_read(m, "b", &b);
        if (r >= 0)
                *value = b;
        return r;
}

static int read_uint64(sd_bus_message *m, void *field)
{
        return sd_bus_message_read(m, "t", field);
}

static int read_uint32(sd_bus_message *m, void *field)
{
        return sd_bus_message_read(m, "u", field);
}

static int read_strv(sd_bus_message *m, void *field)
{
        char **list = NULL, ***value = field;
        int r;

        r = sd_bus_message_read_strv(m, &list);
        if (r < 0)
                return r;
        strv_free(*value);
        *value = list;
        return 0;
}

static int read_kernel(sd_bus_message *m, void *field)
{
        KernelInfo *k = field;
        const char *release, *build_id;
        int r;

        r = sd_bus_message_read(m, "(ss)", &release, &build_id);
        if (r >= 0)
                r = bus_replace_text(&k->release, release);
        if (r >= 0)
                r = bus_replace_text(&k->build_id, build_id);
        return r;
}

static int read_progress(sd_bus_message *m, void *field)
{
        JobProgress *p = field;
        const char *sentence;
        uint32_t done, total;
        int r;

        r = sd_bus_message_read(m, "(uus)", &done, &total, &sentence);
        if (r < 0)
                return r;
        p->done = done;
        p->total = total;
        return bus_replace_text(&p->sentence, sentence);
}

#define FIELD(struct_type, name, type, reader, member)            \
        {                                                         \
                name, type, reader, offsetof(struct_type, member) \
        }

/* clang-format off */
static const Field manager_fields[] = {
        FIELD(ManagerInfo, "Version",       "s",      read_text,        version),
        FIELD(ManagerInfo, "KernelRelease", "s",      read_text,        kernel.release),
        FIELD(ManagerInfo, "KernelBuildId", "s",      read_text,        kernel.build_id),
        FIELD(ManagerInfo, "Engines",       "a(sbs)", bus_read_engines,     engines),
        FIELD(ManagerInfo, "Generation",    "t",      read_uint64,      generation),
        FIELD(ManagerInfo, "TrustRoots",    "a(st)",  bus_read_trust_roots, trust_roots),
        FIELD(ManagerInfo, "UnsignedFrom",  "as",     read_strv,        unsigned_from),
        FIELD(ManagerInfo, "ApplyDisabled", "b",      read_bool,        apply_disabled),
        FIELD(ManagerInfo, "ApplyDisabledReason", "s", read_text,       apply_disabled_reason),
        FIELD(ManagerInfo, "Quarantine",    "a(sss)", bus_read_quarantine,  quarantine),
        FIELD(ManagerInfo, "EffectiveLevel", "(sss)", bus_read_level,   level),
        FIELD(ManagerInfo, "RebootAdvised", "a(ss)",  bus_read_reboot,      reboot),
};

static const Field patch_fields[] = {
        FIELD(PatchInfo, "Id",          "s",      read_text,      id),
        FIELD(PatchInfo, "Version",     "s",      read_text,      version),
        FIELD(PatchInfo, "Title",       "s",      read_text,      title),
        FIELD(PatchInfo, "Description", "s",      read_text,      description),
        FIELD(PatchInfo, "State",       "s",      read_text,      state),
        FIELD(PatchInfo, "Persistent",  "b",      read_bool,      persistent),
        FIELD(PatchInfo, "Held",        "b",      read_bool,      held),
        FIELD(PatchInfo, "Quarantined", "s",      read_text,      quarantined),
        FIELD(PatchInfo, "AppliedSince", "t",     read_uint64,    since),
        FIELD(PatchInfo, "Engine",      "s",      read_text,      engine),
        FIELD(PatchInfo, "Severity",    "s",      read_text,      severity),
        FIELD(PatchInfo, "Level",       "s",      read_text,      level),
        FIELD(PatchInfo, "Cves",        "as",     read_strv,      cves),
        FIELD(PatchInfo, "Kernel",      "(ss)",   read_kernel,    kernel),
        FIELD(PatchInfo, "Module",      "s",      read_text,      module),
        FIELD(PatchInfo, "ModuleSha256", "s",     read_text,      module_sha256),
        FIELD(PatchInfo, "Depends",     "as",     read_strv,      depends),
        FIELD(PatchInfo, "Supersedes",  "as",     read_strv,      supersedes),
        FIELD(PatchInfo, "Replace",     "b",      read_bool,      replace),
        FIELD(PatchInfo, "Functions",   "a(ssu)", bus_read_functions, functions),
        FIELD(PatchInfo, "Objects",     "a(ss)",  bus_read_objects_of_patch, objects),
        FIELD(PatchInfo, "TransitionSince", "t",  read_uint64,    moving),
        FIELD(PatchInfo, "Stragglers",  "a(uss)", bus_read_stragglers, stragglers),
        FIELD(PatchInfo, "Pause",       "(ttuu)", bus_read_pause,     pause),
        FIELD(PatchInfo, "TrustRoot",   "s",      read_text,      trust_root),
};

static const Field feed_fields[] = {
        FIELD(FeedInfo, "Name",        "s",       read_text,         name),
        FIELD(FeedInfo, "Policy",      "s",       read_text,         policy),
        FIELD(FeedInfo, "Channel",     "s",       read_text,         channel),
        FIELD(FeedInfo, "Urls",        "as",      read_strv,         urls),
        FIELD(FeedInfo, "Versions",    "(ttt)",   bus_read_versions, versions),
        FIELD(FeedInfo, "LastAttempt", "t",       read_uint64,       last_attempt),
        FIELD(FeedInfo, "LastSuccess", "t",       read_uint64,       last_success),
        FIELD(FeedInfo, "Expires",     "t",       read_uint64,       expires),
        FIELD(FeedInfo, "FeedStale",   "b",       read_bool,         stale),
        FIELD(FeedInfo, "Error",       "(ss)",    bus_read_feed_failure, failure),
        FIELD(FeedInfo, "Failures",    "u",       read_uint32,       failures),
        FIELD(FeedInfo, "RetryAt",     "t",       read_uint64,       retry_at),
        FIELD(FeedInfo, "Patches",     "a(ssss)", bus_read_feed_patches, patches),
};

static const Field job_fields[] = {
        FIELD(JobInfo, "Kind",     "s",     read_text,     kind),
        FIELD(JobInfo, "Patch",    "s",     read_text,     patch),
        FIELD(JobInfo, "State",    "s",     read_text,     state),
        FIELD(JobInfo, "Step",     "s",     read_text,     step),
        FIELD(JobInfo, "Progress", "(uus)", read_progress, progress),
};
/* clang-format on */

static const Field *field_find(const Field *fields, size_t n, const char *name)
{
        FOREACH_ARRAY (field, fields, n)
                if (streq(field->name, name))
                        return field;
        return NULL;
}

static int read_property(sd_bus_message *m, const Field *field, void *target)
{
        int r;

        if (!field)
                return sd_bus_message_skip(m, "v");
        r = sd_bus_message_enter_container(m, 'v', field->type);
        if (r >= 0)
                r = field->read(m, (char *) target + field->offset);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* Reads an a{sv}. Properties that are not in fields, such as those of a newer daemon, are skipped. */
static int read_properties(sd_bus_message *m, const Field *fields, size_t n, void *target)
{
        const char *name;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = sd_bus_message_read(m, "s", &name);
                if (r >= 0)
                        r = read_property(m, field_find(fields, n, name), target);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_read_job(sd_bus_message *m, JobInfo *j)
{
        return read_properties(m, job_fields, ELEMENTSOF(job_fields), j);
}

static int read_patch(sd_bus_message *m, ObjectsInfo *o)
{
        PatchInfo *patch = LIST_GROW(o->patches, o->n_patches);

        return patch ? read_properties(m, patch_fields, ELEMENTSOF(patch_fields), patch) : -ENOMEM;
}

static int read_job(sd_bus_message *m, const char *path, ObjectsInfo *o)
{
        JobInfo *job = LIST_GROW(o->jobs, o->n_jobs);

        if (!job)
                return -ENOMEM;
        job->path = strdup(path);
        return job->path ? bus_read_job(m, job) : -ENOMEM;
}

static int read_feed(sd_bus_message *m, ObjectsInfo *o)
{
        FeedInfo *feed = LIST_GROW(o->feeds, o->n_feeds);

        return feed ? read_properties(m, feed_fields, ELEMENTSOF(feed_fields), feed) : -ENOMEM;
}

/* Reads the a{sa{sv}} of one object. */
static int read_interfaces(sd_bus_message *m, const char *path, ObjectsInfo *o)
{
        const char *interface;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sa{sv}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0) {
                r = sd_bus_message_read(m, "s", &interface);
                if (r < 0)
                        return r;
                if (streq(interface, BUS_IFACE_PATCH))
                        r = read_patch(m, o);
                else if (streq(interface, BUS_IFACE_JOB))
                        r = read_job(m, path, o);
                else if (streq(interface, BUS_IFACE_FEED))
                        r = read_feed(m, o);
                else
                        r = sd_bus_message_skip(m, "a{sv}");
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_objects(sd_bus_message *m, ObjectsInfo *o)
{
        const char *path;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}")) > 0) {
                r = sd_bus_message_read(m, "o", &path);
                if (r >= 0)
                        r = read_interfaces(m, path, o);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_fetch_manager(Bus *bus, ManagerInfo *m, Failure *f)
{
        _cleanup_message_ sd_bus_message *reply = NULL;
        _cleanup_manager_info_ ManagerInfo read = {};
        int r;

        r = bus_call_method(bus, BUS_PATH, "org.freedesktop.DBus.Properties", "GetAll", &reply, f, "s",
                            BUS_IFACE_MANAGER);
        if (r < 0)
                return r;
        r = read_properties(reply, manager_fields, ELEMENTSOF(manager_fields), &read);
        if (r < 0)
                return bus_failure_from_errno(bus, r, f);
        *m = read;
        read = (ManagerInfo){};
        return 0;
}

int bus_fetch_objects(Bus *bus, ObjectsInfo *o, Failure *f)
{
        _cleanup_message_ sd_bus_message *reply = NULL;
        _cleanup_objects_info_ ObjectsInfo read = {};
        int r;

        r = bus_call_method(bus, BUS_PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", &reply,
                            f, NULL);
        if (r < 0)
                return r;
        r = read_objects(reply, &read);
        if (r >= 0)
                r = patches_complete(read.patches, read.n_patches);
        if (r < 0)
                return bus_failure_from_errno(bus, r, f);
        *o = read;
        read = (ObjectsInfo){};
        return 0;
}
