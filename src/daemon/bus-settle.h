/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bus.h"

/* At the daemon's end, in order: has kpatchd-settle.service wait for what has not settled yet, and be told
 * by a shutdown that this is in order. False where there is nothing to wait for, or nobody who would:
 * systemd starts nothing any more while the machine is being shut down. */
bool bus_pass_on_settling(Bus *b);
