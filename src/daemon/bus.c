/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus.h"

#include "bus-claim.h"
#include "bus-idle.h"
#include "bus-interfaces.h"
#include "bus-polkit.h"
#include "bus-util.h"
#include "cleanup.h"
#include "log.h"
#include "names.h"

static void check(int r, const char *what)
{
        if (r < 0 && r != -ENOTCONN)
                log_warning("Cannot send the signal that %s: %s", what, strerror(-r));
}

static void on_patch_added(Patch *p, void *userdata)
{
        Bus *b = userdata;
        _cleanup_free_ char *path = NULL;
        int r;

        r = bus_patch_path(p, &path);
        check(r < 0 ? r : sd_bus_emit_interfaces_added(b->bus, path, BUS_IFACE_PATCH, NULL),
              "a patch was added");
}

static void on_patch_removed(Patch *p, void *userdata)
{
        Bus *b = userdata;
        _cleanup_free_ char *path = NULL;
        int r;

        r = bus_patch_path(p, &path);
        check(r < 0 ? r : sd_bus_emit_interfaces_removed(b->bus, path, BUS_IFACE_PATCH, NULL),
              "a patch was removed");
}

static void on_patch_changed(Patch *p, void *userdata)
{
        Bus *b = userdata;
        _cleanup_free_ char *path = NULL;
        int r;

        r = bus_patch_path(p, &path);
        check(r < 0 ? r
                    : sd_bus_emit_properties_changed(b->bus, path, BUS_IFACE_PATCH, "State", "Persistent",
                                                     "Held", "Quarantined", "AppliedSince",
                                                     "TransitionSince", "Objects", "Stragglers", "Policy",
                                                     "Pause", NULL),
              "a patch has changed");
}

static void on_patch_details_changed(Patch *p, void *userdata)
{
        Bus *b = userdata;
        _cleanup_free_ char *path = NULL;
        int r;

        r = bus_patch_path(p, &path);
        check(r < 0 ? r
                    : sd_bus_emit_properties_changed(b->bus, path, BUS_IFACE_PATCH, "Objects", "Stragglers",
                                                     "Policy", "Pause", NULL),
              "the kernel shows something else of a patch");
}

static void on_generation_changed(void *userdata)
{
        Bus *b = userdata;

        check(sd_bus_emit_properties_changed(b->bus, BUS_PATH, BUS_IFACE_MANAGER, "Generation", NULL),
              "the generation has changed");
}

static void on_level_changed(void *userdata)
{
        Bus *b = userdata;

        check(sd_bus_emit_properties_changed(b->bus, BUS_PATH, BUS_IFACE_MANAGER, "EffectiveLevel", NULL),
              "the level has changed");
}

static void on_reboot_changed(void *userdata)
{
        Bus *b = userdata;

        check(sd_bus_emit_properties_changed(b->bus, BUS_PATH, BUS_IFACE_MANAGER, "RebootAdvised", NULL),
              "a boot is advised, or not any more");
}

static void on_job_added(Job *j, void *userdata)
{
        Bus *b = userdata;
        _cleanup_free_ char *path = NULL;
        int r;

        r = bus_job_path(j, &path);
        if (r >= 0)
                r = sd_bus_emit_interfaces_added(b->bus, path, BUS_IFACE_JOB, NULL);
        check(r < 0 ? r : sd_bus_emit_signal(b->bus, BUS_PATH, BUS_IFACE_MANAGER, "JobNew", "o", path),
              "a job was queued");
}

static void on_job_changed(Job *j, void *userdata)
{
        Bus *b = userdata;
        _cleanup_free_ char *path = NULL;
        int r;

        r = bus_job_path(j, &path);
        check(r < 0 ? r
                    : sd_bus_emit_properties_changed(b->bus, path, BUS_IFACE_JOB, "Patch", "State", "Step",
                                                     "Progress", NULL),
              "a job has changed");
}

static void on_job_removed(Job *j, void *userdata)
{
        Bus *b = userdata;
        _cleanup_free_ char *path = NULL, *done = NULL;
        bool failed = j->failure.kind != FAILURE_NONE;
        int r;

        done = operation_sentence(j->operation);
        r = bus_job_path(j, &path);
        if (r >= 0)
                r = sd_bus_emit_interfaces_removed(b->bus, path, BUS_IFACE_JOB, NULL);
        bus_claim_drop(b, j);
        check(r < 0 ? r
                    : sd_bus_emit_signal(b->bus, BUS_PATH, BUS_IFACE_MANAGER, "JobRemoved", "oss", path,
                                         failed ? failure_bus_name(j->failure.kind) : "done",
                                         failed ? failure_sentence(&j->failure) : strempty(done)),
              "a job has ended");
}

