/* SPDX-FileCopyrightText: 2026 The kpatchd authors
 * SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cleanup.h"
#include "failure.h"
#include "names.h"

#include <stdint.h>

/* The kernel that runs. */
typedef struct Kernel {
        char *release; /* uname -r */
        char *build_id_text;
        uint8_t build_id[BUILD_ID_SIZE];
} Kernel;

/* sysfs is "/sys", or a test's folder with kernel/notes in it; release NULL asks uname(2). */
int kernel_read(const char *sysfs, const char *release, Kernel **ret, Failure *f);

/* Whether the kernel command line has word as one of its words. */
bool kernel_cmdline_has(const char *proc, const char *word);

Kernel *kernel_free(Kernel *k);
DEFINE_CLEANUP(Kernel *, kernel_free);
