/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host.h"
#include "refresh-status.h"

/* How long the timer leaves a feed alone whose refreshes fail, so that a server that is down, or up again,
 * is not asked by all of its hosts at once. The wait doubles from half an hour to at most eight hours, each
 * host with its own part of that. */

/* Counts a failure and says when the timer may ask again; or, after a success, that it may. */
void refresh_backoff_fail(const Host *host, const char *feed, RefreshStatus *status);
void refresh_backoff_reset(RefreshStatus *status);

/* Whether the timer leaves the feed alone at that time. A date that no wait explains was written by another
 * clock. */
bool refresh_backoff_waits(const RefreshStatus *status, time_t now) _pure_;
