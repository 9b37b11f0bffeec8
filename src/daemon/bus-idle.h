/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bus.h"

/* Ends the daemon when nobody has called it for a while and nothing is under way. The bus starts it again.
 */

typedef struct BusIdle BusIdle;

int bus_idle_new(Bus *b, sd_event *event, BusIdle **ret);
BusIdle *bus_idle_free(BusIdle *idle);
