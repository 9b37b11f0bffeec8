/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bus.h"

/* What is said of a patch, a feed or a job that is not there. */

/* Sets FAILURE_NO_SUCH_PATCH, naming the nearest id or reference. text is what the user gave. */
int suggest_patch(const ObjectsInfo *o, const char *text, Failure *f);

/* Makes a FAILURE_NO_SUCH_PATCH of the daemon name the nearest one. Where there is none, or that cannot be
 * learned in a moment, it stays as it is. */
void suggest_patch_from_bus(Bus *bus, const char *text, Failure *f);

/* The same of a feed: FAILURE_NO_SUCH_FEED. */
int suggest_feed(const ObjectsInfo *o, const char *text, Failure *f);
void suggest_feed_from_bus(Bus *bus, const char *text, Failure *f);

/* Like suggest_patch_from_bus(), of what could be taken out of quarantine. */
void suggest_quarantined_from_bus(Bus *bus, const char *text, Failure *f);

/* Sets FAILURE_INVALID_ARGUMENT, naming the nearest patch that has a job. */
int suggest_job(const ObjectsInfo *o, const char *text, Failure *f);

/* 0 where something is known of such a patch, now or before; else FAILURE_NO_SUCH_PATCH, naming the nearest.
 */
int suggest_past(const ObjectsInfo *o, const EventList *history, const char *text, Failure *f);
