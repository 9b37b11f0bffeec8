/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bus.h"

/* What every method that changes something does: read the options, authorize, queue the job, answer with its
 * path. The call is answered later. ref is copied; the descriptors are duplicated. Returns what the handler
 * returns. */
int bus_change(Bus *b, sd_bus_message *call, const OperationKind *kind, const char *ref, int manifest_fd,
               int module_fd, sd_bus_error *e);
