/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bus.h"

/* What every method that changes something does: read the options, authorize, queue the job, answer with its
 * path. The call, of which all but the options is read, is answered later. The request's options and caller
 * are filled in here; it is copied, and its descriptors are duplicated. Returns what the handler returns. */
int bus_change(Bus *b, sd_bus_message *call, const OperationRequest *wanted, sd_bus_error *e);

/* The same of the patch whose name the call has first. */
int bus_change_named(Bus *b, sd_bus_message *call, const OperationKind *kind, sd_bus_error *e);

/* And where the reference need not be of a patch that is listed still: whatever has a mark can lose it. Of a
 * kind that can be of all patches, an empty name means that. is_marked may be NULL. */
int bus_change_marked(Bus *b, sd_bus_message *call, const OperationKind *kind,
                      bool (*is_marked)(const Manager *m, const char *ref), sd_bus_error *e);
