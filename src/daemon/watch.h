/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host.h"

#include <systemd/sd-event.h>

/* Tells when somebody else may have changed which patches are in force: by the kernel's uevents of modules
 * and patches, and by the files in which patches show their state. It tells that, not what: the kernel is
 * read again. */

typedef struct Watch Watch;

/* Called from the event loop, a moment after the last of several changes. Returns whether the kernel is in
 * the midst of something that it will not tell the end of, so that it has to be looked at again. */
typedef bool (*WatchChanged)(void *userdata);

int watch_new(const Host *host, sd_event *event, WatchChanged changed, void *userdata, Watch **ret,
              Failure *f);

/* Watches the state of all patches that are loaded now. For after each time that they were read. */
void watch_follow(Watch *w);

/* Looks at the kernel soon, as if a change had been noticed. */
void watch_look_soon(Watch *w);

Watch *watch_free(Watch *w);

DEFINE_CLEANUP(Watch *, watch_free);
