/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bus.h"

/* Who asked for which job. Several callers may have asked for the same one. */

/* Notes that the sender of call wants the job. attached: it does so for as long as it is on the bus. When
 * all who wanted a job have gone so, it is cancelled, unless a feed wants it too. */
int bus_claim_add(Bus *b, const Job *j, sd_bus_message *call, bool attached);

/* Whether it was that caller, and nobody else, not a feed either, who asked for it. */
bool bus_claim_is_alone(const Bus *b, const Job *j, const char *sender);

/* The job has ended. */
void bus_claim_drop(Bus *b, const Job *j);
void bus_claim_drop_all(Bus *b);
