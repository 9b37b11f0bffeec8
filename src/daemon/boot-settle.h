/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "host.h"

/* kpatchd --settle: waits until what was applied at boot has been in force for the settle time, and then
 * counts it as good. SIGTERM, which the machine's orderly shutdown sends, counts it as good at once. */
int boot_settle(const Host *host);
