/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */

#include "fault.h"

#include "cleanup.h"
#include "file.h"
#include "util.h"

#include <fcntl.h>
#include <signal.h>

/* The whole machine, where a test says so. */
static void crash_machine(void)
{
        _cleanup_close_ int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

        if (fd >= 0)
                (void) !write(fd, "c", 1);
}

void fault_point(const char *kind, const char *step)
{
        const char *wanted = getenv("KPATCHD_FAULT");
        _cleanup_free_ char *text = NULL;
        size_t n = strlen(kind);

        /* A path: what stands there now, so that a test need not start the daemon for each fault. */
        if (wanted && wanted[0] == '/')
                wanted = file_read_line(AT_FDCWD, wanted, &text) >= 0 ? text : NULL;

        if (!wanted || strncmp(wanted, kind, n) != 0 || wanted[n] != '.' || !streq(wanted + n + 1, step))
                return;
        if (getenv("KPATCHD_FAULT_PANIC"))
                crash_machine();
        (void) raise(SIGKILL);
}
