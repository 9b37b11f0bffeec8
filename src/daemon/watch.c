/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "watch.h"

#include "cleanup.h"
#include "engine-sysfs.h"
#include "log.h"
#include "strv.h"
#include "uevent.h"

#include <limits.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <time.h>

#define USEC_PER_MSEC 1000ULL
/* A change seldom comes alone: a module that is loaded tells of itself before its patch does. */
#define CALM_USEC (20 * USEC_PER_MSEC)
/* While a module is being loaded, and while a transition is under way. */
#define AGAIN_USEC (250 * USEC_PER_MSEC)

struct Watch {
        const Host *host;
        WatchChanged changed;
        void *userdata;
        sd_event_source *uevents, *files, *timer;
        int uevent_fd, inotify_fd;
        bool due;
};

static void arm(Watch *w, uint64_t usec)
{
        int r;

        r = sd_event_source_set_time_relative(w->timer, usec);
        if (r >= 0)
                r = sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
        if (r < 0)
                log_warning("Cannot wait for the kernel: %s", strerror(-r));
}

static void notice(Watch *w)
{
        w->due = true;
        arm(w, CALM_USEC);
}

/* A module's uevent comes before its init, which is what applies a patch. */
static bool a_module_is_coming(const Host *host)
{
        _cleanup_strv_free_ char **modules = NULL;

        if (sysfs_list(host, "module", &modules) < 0)
                return false;
        for (char **module = modules; module && *module; module++) {
                _cleanup_free_ char *state = NULL;

                if (sysfs_read(host, &state, "module/%s/initstate", *module) >= 0 && streq(state, "coming"))
                        return true;
        }
        return false;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        Watch *w = userdata;
        bool again = w->due && a_module_is_coming(w->host);

        (void) source;
        (void) usec;
        if (w->changed(w->userdata) || again) {
                w->due = again;
                arm(w, AGAIN_USEC);
        } else
                w->due = false;
        return 0;
}

static int on_uevent(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Watch *w = userdata;
        int r;

        (void) source;
        (void) revents;
        while ((r = uevent_read(w->host, fd)) >= 0 || r == -ENOBUFS)
                if (r != 0)
                        notice(w);
        return 0;
}

static int on_file(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        char events[4096];

        (void) source;
        (void) revents;
        while (read(fd, events, sizeof(events)) > 0)
                notice(userdata);
        return 0;
}

static void follow(Watch *w, const Engine *engine, const char *patch, const char *file)
{
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "%s/%s/%s/%s", w->host->sysfs, engine->folder, patch, file);
        /* The same file again changes nothing, and one that goes takes its watch along. */
        if (inotify_add_watch(w->inotify_fd, path, IN_MODIFY) < 0 && errno != ENOENT)
                log_debug("Cannot watch %s: %s", path, strerror(errno));
}

void watch_follow(Watch *w)
{
        for (size_t i = 0; engines[i]; i++) {
                _cleanup_strv_free_ char **patches = NULL;

                if (sysfs_list(w->host, engines[i]->folder, &patches) < 0)
                        continue;
                for (char **patch = patches; patch && *patch; patch++) {
                        follow(w, engines[i], *patch, engines[i]->state_file);
                        /* What somebody writes is seen there, whether or not the kernel tells. */
                        follow(w, engines[i], *patch, "enabled");
                        follow(w, engines[i], *patch, "policy");
                }
        }
}

void watch_look_soon(Watch *w)
{
        notice(w);
}

int watch_new(const Host *host, sd_event *event, WatchChanged changed, void *userdata, Watch **ret,
              Failure *f)
{
        _cleanup_(watch_freep) Watch *w = calloc(1, sizeof(Watch));
        int r;

        if (!w)
                return failure_set_errno(f, -ENOMEM, "Cannot start");
        w->host = host;
        w->changed = changed;
        w->userdata = userdata;
        w->uevent_fd = uevent_open(host);
        w->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (w->inotify_fd < 0)
                return failure_set_errno(f, -errno, "Cannot watch the kernel");
        r = sd_event_add_io(event, &w->files, w->inotify_fd, EPOLLIN, on_file, w);
        if (r >= 0 && w->uevent_fd >= 0)
                r = sd_event_add_io(event, &w->uevents, w->uevent_fd, EPOLLIN, on_uevent, w);
        if (r >= 0)
                r = sd_event_add_time(event, &w->timer, CLOCK_MONOTONIC, UINT64_MAX, 0, on_timer, w);
        if (r >= 0)
                r = sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
        if (r < 0)
                return failure_set_errno(f, r, "Cannot watch the kernel");
        if (w->uevent_fd < 0)
                log_warning("Modules that others load are noticed late: no uevents (%s).",
                            strerror(-w->uevent_fd));
        *ret = TAKE_PTR(w);
        return 0;
}

Watch *watch_free(Watch *w)
{
        if (!w)
                return NULL;
        sd_event_source_disable_unref(w->uevents);
        sd_event_source_disable_unref(w->files);
        sd_event_source_disable_unref(w->timer);
        close_fd(w->uevent_fd);
        close_fd(w->inotify_fd);
        free(w);
        return NULL;
}
