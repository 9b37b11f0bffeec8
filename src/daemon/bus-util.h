/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bus.h"

/* Turns a failure into the error of a method call; returns what the handler returns. */
int bus_error_from_failure(sd_bus_error *e, const Failure *f);

/* Reads the options of a call that knows none yet, and refuses whichever it has by name. Returns what the
 * handler returns where it fails. */
int bus_refuse_options(sd_bus_message *call, sd_bus_error *e);

/* Answers a call later, from outside its handler. */
void bus_reply_failure(sd_bus_message *call, const Failure *f);

/* Who sent a call, asked of the bus, which answers at once. Who cannot be told is nobody: uid -1, comm "".
 */
void bus_read_requester(sd_bus_message *call, Requester *ret);

/* The patch that an object path names; NULL: none. sd-bus hands a handler one pointer, the bus, so handlers
 * look it up. */
Patch *bus_find_patch(Bus *b, const char *path);

/* Object paths; the caller frees. */
int bus_patch_path(const Patch *p, char **ret);
int bus_job_path(const Job *j, char **ret);
int bus_feed_path(const char *name, char **ret);
