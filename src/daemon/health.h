/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "failure.h"
#include "health-message.h"

/* A health check: a command of the administrator's that says, after a patch was put in force on the word of
 * a feed, whether the host is well. kpatchd-health runs it, outside of the daemon's sandbox. */

typedef struct Health Health;

/* Makes sure that there is somebody who would run it, which is better known before the kernel is touched.
 * cancel_fd ends all waiting once it is readable. Errors: FAILURE_HEALTH_UNAVAILABLE, FAILURE_CANCELED. */
int health_open(const char *socket_path, int cancel_fd, Health **ret, Failure *f);

/* Once. Anything but exit status 0 within the limit is a veto. Errors: FAILURE_HEALTH_VETO,
 * FAILURE_CANCELED. */
int health_run(Health *h, const HealthRequest *request, uint64_t limit_sec, Failure *f);

Health *health_free(Health *h);
