/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host.h"

/* Puts the present generation back in force: early at boot, with no bus and no network. Each patch by its
 * own: one that fails does not stop the others. Returns 0 when all are in force, the last failure's errno
 * otherwise. */
int boot_reapply(const Host *host);
