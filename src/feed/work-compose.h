/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "dsse.h"
#include "work.h"

/* Makes the feed that the records say, and writes its indexes; the next version, and not signed. Returns 1,
 * and 0 where the feed in force says the same already and renew is not set. */
int work_compose_feed(const Work *work, time_t issued, time_t expires, bool renew, DsseEnvelope **ret,
                      Failure *f);
