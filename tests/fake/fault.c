/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "fault.h"

#include "cleanup.h"
#include "util.h"

#include <signal.h>

void fault_point(const char *kind, const char *step)
{
        const char *wanted = getenv("KPATCHD_FAULT");
        size_t n = strlen(kind);

        if (wanted && strncmp(wanted, kind, n) == 0 && wanted[n] == '.' && streq(wanted + n + 1, step))
                (void) raise(SIGKILL);
}