static void on_feed_added(const char *name, void *userdata)
{
        check(bus_feed_emit_added(userdata, name), "a feed was added");
}

static void on_feed_removed(const char *name, void *userdata)
{
        check(bus_feed_emit_removed(userdata, name), "a feed was removed");
}

static void on_feed_changed(const char *name, void *userdata)
{
        check(bus_feed_emit_changed(userdata, name), "a feed has changed");
}

static void on_idle(void *userdata)
{
        bus_end_if_done(userdata);
}

void bus_end_if_done(Bus *b)
{
        if ((b->leaving || b->closing) && !b->questions && b->manager->n_jobs == 0)
                (void) sd_event_exit(b->manager->event, b->lost);
}

static void leave(Bus *b)
{
        b->leaving = true;
        bus_refuse_questions(b);
        (void) sd_bus_release_name(b->bus, BUS_NAME);
        bus_end_if_done(b);
}

/* Without a bus there is nobody to serve: systemd starts a new daemon when there is one again. A job that is
 * under way is brought to its end. */
static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
        Bus *b = userdata;

        (void) m;
        (void) e;
        b->lost = true;
        leave(b);
        return 0;
}

static const ManagerEvents events = {
        .patch_added = on_patch_added,
        .patch_removed = on_patch_removed,
        .patch_changed = on_patch_changed,
        .patch_details_changed = on_patch_details_changed,
        .generation_changed = on_generation_changed,
        .level_changed = on_level_changed,
        .reboot_changed = on_reboot_changed,
        .job_added = on_job_added,
        .job_changed = on_job_changed,
        .job_removed = on_job_removed,
        .feed_added = on_feed_added,
        .feed_removed = on_feed_removed,
        .feed_changed = on_feed_changed,
        .idle = on_idle,
};

static int export(Bus *b)
{
        int r;

        r = sd_bus_match_signal_async(b->bus, NULL, "org.freedesktop.DBus.Local",
                                      "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
                                      "Disconnected", on_disconnected, NULL, b);
        if (r >= 0)
                r = sd_bus_add_object_manager(b->bus, NULL, BUS_PATH);
        if (r >= 0)
                r = bus_manager_add(b);
        if (r >= 0)
                r = bus_patch_add(b);
        if (r >= 0)
                r = bus_job_add(b);
        if (r >= 0)
                r = bus_feed_add(b);
        return r;
}

int bus_new(Manager *manager, sd_event *event, Bus **ret, Failure *f)
{
        _cleanup_(bus_freep) Bus *b = calloc(1, sizeof(Bus));
        int r;

        if (!b)
                return failure_set_errno(f, -ENOMEM, "Cannot start");
        b->manager = manager;
        r = sd_bus_open_system(&b->bus);
        if (r < 0)
                return failure_set(f, FAILURE_FAILED, "Cannot connect to the system bus: %s", strerror(-r));
        /* It is closed when it is freed: until then systemd may be asked for something. */
        r = sd_bus_set_close_on_exit(b->bus, 0);
        if (r >= 0)
                r = sd_bus_attach_event(b->bus, event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = export(b);
        if (r < 0)
                return failure_set(f, FAILURE_FAILED, "Cannot set up the D-Bus objects: %s", strerror(-r));
        r = sd_bus_request_name(b->bus, BUS_NAME, 0);
        if (r < 0)
                return failure_set(f, FAILURE_FAILED,
                                   "Cannot get the name " BUS_NAME " on the system bus: %s", strerror(-r));
        manager_set_events(manager, &events, b);
        r = bus_idle_new(b, event, &b->idle);
        if (r < 0)
                return failure_set(f, FAILURE_FAILED, "Cannot set up the D-Bus objects: %s", strerror(-r));
        *ret = TAKE_PTR(b);
        return 0;
}

void bus_leave(Bus *b)
{
        b->leaving = true;
        bus_refuse_questions(b);
        /* A transition may need longer than whoever stops us waits: who is killed in one looks like a crash.
         */
        manager_end(b->manager);
        leave(b);
}

void bus_close(Bus *b)
{
        b->closing = true;
        (void) sd_bus_release_name(b->bus, BUS_NAME);
        /* What was sent to the name until then is here now. */
        while (sd_bus_process(b->bus, NULL) > 0)
                ;
        bus_end_if_done(b);
}

Bus *bus_free(Bus *b)
{
        if (!b)
                return NULL;
        if (b->manager)
                manager_set_events(b->manager, NULL, NULL);
        bus_refuse_questions(b);
        bus_claim_drop_all(b);
        bus_stacks_drop_all(b);
        bus_idle_free(b->idle);
        sd_bus_flush_close_unref(b->bus);
        free(b);
        return NULL;
}
